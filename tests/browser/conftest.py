"""A real server on a database of the test's own, and a real browser that tells of everything it didn't like.

Rows are made before the browser starts: it runs an event loop in this thread, in which Django refuses its ORM.
"""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.database import CommittedDatabase
from tests.factories import AgentTokenFactory, CredentialFactory, OperatorFactory, TenantFactory, VaultFactory

ROOT = Path(__file__).resolve().parent.parent.parent
EMAIL, PASSWORD = "ada@clavitor.test", "correct horse battery"
CHROMIUM_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
START_SECONDS = 60


@pytest.fixture
def registry(committed_db: CommittedDatabase) -> CommittedDatabase:
    """An operator, an MSP with a customer and a department, and a vault with a device and a token."""
    OperatorFactory(email=EMAIL, name="Ada Operator", password=PASSWORD)  # the server runs with the tests' settings too
    msp = TenantFactory(msp=True, name="Acme MSP")
    dept = TenantFactory(parent=TenantFactory(parent=msp, name="Beta Ltd"), name="Sales")
    vault = VaultFactory(l0="feedc0de", tenant=dept)
    CredentialFactory(vault=vault)
    AgentTokenFactory(vault=vault, name="Deploy CI")
    return committed_db


@pytest.fixture
def server(registry: CommittedDatabase) -> Iterator[str]:
    """The address of a server on that registry, stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=registry.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/admin/login/", process)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310  (our own server)
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The server didn't answer at {address} within {START_SECONDS} s.")


@pytest.fixture
def page(server: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of headless Chromium at the server. What the console complains of, or a policy blocks, fails the test."""
    complaints: list[str] = []
    options = getattr(request, "param", {})
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_chromium(), args=CHROMIUM_ARGUMENTS)
        opened = chromium.new_context(base_url=server, **options).new_page()
        opened.set_default_timeout(15_000)  # milliseconds
        opened.on("console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        chromium.close()
    assert complaints == []


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture
def operator(page: Page) -> Page:
    """The page, with an operator signed in by the form."""
    page.goto("/admin/")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Overview").wait_for()
    return page

"""`manage.py demo` as a new user runs it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from clavitor.demo import ports
from tests.database import CommittedDatabase
from tests.torture.processes import ROOT

DEMO = [sys.executable, "manage.py", "demo"]


def environment(**variables: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "DEBUG": "1", **variables}


def test_the_check_does_it_all_in_a_throw_away_folder(tmp_path: Path) -> None:
    ended = subprocess.run(
        [*DEMO, "--check"], cwd=ROOT, env=environment(TMPDIR=str(tmp_path),
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none"),
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    booted, added, revoked = ended.stdout.splitlines()
    held = "36 vaults, 72 credentials, 84 agent_tokens"
    assert re.fullmatch(
        rf"ok: the POP booted from zero in [\d.]+ s and holds {held}, row by row as the registry", booted
    )
    assert re.fullmatch(r"ok: a new credential was in the replica [\d.]+ s after its commit", added)
    assert re.fullmatch(r"ok: its revocation was in the replica [\d.]+ s after its commit", revoked)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["http", "0"])
def test_a_port_that_is_none_is_a_clear_line(tmp_path: Path, port: str) -> None:
    variables = environment(PORT=port, CLAVITOR_DATA_DIR=str(tmp_path))
    ended = subprocess.run(DEMO, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"CommandError: PORT={port} is no port.")


class Demo:
    """One run, until it is told to stop; what it tells at its start is in `told`."""

    def __init__(self, database: CommittedDatabase, folder: Path) -> None:
        variables = database.environment(CLAVITOR_DATA_DIR=str(folder), PORT=str(ports.free_port()))
        self.process = subprocess.Popen(
            DEMO, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        lines = list(iter(self.process.stdout.readline, "Ctrl-C stops everything.\n"))
        self.told = dict(line.split(None, 1) for line in lines if line.strip())

    def stop(self) -> str:
        """Its exit is clean; what it said on the way."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, said
        return said


def sign_in(url: str, email: str, password: str) -> str:
    """The admin's page after signing in."""
    with httpx.Client(follow_redirects=True, timeout=20) as browser:
        page = browser.get(url)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token
        form = {"username": email, "password": password, "csrfmiddlewaretoken": token[1]}
        return browser.post(page.url, data=form, headers={"Referer": str(page.url)}).text


def test_a_demonstration_runs_until_it_is_stopped_and_goes_on_where_it_was(
    committed_db: CommittedDatabase, tmp_path: Path
) -> None:
    first = Demo(committed_db, tmp_path)
    email, _, password = first.told["Operator"].split()
    assert re.search(r"position (\d+) of \1, active", first.told["POP"])
    assert "/admin/logout/" in sign_in(first.told["Admin"].strip(), email, password)
    said = first.stop()
    assert "Loading demo data" in said
    assert "Run it again to go on where it was." in said
    with pytest.raises(httpx.ConnectError):
        httpx.get(first.told["Admin"].strip())
    second = Demo(committed_db, tmp_path)
    assert second.told["Operator"] == first.told["Operator"]
    assert "Demo data is there already." in second.stop()

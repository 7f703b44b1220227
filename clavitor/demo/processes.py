"""The demonstration's two long-running processes: the server, and the POP that follows it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.conf import settings

READY_SECONDS = 60
STOP_SECONDS = 15


class DidNotStart(RuntimeError):
    """A process of the demonstration ended, or didn't become ready. The message says which and where its log is."""


def log_path(name: str) -> Path:
    """Where what the process `name` prints goes."""
    return Path(settings.DATA_DIR) / f"demo-{name}.log"


@contextmanager
def running(name: str, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py ARGUMENTS`, with `variables` in its environment, for as long as the block lasts."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    with log_path(name).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  (this project's own commands)
            command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **variables}, start_new_session=True
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def require_running(name: str, process: subprocess.Popen[bytes]) -> None:
    """Raises DidNotStart, with the end of its log, once the process has ended."""
    if process.poll() is not None:
        last_lines = "\n".join(log_path(name).read_text(errors="replace").splitlines()[-8:])
        raise DidNotStart(
            f"The {name} ended with code {process.returncode}. The end of {log_path(name)}:\n{last_lines}"
        )


def wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the server answers that it is ready. Raises DidNotStart."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        require_running("server", server)
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass  # nobody listens yet
        time.sleep(0.1)
    raise DidNotStart(f"The server wasn't ready within {READY_SECONDS} seconds. Its log is {log_path('server')}.")

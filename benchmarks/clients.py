"""POPs that only pull: they ask page after page over kept-alive connections, and throw away what they get."""

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from clavitor.demo.ports import free_port
from sync import operations

Server = subprocess.Popen[bytes]
LIMIT = 1000
CURSOR = re.compile(rb'"cursor":"([^"]+)"')
READY_SECONDS = 60


class Puller:
    """One client. `cursor` is where it goes on; at the end of the feed it starts over."""

    def __init__(self, port: int, key: str, cursor: str = "") -> None:
        self._start = self._cursor = cursor
        self._headers = {"Authorization": f"Bearer {key}"}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def pull(self) -> int:
        """Get one page; how many bytes it had."""
        query = f"&cursor={self._cursor}" if self._cursor else ""
        self._connection.request("GET", f"/api/v1/sync/changes?limit={LIMIT}{query}", headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != http.client.OK:
            raise RuntimeError(f"The server answered {response.status}: {body[:300]!r}")
        head = body[:400]
        found = CURSOR.search(head)
        self._cursor = found[1].decode() if found and b'"more":true' in head else self._start
        return len(body)


def rows_per_second(pullers: list[Puller], *, pages: int) -> float:
    """What all of them get together, `pages` each, side by side."""
    began = time.perf_counter()
    with ThreadPoolExecutor(len(pullers)) as pool:
        for done in [pool.submit(_pull_all, puller, pages) for puller in pullers]:
            done.result()
    return len(pullers) * pages * LIMIT / (time.perf_counter() - began)


def _pull_all(puller: Puller, pages: int) -> None:
    for _ in range(pages):
        puller.pull()


def new_key() -> str:
    """A key of a POP of its own."""
    now = timezone.now()
    _, secret = operations.add_pop_key(pop=operations.create_pop(pop_id="pop-bench-01", at=now), at=now)
    return secret


@contextmanager
def server() -> Iterator[tuple[int, Server]]:
    """`manage.py serve` with one worker; its port and its process."""
    port = free_port()
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "serve", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command)
    try:
        _wait_until_ready(port, process)
        yield port, process
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_ready(port: int, process: Server) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if json.load(connection.getresponse())["status"] == "ok":
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"The server wasn't ready within {READY_SECONDS} seconds (exit code {process.poll()}).")


def resident_mib(process: Server) -> float:
    """The resident memory of a process and its children, the server's workers, in MiB."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    statuses = [Path(f"/proc/{pid}/status").read_text() for pid in (str(process.pid), *children)]
    return sum(int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) for status in statuses) / 1024  # type: ignore[index]

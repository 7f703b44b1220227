"""A real server for tests that ask it over HTTP."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.utils import timezone

from sync import operations
from tests.database import CommittedDatabase
from tests.torture.processes import Server


class RunningServer(Server):
    """A server that can be told to stop, too."""

    @property
    def pid(self) -> int:
        """Of its main process."""
        assert self._process
        return self._process.pid

    def stop(self) -> int:
        """SIGTERM to the main process; its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        assert self._process
        return self._process.wait(timeout=15)


@contextmanager
def serving(database: CommittedDatabase, folder: Path, *, number: int = 1, **variables: str) -> Iterator[RunningServer]:
    """`manage.py serve` on that database, answering, for the length of the block. All that it says is in its `log`."""
    environment = database.environment(CLAVITOR_DATA_DIR=str(folder), LOG_LEVEL="DEBUG", **variables)
    server = RunningServer(number, environment, folder)
    server.start()
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.kill()


def new_key(pop_id: str = "pop-test-01") -> str:
    """The key of a new POP."""
    now = timezone.now()
    return operations.add_pop_key(pop=operations.create_pop(pop_id=pop_id, at=now), at=now)[1]


def client(server: Server, key: str) -> httpx.Client:
    """A POP's client; close it."""
    return httpx.Client(base_url=f"{server.url}/api/v1/sync", headers={"Authorization": f"Bearer {key}"}, timeout=20)

"""A real server for tests that ask it over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.utils import timezone

from sync import operations
from tests.database import CommittedDatabase
from tests.torture.processes import Server


@contextmanager
def serving(database: CommittedDatabase, folder: Path, *, number: int = 1, **variables: str) -> Iterator[Server]:
    """`manage.py serve` on that database, answering, for the length of the block. All that it says is in its `log`."""
    environment = database.environment(CLAVITOR_DATA_DIR=str(folder), LOG_LEVEL="DEBUG", **variables)
    server = Server(number, environment, folder)
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

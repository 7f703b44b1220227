"""A POP in this process: it seals, pulls and applies. For tests with a `committed_db`."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from sync import feed
from sync.replica import Replica, parse_page
from tests.sync.sealing import drain

Spoil = Callable[[bytes], bytes]


def follow(path: Path, spoil: Spoil = bytes) -> None:
    """Bring the replica at `path` to the head; `spoil` may change a page on its way."""
    drain()
    with closing(Replica(path)) as replica:
        more = True
        while more:
            answer = feed.read_page(cursor=replica.state.cursor, limit=1000)
            replica.apply(parse_page(spoil(answer.as_json())))
            more = answer.end < answer.head


@contextmanager
def following(path: Path, spoil: Spoil = bytes) -> Iterator[None]:
    """A POP that follows in a thread for the length of the block."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.02):
            follow(path, spoil)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

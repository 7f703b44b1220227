"""The sealer: one at a time, whoever holds the lock. Any number of servers run it side by side, and when the one that
works is killed or frozen another goes on."""

import random
import threading
from typing import Any

import psycopg
import structlog

from clavitor.base.database import connect
from sync.seal import Sealed, seal_once

log = structlog.get_logger("clavitor.sealer")

LOCK = 0x636C_7673  # "clvs"; PostgreSQL's advisory locks are numbered, and this one is the sealer's
IDLE_SECONDS = 0.05  # between looks at an empty list: a change is in the feed well within a second
STANDBY_SECONDS = 0.5  # between tries for a lock that another holds
RETRY_SECONDS = 1.0  # after a failure

# A frozen process (SIGSTOP, a stalled disk) can't answer; the server then ends its connection, and with it the lock.
# A seal's sorts and joins are bounded by its batch, so they get room in memory; compiling its plan would not pay.
SESSION = "-c idle_session_timeout=2000 -c idle_in_transaction_session_timeout=2000 -c work_mem=64MB -c jit=off"

HAS_WORK = "SELECT EXISTS (SELECT FROM sync_dirty)"


def connect_sealer() -> psycopg.Connection[Any]:
    """A direct connection on which the lock is held for as long as it lives."""
    return connect(options=SESSION, application_name="clavitor-sealer")


def take_lock(connection: psycopg.Connection[Any]) -> bool:
    """Whether this connection is now the sealer's. The lock is the session's: it goes when the connection does."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    return bool(row and row[0])


def has_work(connection: psycopg.Connection[Any]) -> bool:
    """Whether anything waits to be sealed."""
    row = connection.execute(HAS_WORK).fetchone()
    return bool(row and row[0])


class Sealer:
    """Seals whatever is captured, until it is told to stop. Runs in a thread of each server process."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.run, name="sealer", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the seal at hand, give the lock back, and return."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def run(self) -> None:
        """Try for the lock, work while it is held, and start over after any failure."""
        while not self._stop.is_set():
            try:
                with connect_sealer() as connection:
                    self._stand_by(connection)
                    self._work(connection)
            except Exception as error:  # whatever it is: were this thread to end, nobody would seal or notice
                log.warning("sealing interrupted", error=type(error).__name__, retry_seconds=RETRY_SECONDS)
                self._stop.wait(RETRY_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311  (spreads retries, guards nothing)

    def _stand_by(self, connection: psycopg.Connection[Any]) -> None:
        while not self._stop.is_set() and not take_lock(connection):
            self._stop.wait(STANDBY_SECONDS)

    def _work(self, connection: psycopg.Connection[Any]) -> None:
        while not self._stop.is_set():
            if has_work(connection):
                self._tell(seal_once(connection))
            else:
                self._stop.wait(IDLE_SECONDS)

    def _tell(self, sealed: Sealed) -> None:
        if sealed.objects:
            log.debug("sealed", dirty=sealed.taken, objects=sealed.objects, head=sealed.head)

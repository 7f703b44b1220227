"""Ids that rise with time and never collide (RULES 1), without a query for each.

An id is a positive int64, most significant bit first:

    1 bit    0, so that it is positive
    41 bits  milliseconds since 2026-01-01T00:00:00Z, which last until September 2095
    12 bits  node
    10 bits  count within the millisecond

Uniqueness doesn't rest on clocks. The database grants each process a *window*, one node for a span of milliseconds that
is granted once and never again (`id_leases`), and a process makes ids within its window alone. So neither equal clocks
nor a clock that steps back, a fork or a killed process can repeat an id: at worst an id carries a time that is ahead.
"""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from clavitor.base.database import direct_connection
from clavitor.base.errors import DomainError

EPOCH_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
NODE_BITS = 12
COUNT_BITS = 10
NODES = 1 << NODE_BITS
MAX_ID = (1 << 63) - 1
WINDOW_MS = 10 * 60 * 1000

# The oldest free node; SKIP LOCKED keeps processes that start together from waiting for each other.
LEASE_SQL = """
UPDATE id_leases
   SET until_ms = %(from_ms)s + %(window_ms)s
 WHERE node = (SELECT node
                 FROM id_leases
                WHERE until_ms <= %(from_ms)s
                ORDER BY until_ms, node
                LIMIT 1
                  FOR UPDATE SKIP LOCKED)
RETURNING node
"""


class NoFreeIdNode(DomainError):
    """Every node is leased: more than 4,096 processes started within ten minutes, or the clock is behind the leases."""

    code = "no_free_id_node"


class Window(NamedTuple):
    """The right to make ids of `node` with milliseconds in [from_ms, until_ms), counted from EPOCH_MS."""

    node: int
    from_ms: int
    until_ms: int


def milliseconds() -> int:
    """The clock, in milliseconds since EPOCH_MS."""
    return time.time_ns() // 1_000_000 - EPOCH_MS


def lease_window(from_ms: int) -> Window:
    """Have the database grant a window that begins at `from_ms`, in a transaction of its own. Raises NoFreeIdNode."""
    with direct_connection() as connection:
        row = connection.execute(LEASE_SQL, {"from_ms": from_ms, "window_ms": WINDOW_MS}).fetchone()
    if row is None:
        raise NoFreeIdNode(
            f"All {NODES} id nodes are leased beyond this machine's clock ({from_ms} ms after 2026). "
            "Check that the clock is right; else wait ten minutes for leases to end."
        )
    return Window(row[0], from_ms, from_ms + WINDOW_MS)


class IdMaker:
    """Makes strictly rising ids, from as many threads as like, within windows from `lease`."""

    def __init__(self, lease: Callable[[int], Window] = lease_window, clock: Callable[[], int] = milliseconds) -> None:
        self._lease = lease
        self._clock = clock
        self._lock = threading.Lock()
        self._window = Window(0, 0, 0)
        self._ms = -1
        self._count = 0

    def next(self) -> int:
        """The next id. Leases a new window when there is none yet or the present one is used up."""
        with self._lock:
            self._advance()
            return (self._ms << NODE_BITS | self._window.node) << COUNT_BITS | self._count

    def _advance(self) -> None:
        ms, count = max(self._clock(), self._ms), 0
        if ms == self._ms:
            count = self._count + 1
            if count >> COUNT_BITS:
                ms, count = ms + 1, 0
        if ms >= self._window.until_ms:
            ms, count = max(ms, self._ms + 1), 0
            self._window = self._lease(ms)
        self._ms, self._count = ms, count


_maker = IdMaker()


def forget_window() -> None:
    """Lease anew before the next id: a window is for one process and one database, not for a fork or a clone."""
    global _maker
    _maker = IdMaker()


os.register_at_fork(after_in_child=forget_window)


def new_id() -> int:
    """A new id: 0 < id < 2**63, greater than every one this process made before, unlike any that another makes."""
    return _maker.next()

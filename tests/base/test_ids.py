"""Ids: their bits, their order, and that no two are alike, whatever processes, forks and clocks do (RULES 1)."""

import subprocess
import sys
import threading
from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import chain, count, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clavitor.base import ids
from clavitor.base.ids import EPOCH_MS, WINDOW_MS, IdMaker, NoFreeIdNode, Window, new_id
from clavitor.base.models import IdLease
from tests.database import CommittedDatabase

PROJECT = Path(__file__).resolve().parents[2]
SIXTEEN = """
import os, sys
from array import array
from clavitor.base.ids import IdMaker, milliseconds

which, how_many, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
began, steps = milliseconds(), iter(range(10**9))
clocks = {
    "real": milliseconds,
    "frozen": lambda: began,
    "steps back": lambda: began + 1000 - 7 * next(steps) % 2000,
}
gate, opener = os.pipe()
for process in range(16):
    if os.fork() == 0:
        os.close(opener)
        os.read(gate, 1)  # until the parent closes its end: for all at once
        maker = IdMaker(clock=clocks[which])
        made = array("q", (maker.next() for _ in range(how_many)))
        with open(f"{folder}/{process}", "wb") as file:
            made.tofile(file)
        os._exit(0)
os.close(opener)
sys.exit(any(os.wait()[1] for _ in range(16)))
"""
FORK = """
import os
from clavitor.base.ids import new_id

before = new_id()
readable, writable = os.pipe()
if os.fork() == 0:
    os.write(writable, f"{new_id()} {new_id()}".encode())
    os._exit(0)
os.wait()
print(before, new_id(), os.read(readable, 100).decode())
"""


def bits(id_: int) -> tuple[int, int, int]:
    """(milliseconds, node, count), as the module's docstring lays them out."""
    return id_ >> 22, id_ >> 10 & 0xFFF, id_ & 0x3FF


def run(committed_db: CommittedDatabase, program: str, *arguments: str) -> str:
    """What a Python program prints that runs in a process of its own on that database."""
    environment = committed_db.environment(DJANGO_SETTINGS_MODULE="tests.settings")
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(
        command, env=environment, cwd=PROJECT, stdout=subprocess.PIPE, check=True, text=True, timeout=120
    ).stdout


def is_rising(made: list[int] | array) -> bool:
    return all(one < next_ for one, next_ in pairwise(made))


def leaser(*nodes: int, window_ms: int = WINDOW_MS) -> Callable[[int], Window]:
    """Grants windows of those nodes, in turn."""
    granted = iter(nodes)
    return lambda from_ms: Window(next(granted), from_ms, from_ms + window_ms)


def clock(*times: int) -> Callable[[], int]:
    """Shows those times one after another, then stands still."""
    shown = chain(times, (times[-1] for _ in count()))
    return lambda: next(shown)


def test_an_id_is_milliseconds_then_node_then_count() -> None:
    maker = IdMaker(leaser(5), clock(1000, 1000, 1001))
    assert [bits(maker.next()) for _ in range(3)] == [(1000, 5, 0), (1000, 5, 1), (1001, 5, 0)]


def test_the_milliseconds_count_from_2026_in_utc() -> None:
    assert datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000 == EPOCH_MS
    assert abs(ids.milliseconds() + EPOCH_MS - datetime.now(UTC).timestamp() * 1000) < 5000


@pytest.mark.parametrize("day", [datetime(2090, 12, 31, tzinfo=UTC), datetime(2095, 9, 1, tzinfo=UTC)])
def test_ids_are_positive_int64_until_2095(day: datetime) -> None:
    made = IdMaker(leaser(4095), clock(int(day.timestamp() * 1000) - EPOCH_MS)).next()
    assert 2**62 < made < 2**63


def test_a_clock_that_stands_still_gives_rising_ids() -> None:
    maker = IdMaker(leaser(7), clock(1000))
    made = [maker.next() for _ in range(5000)]
    assert is_rising(made)
    assert bits(made[1023]) == (1000, 7, 1023)
    assert bits(made[1024]) == (1001, 7, 0), "1,024 ids fit a millisecond; the next one borrows from the future"


def test_a_clock_that_steps_back_gives_rising_ids() -> None:
    maker = IdMaker(leaser(7), clock(1000, 10, 990, 1000, 1001, 3))
    made = [maker.next() for _ in range(6)]
    assert is_rising(made)
    assert [bits(id_)[0] for id_ in made] == [1000, 1000, 1000, 1000, 1001, 1001]


def test_a_window_that_is_used_up_is_followed_by_another() -> None:
    """Both by the clock (1009 -> 1010) and by counting (a clock that stands still at the end of the second)."""
    maker = IdMaker(leaser(1, 2, 3, window_ms=10), clock(1000, 1009, 1010, 1019))
    made = [maker.next() for _ in range(2000)]
    assert is_rising(made)
    assert [bits(id_)[1] for id_ in made[:4]] == [1, 1, 2, 2]
    assert bits(made[-1])[:2] == (1020, 3)


def test_threads_share_one_strictly_rising_sequence(committed_db: CommittedDatabase) -> None:
    made: list[list[int]] = []
    threads = [threading.Thread(target=lambda: made.append([new_id() for _ in range(10_000)])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(map(is_rising, made))
    assert len(set(chain(*made))) == 80_000
    assert IdLease.objects.filter(until_ms__gt=ids.milliseconds()).count() == 2, "the migration's and this process's"


@pytest.mark.parametrize(("clock", "how_many"), [("real", 100_000), ("frozen", 5_000), ("steps back", 5_000)])
def test_sixteen_processes_never_make_the_same_id(
    committed_db: CommittedDatabase, tmp_path: Path, clock: str, how_many: int
) -> None:
    """Started together on one database, with equal clocks."""
    run(committed_db, SIXTEEN, clock, str(how_many), str(tmp_path))
    made = [array("q", file.read_bytes()) for file in tmp_path.iterdir()]
    assert [len(of_one) for of_one in made] == [how_many] * 16
    assert all(map(is_rising, made))
    assert min(of_one[0] for of_one in made) > 0
    assert len(set(chain(*made))) == 16 * how_many


def test_a_fork_makes_ids_of_a_window_of_its_own(committed_db: CommittedDatabase) -> None:
    parent, parent_later, child, child_later = map(int, run(committed_db, FORK).split())
    assert bits(parent)[1] == bits(parent_later)[1] != bits(child)[1] == bits(child_later)[1]
    assert parent < parent_later
    assert child < child_later


def test_when_every_node_is_leased_it_says_so(committed_db: CommittedDatabase) -> None:
    IdLease.objects.update(until_ms=ids.milliseconds() + WINDOW_MS)
    with pytest.raises(NoFreeIdNode, match="All 4096 id nodes are leased.*ten minutes") as refused:
        new_id()
    assert refused.value.code == "no_free_id_node"
    IdLease.objects.filter(node=9).update(until_ms=0)
    assert bits(new_id())[1] == 9, "and it goes on as soon as one is free"


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(starts=st.lists(st.integers(0, 4 * WINDOW_MS), min_size=2, max_size=12))
def test_no_moment_of_a_node_is_granted_twice(committed_db: CommittedDatabase, starts: list[int]) -> None:
    """Processes whose clocks differ by any amount, in any order."""
    IdLease.objects.filter(node__gt=3).update(until_ms=2**60)  # so few nodes that they are used again
    IdLease.objects.filter(node__lte=3).update(until_ms=0)
    granted: list[Window] = []
    for start in starts:
        try:
            granted.append(ids.lease_window(start))
        except NoFreeIdNode:
            continue
    for one, other in ((one, other) for one in granted for other in granted if one is not other):
        assert one.node != other.node or one.until_ms <= other.from_ms or other.until_ms <= one.from_ms


def test_a_lease_is_kept_when_the_transaction_around_it_is_undone(db: None) -> None:
    """It is granted on a connection of its own: an id that was made may have left the transaction already."""
    window = ids.lease_window(ids.milliseconds())
    with ids.direct_connection() as outside:
        assert outside.execute("SELECT until_ms FROM id_leases WHERE node = %s", [window.node]).fetchone() == (
            window.until_ms,
        )

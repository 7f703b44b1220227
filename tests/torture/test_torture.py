"""Real concurrency, real processes, real kills: nothing gets lost, and the harness would see it if something did.

The short form runs with the suite. `scripts/torture --minutes N` runs the first test for longer, in rounds, and prints
what was done. CLAVITOR_TORTURE_SEED repeats what writers try and what is killed; how they interleave is the machine's.
"""

import logging
import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.database import CommittedDatabase
from tests.torture import compare
from tests.torture.compare import Difference
from tests.torture.deeds import ADDING, EVERYTHING, Deed
from tests.torture.expected import Registry
from tests.torture.naive import NaiveFollower
from tests.torture.torture import WRITERS, Torture, prepare, run_for
from tests.torture.writers import Writer

pytestmark = pytest.mark.torture

MINUTES = float(os.environ.get("CLAVITOR_TORTURE_MINUTES", "0"))
ROUND_SECONDS = 45.0 if MINUTES else 10.0


@pytest.fixture
def seed() -> str:
    """Printed, so that pytest shows it with a failure."""
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # it would tell of each connection that is cut
    seed = os.environ.get("CLAVITOR_TORTURE_SEED") or f"{time.time_ns() // 1_000_000:x}"
    print(f"seed {seed}")
    return seed


def test_every_replica_equals_the_registry(committed_db: CommittedDatabase, tmp_path: Path, seed: str) -> None:
    torture, ends_at = Torture(committed_db, seed, tmp_path), time.monotonic() + MINUTES * 60
    try:
        torture.start()
        well = torture.round(ROUND_SECONDS, pause_seconds=0.4)
        while well and time.monotonic() < ends_at:
            print(torture.findings.summary(), flush=True)
            well = torture.round(ROUND_SECONDS, pause_seconds=0.8)
    finally:
        torture.stop()
    print(torture.findings.summary())
    assert well, torture.findings.summary()
    assert torture.findings.objects > 500
    assert min(torture.findings.ends[end] for end in ("committed", "rolled back", "savepoint rolled back")) > 20
    assert torture.findings.races.total() > 10
    assert {"kill_pop", "cut_writer", "kill_server", "cut_sealer"} <= set(torture.findings.harms)


def naive_differences(
    database: CommittedDatabase, seed: str, deeds: list[Deed], seconds: float, *orders: str
) -> list[list[Difference]]:
    """The same writers, followed by naive cursors instead of the feed: what each has wrong in the end."""
    with database.connect() as watch:
        pools = prepare(watch, random.Random(seed))
        followers = [NaiveFollower(order, database.connect) for order in orders]
        for follower in followers:
            follower.start()
        run_for(seconds, [Writer(number, seed, database.connect, pools, deeds) for number in range(WRITERS)])
        for follower in followers:
            follower.stop()
        registry = Registry(watch)
        expected = registry.objects()
        return [compare.differences(expected, follower.objects(registry)) for follower in followers]


def test_the_harness_finds_a_cursor_on_ids_out(committed_db: CommittedDatabase, seed: str) -> None:
    """Nothing but insertions, and still rows are never seen: they commit out of order."""
    (by_id,) = naive_differences(committed_db, seed, ADDING, 3, "id")
    print(compare.complaint("by id", by_id, most=3))
    assert {difference.fault for difference in by_id} == {"missing"}
    assert len(by_id) > 10


def test_the_harness_finds_out_what_no_cursor_on_rows_can_see(committed_db: CommittedDatabase, seed: str) -> None:
    """With everything that happens to a registry: revocations, removals, suspensions."""
    by_id, by_transaction = naive_differences(committed_db, seed, EVERYTHING, 4, "id", "transaction id")
    print(compare.complaint("by id", by_id, most=3))
    print(compare.complaint("by transaction id", by_transaction, most=3))
    assert set(Counter(difference.fault for difference in by_id)) == {"missing", "extra", "stale"}
    assert {"extra", "stale"} <= {difference.fault for difference in by_transaction}

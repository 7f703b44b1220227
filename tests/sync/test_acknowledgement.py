"""Acknowledgements: what the centre knows of a POP. Only forward, with the newest error, and how far behind it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from sync import feed
from sync.cursor import Cursor, CursorFromFuture
from sync.feed import Acknowledged
from sync.models import Pop, SyncHead, SyncSeal
from tests import factories
from tests.database import CommittedDatabase
from tests.sync.sealing import drain, pull, seal

FIRST = datetime(2026, 4, 5, 12, tzinfo=UTC)


def later(seconds: int) -> datetime:
    return FIRST + timedelta(seconds=seconds)


@pytest.fixture
def pop(committed_db: CommittedDatabase) -> Pop:
    """A POP that has acknowledged nothing; the feed has positions 1 to 3 and 4 to 6."""
    for _ in range(2):
        factories.VaultFactory.create_batch(3)
        seal()
    return factories.PopFactory(last_sync_at=FIRST, updated_at=FIRST)


def cursor(position: int) -> str:
    held = SyncSeal.objects.get(first_position__lte=position, last_position__gte=position)
    return str(Cursor(held.epoch, position, held.chain))


def acknowledge(pop: Pop, position: int, at: datetime = FIRST, error: str | None = None) -> Acknowledged:
    answer = feed.acknowledge(pop=pop, cursor=cursor(position), error=error, at=at)
    pop.refresh_from_db()
    return answer


@pytest.mark.parametrize("position", [0, 1, 3, 4, 6])
def test_it_is_noted_and_answered_with_the_lag(pop: Pop, position: int) -> None:
    assert acknowledge(pop, position, later(5)) == (cursor(position), 6, 6 - position)
    assert (pop.last_sync_cursor, pop.last_sync_at, pop.updated_at, pop.last_error) == (
        position,
        later(5),
        later(5),
        None,
    )


def test_it_goes_only_forward(pop: Pop) -> None:
    acknowledge(pop, 5, later(5))
    assert acknowledge(pop, 2, later(6)) == (cursor(5), 6, 1)
    assert (pop.last_sync_cursor, pop.last_sync_at) == (5, later(6))
    assert acknowledge(pop, 5, later(4)) == (cursor(5), 6, 1)
    assert (pop.last_sync_cursor, pop.last_sync_at) == (5, later(6))
    assert acknowledge(pop, 6, later(7)) == (cursor(6), 6, 0)


def test_the_lag_is_against_the_head_of_now(pop: Pop) -> None:
    acknowledge(pop, 6)
    factories.VaultFactory.create_batch(2)
    drain()
    assert acknowledge(pop, 6) == (cursor(6), 8, 2)


def test_an_error_is_kept_without_moving_and_cleared_by_the_next_success(pop: Pop) -> None:
    acknowledge(pop, 3, later(1))
    assert acknowledge(pop, 5, later(2), error="disk full") == (cursor(3), 6, 3)
    assert (pop.last_error, pop.last_sync_cursor, pop.last_sync_at, pop.updated_at) == (
        "disk full",
        3,
        later(1),
        later(2),
    )
    acknowledge(pop, 3, later(3), error="disk still full")
    assert pop.last_error == "disk still full"
    acknowledge(pop, 4, later(4))
    assert (pop.last_error, pop.last_sync_cursor) == (None, 4)


def test_an_error_of_a_pop_that_never_acknowledged(pop: Pop) -> None:
    assert acknowledge(pop, 0, error="no disk") == (cursor(0), 6, 6)
    assert (pop.last_error, pop.last_sync_cursor, pop.last_sync_at) == ("no disk", None, FIRST)


def test_what_is_refused_changes_nothing(pop: Pop) -> None:
    head = SyncHead.objects.get()
    with pytest.raises(CursorFromFuture):
        feed.acknowledge(pop=pop, cursor=f"{head.epoch}.7.{head.chain[:16]}", error="disk full", at=later(9))
    pop.refresh_from_db()
    assert (pop.last_sync_cursor, pop.last_error, pop.updated_at) == (None, None, FIRST)


def test_nobody_elses_state_is_touched(pop: Pop) -> None:
    other = factories.PopFactory(last_sync_at=FIRST, updated_at=FIRST)
    acknowledge(pop, 4, later(5), error="x")
    other.refresh_from_db()
    assert (other.last_sync_cursor, other.last_error, other.updated_at) == (None, None, FIRST)


def test_a_cursor_of_a_page_can_be_acknowledged_at_once(pop: Pop) -> None:
    page = pull(limit=4)
    assert feed.acknowledge(pop=pop, cursor=page["cursor"], error=None, at=FIRST) == (page["cursor"], 6, 2)


def test_acknowledgements_that_overtake_each_other_leave_the_furthest(pop: Pop) -> None:
    cursors = [cursor(position) for position in (1, 6, 2, 5, 3, 4)] * 4

    def send(text: str) -> int:
        try:
            return feed.acknowledge(pop=Pop(pk=pop.pk), cursor=text, error=None, at=FIRST).lag
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        lags = list(threads.map(send, cursors))
    pop.refresh_from_db()
    assert pop.last_sync_cursor == 6
    assert all(lag <= 6 - int(text.split(".")[1]) for lag, text in zip(lags, cursors, strict=True))

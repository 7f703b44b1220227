"""What the follower's tests stand on."""

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.sync.fake_feed import (
    FakeFeed,
    serving,
)
from tests.sync.follower.pops import Pop, give_time
from tests.sync.pages import credential, removal, token, vault


@pytest.fixture
def feed() -> Iterator[FakeFeed]:
    with serving() as feed:
        feed.put(vault)
        for number in range(31, 38):
            feed.put(token, id=str(number))
        feed.put(credential)
        feed.put(removal, "agent_token", "33")
        yield feed


@pytest.fixture
def pop(feed: FakeFeed, tmp_path: Path) -> Iterator[Pop]:
    with closing(Pop(feed, tmp_path / "pop.sqlite3")) as pop:
        yield pop


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were slept, which take no time here; a follower that never ends is stopped after 50."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 50:
            raise KeyboardInterrupt

    give_time(monkeypatch, sleep=sleep)
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    return slept

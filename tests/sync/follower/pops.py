"""A POP that follows the fake feed."""

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sync.follower import (
    FeedClient,
    Follower,
    RebuildNeeded,
)
from sync.replica import Page, Replica
from tests.sync.fake_feed import (
    FakeFeed,
)
from tests.sync.replica.contents import contents

KEY = "cvp_made-up-for-this-test"


class Notes:
    """What the follower reported."""

    def __init__(self) -> None:
        self.pages: list[int] = []
        self.lags: list[int] = []
        self.troubles: list[str] = []
        self.rebuilds: list[str] = []

    def pulled(self, replica: Replica, page: Page) -> None:
        self.pages.append(page.end)

    def acknowledged(self, position: int, head: int, lag: int) -> None:
        self.lags.append(lag)

    def trouble(self, error: Exception, pause_seconds: float) -> None:
        self.troubles.append(str(error))

    def rebuilding(self, reason: RebuildNeeded, position: int) -> None:
        self.rebuilds.append(f"from {position}: {reason}")

    def rebuilt(self, position: int) -> None:
        self.rebuilds.append(f"at {position}")


class Pop:
    """A follower of the fake feed with a replica of its own."""

    def __init__(self, feed: FakeFeed, path: Path, limit: int = 3) -> None:
        self.feed, self.notes = feed, Notes()
        self.client, self.replica = FeedClient(feed.url, KEY), Replica(path)
        self.follower = Follower(
            client=self.client, replica=self.replica, report=self.notes, limit=limit, wait_seconds=20,
            interval_seconds=0.01,
        )  # fmt: skip

    def close(self) -> None:
        self.client.close()
        self.replica.close()

    def catch_up(self) -> None:
        self.follower.catch_up(wait_seconds=0)

    def holds_the_feed(self) -> bool:
        """Whether the replica has each live object of the feed at its position, and nothing else."""
        held = contents(self.replica.path)
        live = {
            (change["kind"], change["id"], change["position"])
            for change in self.feed.objects.values()
            if not change["deleted"]
        }
        tables = {"vault": "vaults", "credential": "credentials", "agent_token": "agent_tokens"}
        return live == {(kind, str(row[0]), row[-1]) for kind, table in tables.items() for row in held[table]}


def give_time(monkeypatch: pytest.MonkeyPatch, **functions: Callable[..., Any]) -> None:
    """Give the follower, and nobody else, other functions of the module `time`."""
    usual = {"monotonic": time.monotonic, "sleep": time.sleep}
    monkeypatch.setattr("sync.follower.follow.time", SimpleNamespace(**{**usual, **functions}))


def stop_when(pop: Pop, done: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Follow until `done` at a pause."""

    def sleep(seconds: float) -> None:
        if done():
            raise KeyboardInterrupt

    give_time(monkeypatch, sleep=sleep)
    with pytest.raises(KeyboardInterrupt):
        pop.follower.follow()

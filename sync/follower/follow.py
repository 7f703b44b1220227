"""Following: pull to the head, apply, acknowledge; again.

Trouble that passes by itself is waited out. When the centre's history is another than the replica's, a new replica is
built aside, from zero, while this one goes on serving, and takes its place in one transaction.
"""

import time
from contextlib import closing
from pathlib import Path
from typing import NoReturn, Protocol

from sync.follower.backoff import pause_seconds
from sync.follower.client import FeedClient
from sync.follower.refusals import RebuildNeeded, Trouble
from sync.replica import Page, PageRefused, Replica, ReplicaTrouble, parse_page, remove_file

PASSES = (Trouble, PageRefused, ReplicaTrouble)
ONCE_TRIES = 4
ACKNOWLEDGE_SECONDS = 10.0  # at least so often, so that a POP without news is seen to be alive


class Report(Protocol):
    """What a follower tells of its doings."""

    def pulled(self, replica: Replica, page: Page) -> None:
        """A page is applied."""

    def acknowledged(self, position: int, head: int, lag: int) -> None:
        """The centre has noted how far this POP is."""

    def trouble(self, error: Exception, pause_seconds: float) -> None:
        """Something failed, and is tried again after the pause."""

    def rebuilding(self, reason: RebuildNeeded, position: int) -> None:
        """A new replica is being built; it is at `position` already if an earlier try was interrupted."""

    def rebuilt(self, position: int) -> None:
        """The new replica is in place."""


class Follower:
    """Follows the feed of `client` into `replica`, in pages of `limit` objects."""

    def __init__(
        self,
        *,
        client: FeedClient,
        replica: Replica,
        report: Report,
        limit: int,
        wait_seconds: int,
        interval_seconds: float,
    ) -> None:
        self._client = client
        self._replica = replica
        self._report = report
        self._limit = limit
        self._wait_seconds = wait_seconds
        self._interval_seconds = interval_seconds
        self._noted_cursor: str | None = None
        self._noted_at = time.monotonic()

    def follow_once(self) -> None:
        """Pull until there is no more, and acknowledge. Gives up on trouble after a few tries, and raises it."""
        for failures in range(1, ONCE_TRIES):
            try:
                self.catch_up(wait_seconds=0)
            except PASSES as trouble:
                self._wait_out(trouble, failures)
            else:
                return
        self.catch_up(wait_seconds=0)

    def follow(self) -> NoReturn:
        """Follow until interrupted. Raises what doesn't pass by itself: RequestRefused, ReplicaUnusable."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                self.catch_up(wait_seconds=self._wait_seconds)
                failures = 0
                # A server that waits for news has let this time pass already.
                time.sleep(max(0.0, began + self._interval_seconds - time.monotonic()))
            except PASSES as trouble:
                failures += 1
                self._wait_out(trouble, failures)

    def catch_up(self, *, wait_seconds: int) -> None:
        """Pull to the head, or wait so long for something new; acknowledge if that is due."""
        try:
            self._pull(self._replica, wait_seconds)
            has_news = self._replica.state.cursor != self._noted_cursor
            self._acknowledge(due_after_seconds=0 if has_news else ACKNOWLEDGE_SECONDS)
        except RebuildNeeded as reason:
            self._rebuild_or_start_over(reason)
        except (PageRefused, ReplicaTrouble) as error:
            self._tell_centre(error)
            raise

    def _pull(self, replica: Replica, wait_seconds: int = 0) -> None:
        while True:
            state = replica.state
            page = parse_page(self._client.changes(cursor=state.cursor, limit=self._limit, wait_seconds=wait_seconds))
            if page.start != state.position:
                raise PageRefused(f"Asked for what follows {state.position}, got what follows {page.start}.")
            if page.cursor != state.cursor:
                replica.apply(page)
                self._report.pulled(replica, page)
            if not page.more:
                return
            if replica is self._replica:
                self._acknowledge(due_after_seconds=ACKNOWLEDGE_SECONDS)

    def _acknowledge(self, *, due_after_seconds: float) -> None:
        state = self._replica.state
        if state.cursor is None or time.monotonic() - self._noted_at < due_after_seconds:
            return
        head, lag = self._client.acknowledge(cursor=state.cursor)
        if state.cursor != self._noted_cursor:
            self._report.acknowledged(state.position, head, lag)
        self._noted_cursor, self._noted_at = state.cursor, time.monotonic()

    def _rebuild_or_start_over(self, reason: RebuildNeeded) -> None:
        aside = self._replica.path.with_name(f"{self._replica.path.name}.rebuild")
        try:
            self._rebuild(aside, reason)
            self._acknowledge(due_after_seconds=0)
        except RebuildNeeded as again:
            remove_file(aside)
            raise Trouble(f"The rebuild starts over: meanwhile {again}") from again

    def _rebuild(self, aside: Path, reason: RebuildNeeded) -> None:
        with closing(Replica(aside)) as fresh:
            self._report.rebuilding(reason, fresh.state.position)
            self._pull(fresh)
        self._replica.replace_with(aside)
        remove_file(aside)
        self._report.rebuilt(self._replica.state.position)

    def _tell_centre(self, error: Exception) -> None:
        """Best effort: the centre shows what is wrong here, beside how far this POP is."""
        if self._replica.state.cursor:
            self._noted_cursor = None  # the next success is told at once
            try:
                self._client.acknowledge(cursor=self._replica.state.cursor, error=str(error))
            except (Trouble, RebuildNeeded) as unheard:
                self._report.trouble(unheard, 0)

    def _wait_out(self, trouble: Exception, failures: int) -> None:
        pause = pause_seconds(failures, getattr(trouble, "retry_after_seconds", 0))
        self._report.trouble(trouble, pause)
        time.sleep(pause)

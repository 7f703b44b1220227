"""What a follower prints: a line when it has moved, what is wrong, and on a terminal a bar while it boots from zero."""

import time
from typing import Protocol

from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from sync.follower.refusals import RebuildNeeded
from sync.replica import Page, Replica

LINE_SECONDS = 5.0  # between lines while it is far behind


class Stream(Protocol):
    """Where lines go: Django's wrapper of stdout or stderr."""

    def write(self, msg: str = "", /) -> object:
        """Write one line."""

    def flush(self) -> None:
        """Send it off."""

    def isatty(self) -> bool:
        """Whether somebody watches."""


class Console:
    """Tells people. Progress goes to `out`, what is wrong and the bar to `err`."""

    def __init__(self, out: Stream, err: Stream) -> None:
        self._out, self._err = out, err
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._line_at = time.monotonic()

    def pulled(self, replica: Replica, page: Page) -> None:
        """A page is applied."""
        if page.start == 0 and page.more and self._err.isatty():
            self._begin_bar(page.head)
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=page.end, total=page.head)
        elif page.more and time.monotonic() - self._line_at >= LINE_SECONDS:
            self._say(f"position {page.end} of {page.head}")
        if not page.more:
            self.end_bar()

    def acknowledged(self, position: int, head: int, lag: int) -> None:
        """The centre has noted how far this POP is."""
        if not self._bar:
            self._say(f"position {position} of {head}, lag {lag}")

    def trouble(self, error: Exception, pause_seconds: float) -> None:
        """Something failed, and is tried again after the pause."""
        self._warn(f"{error}" + (f" Next try in {pause_seconds:.1f} s." if pause_seconds else ""))

    def rebuilding(self, reason: RebuildNeeded, position: int) -> None:
        """A new replica is being built; it is at `position` already if an earlier try was interrupted."""
        self._warn(f"REBUILDING from position {position}; the old replica serves until it is done. {reason}")

    def rebuilt(self, position: int) -> None:
        """The new replica is in place."""
        self._warn(f"REBUILT: the replica is new, at position {position}.")

    def end_bar(self) -> None:
        """Take the bar off the terminal."""
        if self._bar:
            self._bar.stop()
        self._bar = self._task = None

    def _begin_bar(self, head: int) -> None:
        self.end_bar()
        columns = (TextColumn("objects"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Terminal(stderr=True), transient=True)
        self._task = self._bar.add_task("boot", total=head)
        self._bar.start()

    def _say(self, line: str) -> None:
        self._line_at = time.monotonic()
        self._out.write(line)
        self._out.flush()

    def _warn(self, line: str) -> None:
        self.end_bar()
        self._err.write(line)
        self._err.flush()

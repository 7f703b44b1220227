"""How far an import has got: bars on a terminal, else a plain line for each step. All on stderr."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

ROWS = 2_000  # between two looks at the clock
SECONDS = 10  # between two plain lines of one step
Row = TypeVar("Row")


class Progress(Protocol):
    """Where steps are told."""

    def track(self, label: str, total: int, rows: Iterable[Row]) -> Iterator[Row]:
        """`rows`, telling how many have gone by."""
        ...

    def step(self, label: str) -> None:
        """Tell of a step whose length isn't known."""
        ...


class Silent:
    """For `--verbosity 0`."""

    def track(self, label: str, total: int, rows: Iterable[Row]) -> Iterator[Row]:
        return iter(rows)

    def step(self, label: str) -> None:
        """Nothing is told."""


class Lines:
    """A line at the start of a step, and in a long one every ten seconds."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say

    def track(self, label: str, total: int, rows: Iterable[Row]) -> Iterator[Row]:
        self._say(f"{label}: {total:,} rows")
        said = time.monotonic()
        for number, row in enumerate(rows):
            if number % ROWS == 0 and time.monotonic() - said > SECONDS:
                said = time.monotonic()
                self._say(f"{label}: {number:,} of {total:,}")
            yield row

    def step(self, label: str) -> None:
        self._say(label)


class Terminal:
    """A bar for each table, and one that moves to and fro for a step of unknown length."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._open: TaskID | None = None

    def track(self, label: str, total: int, rows: Iterable[Row]) -> Iterator[Row]:
        self.close()
        task = self._bars.add_task(label, total=total)
        for number, row in enumerate(rows):
            if number % ROWS == 0:
                self._bars.update(task, completed=number)
            yield row
        self._bars.update(task, completed=total)

    def step(self, label: str) -> None:
        self.close()
        self._open = self._bars.add_task(label, total=None)

    def close(self) -> None:
        """End the step of unknown length, if one is on."""
        if self._open is not None:
            self._bars.update(self._open, total=1, completed=1)
        self._open = None


@contextmanager
def shown(*, say: Callable[[str], object], terminal: bool, silent: bool) -> Iterator[Progress]:
    """The sort that fits: `say` takes plain lines; on a terminal bars go to stderr."""
    if silent:
        yield Silent()
    elif not terminal:
        yield Lines(say)
    else:
        label, count, console = TextColumn("{task.description}"), MofNCompleteColumn(), Console(stderr=True)
        with Bars(SpinnerColumn(), label, BarColumn(), count, TimeElapsedColumn(), console=console) as bars:
            progress = Terminal(bars)
            yield progress
            progress.close()

"""How far an import has got: a bar on a terminal, else a plain line for each step. All on stderr."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

STEP = 2_000  # rows between two looks at the clock
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
    """For tests, and for `--verbosity 0`."""

    def track(self, label: str, total: int, rows: Iterable[Row]) -> Iterator[Row]:
        return iter(rows)

    def step(self, label: str) -> None:
        """Nothing is told."""


class Lines:
    """A line at the start of a step, and in a long one every ten seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def track(self, label: str, total: int, rows: Iterable[Row]) -> Iterator[Row]:
        self.step(f"{label}: {total:,} rows")
        said = time.monotonic()
        for number, row in enumerate(rows):
            if number % STEP == 0 and time.monotonic() - said > 10:
                said = time.monotonic()
                self.step(f"{label}: {number:,} of {total:,}")
            yield row

    def step(self, label: str) -> None:
        print(label, file=self._stream, flush=True)


class Terminal:
    """A bar for each table."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def track(self, label: str, total: int, rows: Iterable[Row]) -> Iterator[Row]:
        task = self._bars.add_task(label, total=total)
        for number, row in enumerate(rows):
            if number % STEP == 0:
                self._bars.update(task, completed=number)
            yield row
        self._bars.update(task, completed=total)

    def step(self, label: str) -> None:
        for task in self._bars.tasks:
            if task.total is None:
                self._bars.update(task.id, total=1, completed=1)
        self._bars.add_task(label, total=None)


@contextmanager
def shown_on(stream: TextIO, *, silent: bool) -> Iterator[Progress]:
    """The right one for `stream`."""
    if silent:
        yield Silent()
    elif not stream.isatty():
        yield Lines(stream)
    else:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Bars(*columns, console=Console(file=stream)) as bars:
            yield Terminal(bars)

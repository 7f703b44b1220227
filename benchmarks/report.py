"""Figures, with what each has to reach."""

import statistics
from collections.abc import Callable
from typing import NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

Round = Callable[[], float]


class Figure(NamedTuple):
    """`value` has to be at least `least`, or at most `most`; with neither it is for information."""

    name: str
    value: float
    what: str
    least: float | None = None
    most: float | None = None

    @property
    def is_reached(self) -> bool:
        """Whether it is where it has to be."""
        at_least = self.least is None or self.value >= self.least
        return at_least and (self.most is None or self.value <= self.most)

    @property
    def bound(self) -> str:
        """What it has to reach, in words."""
        if self.least is not None:
            return f">= {self.least:,g}"
        return "" if self.most is None else f"<= {self.most:,g}"


def interleave(measures: dict[str, Round], *, rounds: int) -> dict[str, list[float]]:
    """Each measure once a round, in turn, so that all see the same weather; what each gave, round by round."""
    results: dict[str, list[float]] = {name: [] for name in measures}
    for _ in track(range(rounds), f"Measuring, {rounds} rounds"):
        for name, measure in measures.items():
            results[name].append(measure())
    return results


def ratio(results: dict[str, list[float]], above: str, below: str) -> float:
    """The median of the rounds' ratios: a slow moment of the machine is in both parts of one."""
    pairs = zip(results[above], results[below], strict=True)
    return statistics.median(one / other for one, other in pairs)


def show(figures: list[Figure]) -> None:
    """A table on stdout."""
    table = Table("figure", "value", "to reach", "", "what")
    for figure in figures:
        mark = "" if not figure.bound else "ok" if figure.is_reached else "NOT REACHED"
        table.add_row(
            figure.name,
            f"{figure.value:,.3g}" if figure.value < 1000 else f"{figure.value:,.0f}",
            figure.bound,
            mark,
            figure.what,
        )
    Console().print(table)

"""How far it is, for people and for logs."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress as Bars

from clavitor.importer import progress


def test_a_long_step_speaks_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    clock = iter(range(0, 1000, 6))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    rows = list(progress.Lines(said.append).track("Reading", 10_000, range(10_000)))
    assert rows == list(range(10_000))
    assert said == ["Reading: 10,000 rows", "Reading: 2,000 of 10,000", "Reading: 6,000 of 10,000"]


def test_on_a_terminal_it_is_bars() -> None:
    screen = io.StringIO()
    with Bars(console=Console(file=screen, force_terminal=True)) as bars:
        terminal = progress.Terminal(bars)
        terminal.step("Looking")
        assert list(terminal.track("Reading", 5_000, range(5_000))) == list(range(5_000))
        terminal.step("Comparing")
        terminal.close()
        assert [(task.description, task.completed, task.finished) for task in bars.tasks] == [
            ("Looking", 1, True),
            ("Reading", 5_000, True),
            ("Comparing", 1, True),
        ]
    assert "Reading" in screen.getvalue()


@pytest.mark.parametrize(
    ("terminal", "silent", "sort"),
    [(True, False, progress.Terminal), (False, False, progress.Lines), (True, True, progress.Silent)],
)
def test_the_sort_fits_the_screen(terminal: bool, silent: bool, sort: type) -> None:
    with progress.shown(say=print, terminal=terminal, silent=silent) as shown:
        assert isinstance(shown, sort)

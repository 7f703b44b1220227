"""What people read while a POP follows."""

import re
from io import StringIO

import pytest

from sync.follower import Console
from sync.replica import Page, Replica


class Screen(StringIO):
    """A stream that says whether somebody watches, and ends each line as Django's wrapper does."""

    def __init__(self, watched: bool) -> None:
        super().__init__()
        self._watched = watched

    def isatty(self) -> bool:
        return self._watched

    def write(self, line: str = "", /) -> int:
        return super().write(f"{line}\n")


def page(start: int, end: int, head: int) -> Page:
    return Page("1", start, end, head, end < head, f"1.{end}.ab", {}, [])


@pytest.fixture
def replica() -> Replica:
    """Nothing of it is shown."""
    return Replica.__new__(Replica)


def test_on_a_terminal_a_boot_is_a_bar_and_lines_come_after_it(
    replica: Replica, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    out, err = Screen(True), Screen(True)
    console = Console(out, err)
    console.pulled(replica, page(0, 5, 20))
    console.pulled(replica, page(5, 10, 20))
    console.acknowledged(10, 20, 10)
    console.pulled(replica, page(10, 20, 20))
    console.acknowledged(20, 20, 0)
    assert "20/20" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err)
    assert (out.getvalue(), err.getvalue()) == ("position 20 of 20, lag 0\n", "")


def test_trouble_takes_the_bar_away_first(replica: Replica, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = Screen(True), Screen(True)
    console = Console(out, err)
    console.pulled(replica, page(0, 5, 20))
    console.trouble(ValueError("No answer."), 1.25)
    console.acknowledged(5, 20, 15)
    assert err.getvalue() == "No answer. Next try in 1.2 s.\n"
    assert out.getvalue() == "position 5 of 20, lag 15\n"


def test_elsewhere_a_long_way_is_a_line_now_and_then(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 6.0, 6.0, 7.0])
    monkeypatch.setattr("sync.follower.console.time.monotonic", lambda: next(clock))
    out, err = Screen(False), Screen(False)
    console = Console(out, err)
    for start in (0, 5, 10):
        console.pulled(replica, page(start, start + 5, 20))
    assert (out.getvalue(), err.getvalue()) == ("position 10 of 20\n", "")

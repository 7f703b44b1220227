"""The follower gets everything, and nothing twice."""

import itertools
import time
from pathlib import Path

import pytest

from tests.sync.follower.pops import KEY, Pop, give_time, stop_when
from tests.sync.pages import removal, token


def test_it_boots_page_by_page_and_acknowledges_the_end(pop: Pop) -> None:
    pop.catch_up()
    assert pop.holds_the_feed()
    assert pop.notes.pages == [3, 7, 10]
    assert pop.feed.acknowledgements == [{"cursor": "1.10.abcd"}]
    assert {authorization for _, authorization in pop.feed.requests} == {f"Bearer {KEY}"}


def test_it_goes_on_where_it_was(pop: Pop, tmp_path: Path) -> None:
    pop.catch_up()
    pop.close()
    pop.feed.put(token, id="34", status="revoked")
    again = Pop(pop.feed, tmp_path / "pop.sqlite3")
    again.catch_up()
    assert again.notes.pages == [11]
    assert again.holds_the_feed()
    pop.__init__(pop.feed, tmp_path / "other.sqlite3")  # type: ignore[misc]  # for the fixture to close
    again.close()


def test_without_news_nothing_is_written_or_said(pop: Pop) -> None:
    pop.catch_up()
    before = pop.replica._database.total_changes
    said = len(pop.feed.acknowledgements)
    pop.catch_up()
    assert pop.replica._database.total_changes == before
    assert len(pop.feed.acknowledgements) == said


def test_without_news_it_is_heard_of_all_the_same(pop: Pop, monkeypatch: pytest.MonkeyPatch) -> None:
    pop.catch_up()
    give_time(monkeypatch, monotonic=lambda: time.monotonic() + 11)
    pop.catch_up()
    assert pop.feed.acknowledgements[-2:] == [{"cursor": "1.10.abcd"}] * 2
    assert pop.notes.lags[-1] == 0


def test_a_long_boot_is_heard_of_before_its_end(pop: Pop, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(time.monotonic(), 11)
    give_time(monkeypatch, monotonic=lambda: next(ticks))
    pop.catch_up()
    assert [said["cursor"] for said in pop.feed.acknowledgements] == ["1.7.abcd", "1.10.abcd"]
    assert pop.notes.lags == [3, 0]


def test_it_follows_what_comes_while_it_follows(pop: Pop, monkeypatch: pytest.MonkeyPatch) -> None:
    news = iter([(token, "34"), (removal, "credential", "21")])

    def done() -> bool:
        change = next(news, None)
        if change:
            pop.feed.put(*change)
        return change is None

    stop_when(pop, done, monkeypatch)
    assert pop.holds_the_feed()
    assert pop.notes.pages[-2:] == [11, 12]


def test_a_server_that_waits_for_news_is_not_asked_in_between(pop: Pop, monkeypatch: pytest.MonkeyPatch) -> None:
    pop.catch_up()
    pop.feed.honours_wait = True
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            raise KeyboardInterrupt

    give_time(monkeypatch, sleep=sleep)
    pop.follower._wait_seconds = 1
    asked = len(pop.feed.requests)
    with pytest.raises(KeyboardInterrupt):
        pop.follower.follow()
    assert slept == [0]
    assert len(pop.feed.requests) == asked + 1

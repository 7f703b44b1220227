"""The follower: it gets everything, whatever the server or the line does, and says what is wrong."""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sync.follower import (
    FeedClient,
    Follower,
    KeyRefused,
    Paused,
    RebuildNeeded,
    RequestRefused,
    Trouble,
    backoff,
    client,
)
from sync.replica import Page, PageRefused, Replica, ReplicaTrouble
from tests.sync.fake_feed import (
    FakeFeed,
    Misbehaviour,
    breaks_off,
    changes_page,
    dawdles,
    refuses,
    resets,
    says,
    serving,
    truncates,
)
from tests.sync.pages import credential, removal, token, vault
from tests.sync.test_replica import contents

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


def give_time(monkeypatch: pytest.MonkeyPatch, **functions: Callable[..., Any]) -> None:
    """Give the follower, and nobody else, other functions of the module `time`."""
    usual = {"monotonic": time.monotonic, "sleep": time.sleep}
    monkeypatch.setattr("sync.follower.follow.time", SimpleNamespace(**{**usual, **functions}))


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


def stop_when(pop: Pop, done: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Follow until `done` at a pause."""

    def sleep(seconds: float) -> None:
        if done():
            raise KeyboardInterrupt

    give_time(monkeypatch, sleep=sleep)
    with pytest.raises(KeyboardInterrupt):
        pop.follower.follow()


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


def reorders(answer: dict[str, Any]) -> None:
    answer["changes"].reverse()


def repeats(answer: dict[str, Any]) -> None:
    answer["changes"].append(answer["changes"][-1])


def begins_earlier(answer: dict[str, Any]) -> None:
    answer["from"] = 0


def skips(answer: dict[str, Any]) -> None:
    answer["from"] = answer["from"] + 1
    del answer["changes"][0]


def breaks_a_rule(answer: dict[str, Any]) -> None:
    answer["changes"][0]["data"]["token_hash"] = "x"


BAD_PAGES: list[tuple[Misbehaviour, str]] = [
    (truncates, "not JSON"),
    (says(200, b"<html>Please sign in</html>"), "not JSON"),
    (says(200, b""), "not JSON"),
    (changes_page(reorders), "positions must rise"),
    (changes_page(repeats), "positions must rise"),
    (changes_page(begins_earlier), "Asked for what follows 3, got what follows 0"),
    (changes_page(skips), "Asked for what follows 3, got what follows 4"),
    (changes_page(lambda answer: answer.update(epoch="2")), "of epoch '2'"),
    (changes_page(breaks_a_rule), "CHECK constraint failed: token_hash"),
    (changes_page(lambda answer: answer["changes"][1].update(kind="hold")), "doesn't know that kind"),
]


@pytest.mark.parametrize(("misbehaviour", "why"), BAD_PAGES)
def test_a_bad_page_is_refused_whole_told_to_the_centre_and_asked_for_again(
    pop: Pop, misbehaviour: Misbehaviour, why: str, pauses: list[float]
) -> None:
    pop.feed.next_answers.extend([lambda feed, reply: reply, misbehaviour])
    with pytest.raises(PageRefused) as refused:
        pop.catch_up()
    assert why in str(refused.value)
    assert pop.replica.state.position == 3
    told = pop.feed.acknowledgements[-1]
    assert told["cursor"] == "1.3.abcd"
    assert told["error"] == str(refused.value)
    pop.follower.follow_once()
    assert pop.holds_the_feed()
    assert pop.feed.acknowledgements[-1] == {"cursor": "1.10.abcd"}


def test_the_centre_is_told_that_it_is_well_again_though_nothing_is_new(pop: Pop) -> None:
    pop.catch_up()
    pop.feed.next_answers.append(says(200, b"?"))
    with pytest.raises(PageRefused):
        pop.catch_up()
    pop.catch_up()
    assert "error" in pop.feed.acknowledgements[-2]
    assert pop.feed.acknowledgements[-1] == {"cursor": "1.10.abcd"}


PASSING: list[tuple[Misbehaviour, str]] = [
    (resets, "No answer from 127.0.0.1"),
    (breaks_off, "No answer from 127.0.0.1"),
    (dawdles(0.5), "No answer from 127.0.0.1"),
    (refuses(500, "internal_error"), "answered 500 internal_error: Because of internal_error."),
    (refuses(503, "database_unavailable"), "answered 503 database_unavailable"),
    (refuses(429, "throttled"), "answered 429 throttled"),
    (says(502, b"<html>Bad Gateway</html>"), "answered 502: no problem details, so perhaps not the service itself"),
    (says(200, b"this is no gzip", **{"Content-Encoding": "gzip"}), "No answer from 127.0.0.1"),
]


@pytest.mark.parametrize(("misbehaviour", "why"), PASSING)
def test_trouble_passes(
    pop: Pop, misbehaviour: Misbehaviour, why: str, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ANSWER_SECONDS", 0.2)
    pop.feed.next_answers.extend([misbehaviour, lambda feed, reply: reply, misbehaviour])
    pop.follower.follow_once()
    assert pop.holds_the_feed()
    assert len(pop.notes.troubles) == 2
    assert [why in trouble for trouble in pop.notes.troubles] == [True, True], pop.notes.troubles


def test_it_says_so_when_nobody_listens(tmp_path: Path, pauses: list[float]) -> None:
    with serving() as gone:
        pass
    with closing(Pop(gone, tmp_path / "pop.sqlite3")) as pop:
        with pytest.raises(Trouble, match="No answer from 127.0.0.1:[0-9]+: .*refused"):
            pop.follower.follow_once()
        assert len(pop.notes.troubles) == len(pauses) == 3


def test_pauses_double_up_to_a_bound_and_begin_anew(pop: Pop, pauses: list[float]) -> None:
    pop.feed.next_answers.extend([refuses(503, "x")] * 9 + [lambda feed, reply: reply] * 3 + [refuses(503, "x")])
    with pytest.raises(KeyboardInterrupt):
        pop.follower.follow()
    assert pauses[:9] == [1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert pauses[9] < 0.1
    assert 1 in pauses[10:12]


def test_pauses_are_spread_over_the_whole_range() -> None:
    drawn = [backoff.pause_seconds(10) for _ in range(2000)]
    assert min(drawn) < 1
    assert 29 < max(drawn) <= 30
    assert 13 < sum(drawn) / len(drawn) < 17


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [("7", 8), ("0", 1), ("soon", 1), ("-5", 1), ("99999999", 3601), ("Wed, 21 Oct 2015 07:28:00 GMT", 1)],
)
def test_retry_after_is_honoured(pop: Pop, pauses: list[float], retry_after: str, pause: float) -> None:
    pop.feed.next_answers.append(refuses(429, "throttled", Retry_After=retry_after))
    pop.follower.follow_once()
    assert pauses == [pause]


def test_retry_after_may_be_a_date(pop: Pop, pauses: list[float]) -> None:
    at = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 100))
    pop.feed.next_answers.append(refuses(503, "x", Retry_After=at))
    pop.follower.follow_once()
    assert 99 < pauses[0] <= 101


def test_a_paused_pop_asks_now_and_then(pop: Pop, pauses: list[float]) -> None:
    pop.feed.next_answers.extend([refuses(403, "pop_paused")] * 2)
    pop.follower.follow_once()
    assert pauses == [31, 32]
    assert "answered 403 pop_paused" in pop.notes.troubles[0]
    pop.feed.next_answers.extend([refuses(403, "pop_paused")] * 9)
    with pytest.raises(Paused):
        pop.follower.follow_once()


FINAL: list[tuple[Misbehaviour, type[Exception], str]] = [
    (refuses(401, "unknown_key"), KeyRefused, "401 unknown_key: Because of unknown_key. Set CLAVITOR_POP_KEY to a"),
    (refuses(401, "expired_key"), KeyRefused, "401 expired_key"),
    (refuses(400, "malformed_cursor"), RequestRefused, "400 malformed_cursor: .* Check that --url"),
    (refuses(403, "not_allowed"), RequestRefused, "403 not_allowed"),
    (refuses(409, "conflict"), RequestRefused, "409 conflict"),
    (refuses(413, "body_too_large"), RequestRefused, "413 body_too_large"),
    (says(404, b"<html>"), RequestRefused, "404: no problem details, .* Check that --url is the server's root"),
    (says(301, b"", Location="https://x.example/"), RequestRefused, "301: it redirects to 'https://x.example/'"),
    (says(204, b""), RequestRefused, "answered 204"),
]


@pytest.mark.parametrize(("misbehaviour", "kind", "why"), FINAL)
def test_what_somebody_must_act_on_ends_it_at_once(
    pop: Pop, misbehaviour: Misbehaviour, kind: type[Exception], why: str, pauses: list[float]
) -> None:
    pop.feed.next_answers.append(misbehaviour)
    with pytest.raises(kind, match=why) as ended:
        pop.follower.follow()
    assert pauses == []
    assert KEY not in str(ended.value)


def test_an_acknowledgement_that_is_not_understood_is_trouble(pop: Pop, pauses: list[float]) -> None:
    pop.feed.next_ack_answers.extend([says(200, b"ok"), says(200, b'{"head": 1}')])
    pop.follower.follow_once()
    assert [trouble[:41] for trouble in pop.notes.troubles] == ["The answer to an acknowledgement can't be"] * 2


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8000", "http://[::1", ""])
def test_an_address_that_is_none_is_named(tmp_path: Path, url: str) -> None:
    with pytest.raises(RequestRefused, match=r"no URL|must begin with https:// or http://"):
        FeedClient(url, KEY).changes(cursor=None, limit=1, wait_seconds=0)


@pytest.mark.parametrize(
    ("status", "code"),
    [(409, "epoch_changed"), (409, "cursor_from_future"), (409, "history_diverged"), (410, "cursor_compacted")],
)
def test_another_history_is_built_aside_and_takes_its_place(pop: Pop, status: int, code: str) -> None:
    pop.catch_up()
    pop.feed.begin_epoch("2")
    pop.feed.put(token, id="34", status="revoked")
    pop.feed.next_answers.append(refuses(status, code))
    pop.catch_up()
    assert pop.holds_the_feed()
    assert pop.replica.state == ("2", 9, "2.9.abcd", 9)
    assert pop.notes.rebuilds[0].startswith("from 0: ")
    assert f"answered {status} {code}" in pop.notes.rebuilds[0]
    assert pop.notes.rebuilds[1:] == ["at 9"]
    assert pop.feed.acknowledgements[-1] == {"cursor": "2.9.abcd"}
    assert sorted(path.name for path in pop.replica.path.parent.iterdir() if "rebuild" in path.name) == [
        "pop.sqlite3.rebuild.lock"
    ]


def test_the_old_replica_serves_until_the_new_one_is_whole(pop: Pop) -> None:
    pop.catch_up()
    before = contents(pop.replica.path)
    pop.feed.begin_epoch("2")
    pop.feed.next_answers.extend([lambda feed, reply: reply, lambda feed, reply: reply, resets])
    with pytest.raises(Trouble):
        pop.catch_up()
    assert contents(pop.replica.path) == before
    pop.catch_up()
    assert pop.notes.rebuilds[1].startswith("from 3: ")
    assert pop.holds_the_feed()


def test_a_history_that_changes_during_the_rebuild_starts_it_over(pop: Pop, pauses: list[float]) -> None:
    pop.catch_up()
    pop.feed.begin_epoch("2")
    pop.feed.next_answers.extend([lambda feed, reply: reply] * 2 + [refuses(409, "epoch_changed")])
    pop.follower.follow_once()
    assert pop.notes.troubles[0].startswith("The rebuild starts over: meanwhile http://127.0.0.1")
    assert [line[:6] for line in pop.notes.rebuilds] == ["from 0", "from 0", "at 8"]
    assert pop.holds_the_feed()


def test_a_history_may_change_before_the_rebuilt_replica_is_acknowledged(pop: Pop, pauses: list[float]) -> None:
    pop.catch_up()
    pop.feed.begin_epoch("2")
    pop.feed.next_ack_answers.append(refuses(409, "cursor_from_future"))
    pop.follower.follow_once()
    assert "cursor_from_future" in pop.notes.troubles[0]
    assert pop.holds_the_feed()
    assert pop.feed.acknowledgements[-1] == {"cursor": "2.8.abcd"}


def test_a_history_may_change_between_pull_and_acknowledgement(pop: Pop) -> None:
    pop.feed.next_ack_answers.append(refuses(409, "epoch_changed"))
    pop.catch_up()
    assert pop.holds_the_feed()
    assert pop.notes.rebuilds[1:] == ["at 10"]


def test_a_full_disk_is_told_to_the_centre_and_waited_out(pop: Pop, monkeypatch: pytest.MonkeyPatch) -> None:
    pop.catch_up()
    pop.feed.put(vault, l0="00000002")
    with monkeypatch.context() as patch:
        patch.setattr(Replica, "apply", lambda replica, page: (_ for _ in ()).throw(ReplicaTrouble("disk is full")))
        with pytest.raises(ReplicaTrouble):
            pop.catch_up()
    assert pop.feed.acknowledgements[-1] == {"cursor": "1.10.abcd", "error": "disk is full"}
    pop.catch_up()
    assert pop.holds_the_feed()


def test_a_fault_that_cannot_be_told_is_still_said(pop: Pop, pauses: list[float]) -> None:
    pop.catch_up()
    pop.feed.next_answers.append(says(200, b"?"))
    pop.feed.next_ack_answers.append(refuses(503, "x"))
    pop.follower.follow_once()
    assert ["answered 503" in trouble for trouble in pop.notes.troubles] == [True, False]


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

"""What passes is waited out; what somebody must act on ends it at once."""

import time
from contextlib import closing
from pathlib import Path

import pytest

from sync.follower import (
    FeedClient,
    KeyRefused,
    Paused,
    RequestRefused,
    Trouble,
    backoff,
    client,
)
from tests.sync.fake_feed import (
    Misbehaviour,
    breaks_off,
    dawdles,
    refuses,
    resets,
    says,
    serving,
)
from tests.sync.follower.pops import KEY, Pop

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

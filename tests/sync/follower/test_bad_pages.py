"""A page that can't be right is refused whole, and the centre hears why."""

from typing import Any

import pytest

from sync.replica import PageRefused, Replica, ReplicaTrouble
from tests.sync.fake_feed import (
    Misbehaviour,
    changes_page,
    refuses,
    says,
    truncates,
)
from tests.sync.follower.pops import Pop
from tests.sync.pages import vault


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

"""Another history at the centre: a new replica is built aside, and takes the old one's place when it is whole."""

import pytest

from sync.follower import (
    Trouble,
)
from tests.sync.fake_feed import (
    refuses,
    resets,
)
from tests.sync.follower.pops import Pop
from tests.sync.pages import token
from tests.sync.replica.contents import contents


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

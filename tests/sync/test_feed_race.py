"""A seal between the two statements of a page: nothing is lost, and the page says no more and no less than it holds."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from sync import feed
from sync.cursor import parse_cursor
from sync.models import SyncHead, SyncObject, SyncSeal
from tests import factories
from tests.sync.sealing import Replica, applied, drain, published, pull, pull_all, seal
from vaults.models import AgentToken, Vault

pytestmark = pytest.mark.usefixtures("committed_db")


def seal_amid(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let `act` happen, and be sealed, after the next page has read the head and before it reads its objects."""
    fetch, waiting = feed.fetch, [act]

    def interrupted(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        if statement == feed.OBJECTS and waiting:
            waiting.pop()()
            drain()
        return fetch(statement, **parameters)

    monkeypatch.setattr(feed, "fetch", interrupted)


def suspend(l0s: list[str]) -> Callable[[], object]:
    return lambda: Vault.objects.filter(l0__in=l0s).update(status="suspended")


@pytest.mark.parametrize("limit", [1, 3, 4, 5, 7])
@pytest.mark.parametrize("moved", [[1], [1, 2, 3, 4], []])
def test_a_seal_amid_a_page_is_lost_to_nobody(monkeypatch: pytest.MonkeyPatch, limit: int, moved: list[int]) -> None:
    """With objects that move away from the page's range, and new ones."""
    factories.VaultFactory.create_batch(4)
    seal()
    l0s = [SyncObject.objects.get(position=position).object_id for position in moved]

    def change() -> None:
        suspend(l0s)()
        factories.VaultFactory.create_batch(2)

    seal_amid(monkeypatch, change)
    page = pull(limit=limit)
    check_honest(page)
    changes = page["changes"] + pull_all(page["cursor"], limit=limit)
    assert applied(changes) == published()


def check_honest(page: dict[str, Any]) -> None:
    """`to` is neither too low nor too high: all that is held up to it is in the page, and nothing beyond it."""
    inside = SyncObject.objects.filter(position__gt=page["from"], position__lte=page["to"]).order_by("position")
    assert [change["position"] for change in page["changes"]] == list(inside.values_list("position", flat=True))
    assert page["from"] <= page["to"] <= page["head"] <= SyncHead.objects.get().position
    assert page["more"] is (page["to"] < page["head"])
    cursor = parse_cursor(page["cursor"])
    held = SyncSeal.objects.get(first_position__lte=page["to"], last_position__gte=page["to"])
    assert cursor == (page["epoch"], page["to"], held.chain[:16])


def test_two_seals_amid_a_page_that_had_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = pull()["cursor"]

    def twice() -> None:
        factories.VaultFactory()
        drain()
        factories.VaultFactory()

    seal_amid(monkeypatch, twice)
    page = pull(cursor)
    check_honest(page)
    assert (page["to"], len(page["changes"])) == (2, 2)


def test_a_removal_amid_a_page_is_in_it_or_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    factories.AgentTokenFactory.create_batch(2)
    seal()
    seal_amid(monkeypatch, lambda: AgentToken.objects.all().delete())
    page = pull(limit=3)
    check_honest(page)
    assert applied(page["changes"] + pull_all(page["cursor"])) == published()


class Follower:
    """Pulls a page at a time, and checks each."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.cursor: str | None = None
        self.held: Replica = {}

    def step(self) -> None:
        page = pull(self.cursor, self.limit)
        check_honest(page)
        self.held = applied(page["changes"], self.held)
        self.cursor = page["cursor"]

    def catch_up(self) -> Replica:
        return applied(pull_all(self.cursor, self.limit), self.held)


def change_something(dice: random.Random) -> None:
    if dice.random() < 0.4 or not Vault.objects.exists():
        factories.VaultFactory()
    else:
        l0 = dice.choice(list(Vault.objects.values_list("l0", flat=True)))
        Vault.objects.filter(l0=l0).update(status=dice.choice(["active", "suspended"]))


def test_followers_of_any_pace_end_with_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many random changes, sealed now and then, also amid pages; each follower pulls now and then."""
    dice = random.Random(7)
    followers = [Follower(limit) for limit in (1, 2, 5, 1000)]
    for _ in range(40):
        change_something(dice)
        if dice.random() < 0.4:
            seal()
        with monkeypatch.context() as patch:
            if dice.random() < 0.3:
                seal_amid(patch, lambda: change_something(dice))
            dice.choice(followers).step()
    drain()
    assert all(follower.catch_up() == published() for follower in followers)

"""Pages: everything once, in order, and whatever is sealed meanwhile is lost to nobody."""

import orjson
import pytest
from django.utils import timezone

from sync import feed
from sync.cursor import CursorCompacted, CursorFromFuture, EpochChanged, HistoryDiverged, MalformedCursor
from sync.models import SyncHead, SyncObject, SyncSeal
from tests import factories
from tests.sync.sealing import applied, drain, published, pull, pull_all, seal
from vaults.models import Credential, Vault

pytestmark = pytest.mark.usefixtures("committed_db")


def test_an_empty_feed_is_one_empty_last_page() -> None:
    page = pull()
    assert (page["from"], page["to"], page["head"], page["more"], page["changes"]) == (0, 0, 0, False, [])
    assert page["checkpoint"] is None
    assert page["epoch"] == SyncHead.objects.get().epoch
    assert pull(page["cursor"]) == page


def test_what_is_not_sealed_is_not_there() -> None:
    factories.VaultFactory()
    assert pull()["changes"] == []
    drain()
    assert len(pull()["changes"]) == 1


def test_a_page_is_in_order_and_says_where_it_begins_and_ends() -> None:
    factories.VaultFactory.create_batch(5)
    drain()
    page = pull(limit=3)
    assert (page["from"], page["to"], page["head"], page["more"]) == (0, 3, 5, True)
    assert [change["position"] for change in page["changes"]] == [1, 2, 3]
    rest = pull(page["cursor"], limit=3)
    assert (rest["from"], rest["to"], rest["head"], rest["more"]) == (3, 5, 5, False)
    assert [change["position"] for change in rest["changes"]] == [4, 5]
    again = pull(rest["cursor"])
    assert (again["from"], again["to"], again["more"], again["changes"]) == (5, 5, False, [])
    assert again["cursor"] == rest["cursor"]


def test_a_full_page_that_ends_at_the_head_is_the_last() -> None:
    factories.VaultFactory.create_batch(3)
    drain()
    assert pull(limit=3)["more"] is False


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 9, 5000])
def test_page_by_page_each_object_comes_once(limit: int) -> None:
    factories.AgentTokenFactory.create_batch(4)
    drain()
    changes = pull_all(limit=limit)
    assert [change["position"] for change in changes] == list(range(1, 9))
    assert applied(changes) == published()


def test_an_object_that_moves_on_between_pages_comes_again_with_what_it_is_now() -> None:
    factories.VaultFactory.create_batch(4)
    drain()
    page = pull(limit=2)
    moved = page["changes"][0]["id"]
    Vault.objects.filter(l0=moved).update(status="suspended")
    drain()
    rest = pull_all(page["cursor"], limit=2)
    assert [change["position"] for change in rest] == [3, 4, 5]
    assert rest[-1]["id"] == moved
    assert rest[-1]["data"]["status"] == "suspended"
    assert applied(rest, applied(page["changes"])) == published()


def test_one_that_moves_on_before_its_page_comes_once() -> None:
    factories.VaultFactory.create_batch(4)
    drain()
    page = pull(limit=2)
    last = SyncObject.objects.get(position=4).object_id
    Vault.objects.filter(l0=last).update(status="suspended")
    drain()
    rest = pull_all(page["cursor"], limit=2)
    assert [change["position"] for change in rest] == [3, 5]
    assert [change["id"] for change in rest].count(last) == 1


def test_a_page_reaches_over_gaps_to_the_head() -> None:
    """Positions that objects have left are empty; a page says that it holds everything up to the head nevertheless."""
    device = factories.CredentialFactory()
    drain()
    for number in range(3):
        Credential.objects.filter(pk=device.pk).update(wl3_path=f"{device.wl3_path[:11]}/2027010{number}_x.cla")
        seal()
    page = pull()
    assert [change["position"] for change in page["changes"]][-1] == page["to"] == page["head"] == 5
    assert len(page["changes"]) == 2
    middle = pull(limit=1)
    assert (middle["to"], middle["more"]) == (middle["changes"][0]["position"], True)


def test_tombstones_stay_for_those_who_were_away_and_for_those_who_come() -> None:
    device = factories.CredentialFactory()
    drain()
    cursor = pull()["cursor"]
    Credential.objects.update(revoked_at=timezone.now())
    drain()
    for changes in (pull_all(cursor), pull_all()):
        told = {(change["kind"], change["id"]): change for change in changes}
        assert told["credential", str(device.pk)] == {
            "data": None, "deleted": True, "id": str(device.pk), "kind": "credential", "position": 3,
        }  # fmt: skip


def test_a_page_is_its_objects_bytes_and_nothing_else() -> None:
    factories.AgentTokenFactory(name='quoted "ümlaut" 🔐 \\ \n')
    factories.CredentialFactory()
    drain()
    bodies = [bytes(body) for body in SyncObject.objects.order_by("position").values_list("body", flat=True)]
    page = feed.read_page(cursor=None, limit=10)
    answer = page.as_json()
    assert b'"changes":[' + b",".join(bodies) + b'],"checkpoint":null}' in answer
    assert all(
        orjson.dumps(change, option=orjson.OPT_SORT_KEYS) in answer for change in orjson.loads(answer)["changes"]
    )
    assert list(orjson.loads(answer)) == ["epoch", "from", "to", "head", "more", "cursor", "changes", "checkpoint"]


def test_the_head_is_where_a_last_page_ends() -> None:
    factories.VaultFactory.create_batch(2)
    drain()
    head, page = feed.read_head(), pull()
    assert (head.epoch, head.position, head.cursor) == (page["epoch"], page["head"], page["cursor"])


def cursor_at(position: int, *, epoch: str | None = None, chain: str | None = None) -> str:
    feed_epoch = SyncHead.objects.get().epoch
    held = SyncSeal.objects.filter(first_position__lte=position, last_position__gte=position).first()
    return f"{epoch or feed_epoch}.{position}.{chain or (held.chain[:16] if held else '0' * 16)}"


@pytest.fixture
def sealed_thrice() -> None:
    """Positions 1 to 2, 3 to 5, 6 to 6."""
    for count in (2, 3, 1):
        factories.VaultFactory.create_batch(count)
        seal()


def test_every_position_of_this_history_can_be_gone_on_from(sealed_thrice: None) -> None:
    for position in range(7):
        page = pull(cursor_at(position), limit=2)
        assert [change["position"] for change in page["changes"]] == list(range(1, 7))[position : position + 2]
        assert page["cursor"] == cursor_at(page["to"])


def test_cursors_of_other_histories_are_refused(sealed_thrice: None) -> None:
    refused: dict[str, type[Exception]] = {
        "": MalformedCursor,
        "5": MalformedCursor,
        cursor_at(4, epoch="1"): EpochChanged,
        cursor_at(7): CursorFromFuture,
        cursor_at(10**17): CursorFromFuture,
        cursor_at(4, chain="f" * 16): HistoryDiverged,
        cursor_at(6, chain="f" * 16): HistoryDiverged,
        cursor_at(0, chain="f" * 16): HistoryDiverged,
        cursor_at(3, chain=cursor_at(6)[-16:]): HistoryDiverged,
    }
    for cursor, error in refused.items():
        with pytest.raises(error):
            feed.read_page(cursor=cursor, limit=10)


def test_what_is_no_longer_kept_is_refused_and_the_rest_is_not(sealed_thrice: None) -> None:
    old, newer = [cursor_at(position) for position in (0, 1, 2)], [cursor_at(position) for position in (3, 5, 6)]
    SyncSeal.objects.filter(last_position__lt=3).delete()
    for cursor in old:
        with pytest.raises(CursorCompacted):
            feed.read_page(cursor=cursor, limit=10)
    assert [pull(cursor)["to"] for cursor in newer] == [6, 6, 6]
    assert pull()["to"] == 6

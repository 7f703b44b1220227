"""The operators' pages for POPs and their keys."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.utils import timezone

from clavitor.base.secrets import hash_secret
from sync.admin.standing import standing
from sync.models import Pop, PopKey, SyncHead, SyncObject
from tests.factories import PopFactory, PopKeyFactory, VaultFactory
from tests.operator import page, signed_in, text, transition


@pytest.fixture
def client(db: None) -> Client:
    return signed_in()[0]


def test_a_new_pop_gets_a_key_that_is_shown_once(client: Client) -> None:
    response = client.post(page("sync_pop", "add"), {"pop_id": "pop-zurich-01"})
    assert "no-store" in response["Cache-Control"]
    secret = response.context["secret"]
    assert PopKey.objects.get(pop="pop-zurich-01").key_hash == hash_secret(secret)
    assert secret not in client.get(page("sync_pop", "change", "pop-zurich-01")).content.decode()


def test_a_pop_of_a_wrong_or_taken_name_is_refused(client: Client) -> None:
    PopFactory(pop_id="pop-zurich-01")
    for name in ("Pop Zürich", "pop-zurich-01"):
        response = client.post(page("sync_pop", "add"), {"pop_id": name})
        assert response.context["adminform"].form.errors["pop_id"], name
    assert not PopKey.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_pop_is_paused_and_resumed(client: Client) -> None:
    pop = PopFactory()
    for name, status in (("pause", "paused"), ("resume", "active")):
        client.post(transition("sync_pop", name, pop.pk), {"reason": "moving house"})
        assert Pop.objects.get().status == status


def test_a_rotated_key_is_shown_and_the_old_one_ends(client: Client) -> None:
    old = PopKeyFactory()
    answer = {"overlap_hours": 2, "reason": "yearly"}
    response = client.post(transition("sync_pop", "rotate-key", old.pop.pk), answer)
    assert "no-store" in response["Cache-Control"]
    old.refresh_from_db()
    assert abs(old.expires_at - timezone.now() - timedelta(hours=2)) < timedelta(minutes=1)
    assert PopKey.objects.filter(key_hash=hash_secret(response.context["secret"])).exists()
    assert LogEntry.objects.get().get_change_message() == "Key rotated: yearly"


def test_a_third_live_key_is_refused(client: Client) -> None:
    pop = PopFactory()
    PopKeyFactory.create_batch(2, pop=pop)
    response = client.post(transition("sync_pop", "add-key", pop.pk), {"reason": "one more"})
    assert "which is the most" in text(response)
    assert PopKey.objects.count() == 2


def test_a_key_is_revoked_and_never_shown_whole(client: Client) -> None:
    key = PopKeyFactory()
    client.post(transition("sync_popkey", "revoke", key.pk), {"reason": "leaked"})
    key.refresh_from_db()
    assert key.revoked_at is not None
    shown = client.get(page("sync_popkey", "change", key.pk)).content.decode()
    assert key.key_hash not in shown
    assert key.key_hash[:8] in shown


@pytest.mark.parametrize(
    ("facts", "state", "behind", "words"),
    [
        ({"status": "paused"}, "paused", None, "An operator paused it"),
        ({"last_error": "disk full", "last_sync_cursor": 90}, "error", 10, "It reported: disk full"),
        ({"last_sync_cursor": 100, "silent": 600}, "active", 0, "It has all there is"),
        ({"last_sync_cursor": 40, "silent": 600}, "error", 60, "It is 60 positions behind"),
        ({"last_sync_cursor": 40}, "active", 60, "It is catching up"),
        ({"silent": 600}, "error", None, "It has never acknowledged anything"),
        ({}, "active", None, "It has not acknowledged anything yet"),
    ],
)
def test_how_a_pop_stands(facts: dict[str, object], state: str, behind: int | None, words: str) -> None:
    now = timezone.now()
    silent = timedelta(seconds=facts.pop("silent", 0))
    told = standing(PopFactory.build(last_sync_at=now - silent, **facts), head=100, now=now)
    assert (told.state, told.behind) == (state, behind)
    assert told.words.startswith(words)


def test_the_list_measures_each_pop_against_the_head(client: Client) -> None:
    SyncHead.objects.update(position=100)
    PopFactory(pop_id="pop-a", last_sync_cursor=58)
    assert "pop-a active It is catching up 42" in text(client.get(page("sync_pop")))


def test_a_row_s_page_tells_how_far_its_last_change_has_got(client: Client) -> None:
    vault = VaultFactory()
    address = page("vaults_vault", "change", vault.pk)
    assert "Not in the feed yet" in text(client.get(address))
    SyncObject.objects.create(kind="vault", object_id=vault.pk, position=7, deleted=False, body=b"{}", leaf=b"")
    for name, cursor in (("pop-a", 9), ("pop-b", 6), ("pop-c", None)):
        PopFactory(pop_id=name, last_sync_cursor=cursor)
    PopFactory(paused=True)
    words = text(client.get(address))
    assert "In force at 1 of 3 POPs; pop-c is the furthest behind. A newer change is being sealed." in words
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sync_dirty")
    Pop.objects.update(last_sync_cursor=7)
    assert "In force at 3 of 3 POPs" in text(client.get(address))
    assert "being sealed" not in text(client.get(address))

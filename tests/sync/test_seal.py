"""Seal: each change once, densely numbered, in one snapshot, or not at all."""

import hashlib

import orjson
import pytest
from django.db import connection, transaction
from django.utils import timezone

from sync.models import SyncHead, SyncObject, SyncSeal
from sync.seal import Sealed
from tests import factories
from tests.catalogue import rows
from tests.database import CommittedDatabase
from tests.sync.sealing import DIRTY, change_of, drain, positions, seal
from vaults.models import AgentToken, Credential, Vault

pytestmark = pytest.mark.usefixtures("committed_db")


def dirty() -> set[tuple[str, str, bool]]:
    return set(rows("SELECT kind, object_id, urgent FROM sync_dirty"))


def mark(kind: str, id_: object, urgent: bool = False) -> None:
    with connection.cursor() as cursor:
        cursor.execute(DIRTY, [kind, str(id_), urgent])


def move_key(device: Credential) -> None:
    """Its wrapped key gets another place: a change like any other."""
    Credential.objects.filter(pk=device.pk).update(wl3_path=f"{device.wl3_path[:11]}/20270101_moved.cla")


def head() -> int:
    return SyncHead.objects.get().position


def test_new_objects_get_the_first_positions_and_no_gaps() -> None:
    vault = factories.VaultFactory()
    device = factories.CredentialFactory(vault=vault)
    token = factories.AgentTokenFactory(vault=vault)
    sealed = seal()
    assert sealed.objects == sealed.head == head() == 3
    assert set(positions()) == {("vault", vault.l0), ("credential", str(device.pk)), ("agent_token", str(token.pk))}
    assert sorted(positions().values()) == [1, 2, 3]
    assert dirty() == set()


def test_nothing_to_do_leaves_nothing_behind() -> None:
    seals = SyncSeal.objects.count()
    assert seal() == Sealed(taken=0, objects=0, head=0)
    assert SyncSeal.objects.count() == seals


def test_what_changed_moves_and_the_rest_stays() -> None:
    one, other = factories.VaultFactory.create_batch(2)
    drain()
    before = positions()
    Vault.objects.filter(pk=one.pk).update(status="suspended")
    assert seal() == Sealed(taken=1, objects=1, head=3)
    assert positions() == {("vault", one.l0): 3, ("vault", other.l0): before["vault", other.l0]}
    assert change_of("vault", one.l0)["position"] == 3


def test_what_reads_as_before_keeps_its_position() -> None:
    vault = factories.VaultFactory()
    device = factories.CredentialFactory(vault=vault)
    drain()
    before = positions(), head(), SyncSeal.objects.count()
    Vault.objects.update(status="suspended")
    Vault.objects.update(status="active")
    move_key(device)
    Credential.objects.filter(pk=device.pk).update(wl3_path=device.wl3_path)
    for kind, id_ in (("tenant", vault.tenant_id), ("subscription", vault.subscription_id), ("human", device.human_id)):
        mark(kind, id_, urgent=True)
    assert seal() == Sealed(taken=5, objects=0, head=2)  # vault, device, tenant, subscription, person
    assert (positions(), head(), SyncSeal.objects.count()) == before
    assert dirty() == set()


def test_many_changes_of_one_object_are_one() -> None:
    token = factories.AgentTokenFactory()
    for name in ("a", "b", "c"):
        AgentToken.objects.update(name=name)
    assert seal().objects == 2  # and the vault
    assert change_of("agent_token", token.pk)["data"]["name"] == "c"


def test_a_revoked_device_becomes_a_tombstone_and_a_restored_one_comes_back() -> None:
    device = factories.CredentialFactory()
    drain()
    Credential.objects.update(revoked_at=timezone.now())
    drain()
    gone = change_of("credential", device.pk)
    assert gone == {"data": None, "deleted": True, "id": str(device.pk), "kind": "credential", "position": 3}
    Credential.objects.update(revoked_at=None)
    drain()
    assert change_of("credential", device.pk)["data"]["status"] == "active"
    assert change_of("credential", device.pk)["position"] == 4


def test_a_revoked_token_stays_with_its_status() -> None:
    token = factories.AgentTokenFactory()
    drain()
    AgentToken.objects.update(status="revoked")
    drain()
    told = change_of("agent_token", token.pk)
    assert (told["deleted"], told["data"]["status"]) == (False, "revoked")


def test_removed_rows_become_tombstones_that_stay_where_they_are() -> None:
    vault = factories.VaultFactory()
    factories.CredentialFactory(vault=vault)
    factories.AgentTokenFactory(vault=vault)
    drain()
    for model in (Credential, AgentToken, Vault):
        model.objects.all().delete()
    assert drain() == 6
    assert all(entry.deleted and orjson.loads(entry.body)["data"] is None for entry in SyncObject.objects.all())
    before = positions()
    for kind, id_ in before:
        mark(kind, id_)
    assert drain() == 6
    assert positions() == before


def test_what_came_and_went_between_two_seals_was_never_there() -> None:
    factories.VaultFactory().delete()
    mark("credential", 4711)
    assert drain() == 0
    assert positions() == {}


def test_the_urgent_come_first_in_a_seal_and_among_seals() -> None:
    device, other = factories.CredentialFactory.create_batch(2)
    drain()
    factories.VaultFactory.create_batch(5)
    move_key(other)
    Credential.objects.filter(pk=device.pk).update(revoked_at=timezone.now())
    before = head()
    assert seal(batch=1) == Sealed(taken=1, objects=1, head=before + 1)
    assert positions()["credential", str(device.pk)] == before + 1
    Credential.objects.filter(pk=other.pk).update(revoked_at=timezone.now())
    drain()
    assert positions()["credential", str(other.pk)] == before + 2


def test_an_object_is_as_urgent_as_its_most_urgent_change() -> None:
    one, *others = factories.AgentTokenFactory.create_batch(5)
    drain()
    AgentToken.objects.update(name="renamed")
    AgentToken.objects.filter(pk=one.pk).update(status="revoked")
    AgentToken.objects.filter(pk=one.pk).update(status="revoked", name="calm again")
    before = head()
    seal()
    assert positions()["agent_token", str(one.pk)] == before + 1


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_a_backlog_is_sealed_in_steps_without_gaps(batch: int) -> None:
    factories.AgentTokenFactory.create_batch(3)
    steps = []
    while (sealed := seal(batch)).taken:
        steps.append(sealed)
    assert all(step.taken <= batch for step in steps)
    assert sum(step.objects for step in steps) == head() == 6
    assert sorted(positions().values()) == [1, 2, 3, 4, 5, 6]


def test_seals_lie_end_to_end_and_each_chain_is_bound_to_the_one_before() -> None:
    chain = SyncHead.objects.get().chain
    for count in (1, 3, 2):
        before = head()
        factories.VaultFactory.create_batch(count)
        seal()
        last = SyncSeal.objects.latest("last_position")
        assert (last.first_position, last.last_position, last.objects_sealed) == (before + 1, head(), count)
        leaves = SyncObject.objects.filter(position__gt=before).order_by("position").values_list("leaf", flat=True)
        chain = hashlib.sha256(bytes.fromhex(chain) + b"".join(map(bytes, leaves))).hexdigest()
        assert chain == last.chain == SyncHead.objects.get().chain
        assert last.epoch == SyncHead.objects.get().epoch


def test_bodies_are_canonical_and_leaves_are_their_hashes() -> None:
    vault = factories.VaultFactory(owned=True)
    factories.AgentTokenFactory(vault=vault, name='quoted "ümlaut" 🔐\n\u2028', scoped=True)
    factories.CredentialFactory(vault=vault, credential_id=bytes(range(256)))
    factories.CredentialFactory(vault=vault)
    drain()
    Credential.objects.filter(vault=vault).first().delete()
    drain()
    for entry in SyncObject.objects.all():
        body, change = bytes(entry.body), orjson.loads(entry.body)
        assert body == orjson.dumps(change, option=orjson.OPT_SORT_KEYS)
        assert (change["kind"], change["id"], change["position"]) == (entry.kind, entry.object_id, entry.position)
        assert (change["deleted"], change["data"] is None) == (entry.deleted, entry.deleted)
        assert bytes(entry.leaf) == hashlib.sha256(body).digest()


def test_what_is_rolled_back_never_happened() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        factories.VaultFactory()
        raise RuntimeError
    assert seal() == Sealed(0, 0, 0)


def test_what_commits_late_is_taken_later_whatever_its_ids(committed_db: CommittedDatabase) -> None:
    with committed_db.connect() as late:
        vault = factories.VaultFactory()
        drain()
        with late.transaction():
            late.execute("UPDATE vaults SET status = 'suspended' WHERE l0 = %s", [vault.l0])
            factories.VaultFactory.create_batch(3)
            assert seal().objects == 3
            assert change_of("vault", vault.l0)["data"]["status"] == "active"
        assert seal().objects == 1
        assert change_of("vault", vault.l0)["data"]["status"] == "suspended"
        assert positions()["vault", vault.l0] == 5


def test_a_vault_added_while_an_ancestor_is_being_suspended_is_told_suspended(committed_db: CommittedDatabase) -> None:
    """In either order of the commits, sealed in between or not."""
    msp = factories.TenantFactory(msp=True)
    customer = factories.TenantFactory(parent=msp)
    subscription = factories.SubscriptionFactory(tenant=customer)
    drain()
    with committed_db.connect() as other:
        with other.transaction():
            other.execute("UPDATE tenants SET status = 'suspended' WHERE id = %s", [msp.pk])
            first = factories.VaultFactory(tenant=customer, subscription=subscription)
            drain()
            assert change_of("vault", first.l0)["data"]["status"] == "active"
        with transaction.atomic():
            second = factories.VaultFactory(tenant=customer, subscription=subscription)
            drain()
        drain()
    for vault in (first, second):
        told = change_of("vault", vault.l0)["data"]
        assert (told["status"], told["status_reason"]) == ("suspended", "tenant_suspended")


def test_who_listens_is_told_where_the_head_is(committed_db: CommittedDatabase) -> None:
    with committed_db.connect() as listening:
        listening.execute("LISTEN sync_head")
        factories.VaultFactory.create_batch(2)
        seal()
        seal()
        assert [told.payload for told in listening.notifies(timeout=0.3, stop_after=2)] == ["2"]

"""Capture: whatever changes a row that POPs follow, by whatever way, `sync_dirty` names that row and no other."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone

from billing.models import Plan, Subscription
from tenancy.models import Human, Tenant
from tests import catalogue, factories
from tests.copies import look_at_constraints
from tests.database import CommittedDatabase
from tests.sync.captured import CALM, URGENT, Dirty, add_rows, captured, execute
from vaults.models import AgentToken, Credential, Vault


@pytest.fixture
def rows(db: None) -> None:
    add_rows()
    look_at_constraints()
    captured()


def test_new_rows_are_captured_calmly(db: None) -> None:
    add_rows()
    assert captured() == {
        *(("tenant", id_, CALM) for id_ in "235"),
        *(("human", id_, CALM) for id_ in ("11", "12")),
        *(("subscription", id_, CALM) for id_ in ("31", "32", "33")),
        *(("vault", l0, CALM) for l0 in ("000000aa", "000000cc")),
        ("credential", "41", CALM),
        ("agent_token", "51", CALM),
    }


CHANGES: dict[str, tuple[Callable[[], object], Dirty]] = {
    "a device's wrapped key moves": (
        lambda: Credential.objects.update(wl3_path="00/0000000a/20270101_b.cla"),
        {("credential", "41", CALM)},
    ),
    "a device is revoked": (
        lambda: Credential.objects.update(revoked_at=timezone.now()),
        {("credential", "41", URGENT)},
    ),
    "a token is renamed": (lambda: AgentToken.objects.update(name="x"), {("agent_token", "51", CALM)}),
    "a token is revoked": (lambda: AgentToken.objects.update(status="revoked"), {("agent_token", "51", URGENT)}),
    "a token expires": (lambda: AgentToken.objects.update(status="expired"), {("agent_token", "51", URGENT)}),
    "a vault is given to another": (
        lambda: Vault.objects.filter(l0="000000aa").update(owner_human=12),
        {("vault", "000000aa", CALM)},
    ),
    "a vault is moved": (lambda: Vault.objects.filter(l0="000000aa").update(tenant=5), {("vault", "000000aa", CALM)}),
    "vaults are suspended": (
        lambda: Vault.objects.update(status="suspended"),
        {("vault", "000000aa", URGENT), ("vault", "000000cc", URGENT)},
    ),
    "a person is suspended": (
        lambda: Human.objects.filter(id=11).update(status="suspended"),
        {("human", "11", URGENT)},
    ),
    "a person leaves": (lambda: Human.objects.filter(id=11).update(status="inactive"), {("human", "11", URGENT)}),
    "a tenant is suspended": (
        lambda: Tenant.objects.filter(id=2).update(status="suspended"),
        {("tenant", "2", URGENT)},
    ),
    "a department moves": (lambda: Tenant.objects.filter(id=3).update(parent=5), {("tenant", "3", CALM)}),
    "a subscription is upgraded": (
        lambda: Subscription.objects.filter(id=31).update(plan="Pro", max_tokens=9),
        {("subscription", "31", CALM), ("tenant", "2", CALM)},
    ),
    "a subscription ends": (
        lambda: Subscription.objects.filter(id=31).update(ends_at=timezone.now(), status="cancelled"),
        {("subscription", "31", URGENT), ("tenant", "2", URGENT)},
    ),
    "a subscription moves to another tenant": (
        lambda: Subscription.objects.filter(id=31).update(tenant=5),
        {("subscription", "31", CALM), ("tenant", "2", CALM), ("tenant", "5", CALM)},
    ),
    "a plan's limits change": (lambda: Plan.objects.filter(name="Pro").update(max_devices=3), {("plan", "Pro", CALM)}),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_the_row_that_changed_and_no_other(rows: None, change: Callable[[], object], expected: Dirty) -> None:
    change()
    assert captured() == expected


def by_save() -> None:
    vault = Vault.objects.get(l0="000000aa")
    vault.status = "suspended"
    vault.save()


def by_copy() -> None:
    columns = "id, vault_l0, name, token_hash, created_at"
    with connection.cursor() as cursor, cursor.copy(f"COPY agent_tokens ({columns}) FROM STDIN") as copy:
        for id_ in (61, 62):
            copy.write_row((id_, "000000aa", "by COPY", f"{id_:064x}", timezone.now()))


UPSERT = """
INSERT INTO vaults (l0, tenant_id, created_at) VALUES ('000000aa', 5, now()), ('000000dd', 5, now())
    ON CONFLICT (l0) DO {}
"""
MERGE = """
MERGE INTO vaults v USING (VALUES ('000000aa'), ('000000dd')) AS wanted (l0) ON v.l0 = wanted.l0
 WHEN MATCHED THEN UPDATE SET status = 'archived'
 WHEN NOT MATCHED THEN INSERT (l0, tenant_id, created_at) VALUES (wanted.l0, 5, now())
"""
SWAP = "UPDATE vaults SET tenant_id = CASE l0 WHEN '000000aa' THEN 5 ELSE tenant_id END"
WAYS: dict[str, tuple[Callable[[], object], Dirty]] = {
    "save": (by_save, {("vault", "000000aa", URGENT)}),
    "create": (
        lambda: factories.AgentTokenFactory(id=61, vault=Vault.objects.get(l0="000000aa")),
        {("agent_token", "61", CALM)},
    ),
    "bulk_create": (
        lambda: AgentToken.objects.bulk_create(
            factories.AgentTokenFactory.build(id=id_, vault_id="000000aa", vault=None) for id_ in (61, 62)
        ),
        {("agent_token", "61", CALM), ("agent_token", "62", CALM)},
    ),
    "bulk_update": (
        lambda: AgentToken.objects.bulk_update([AgentToken(id=51, name="x")], ["name"]),
        {("agent_token", "51", CALM)},
    ),
    "update of many, of which one changes": (lambda: execute(SWAP), {("vault", "000000aa", CALM)}),
    "delete of a row": (lambda: AgentToken.objects.get().delete(), {("agent_token", "51", URGENT)}),
    "delete of a queryset": (lambda: Credential.objects.all().delete(), {("credential", "41", URGENT)}),
    "raw delete": (
        lambda: execute("DELETE FROM subscriptions WHERE id = 33"),
        {("subscription", "33", URGENT), ("tenant", "5", URGENT)},
    ),
    "COPY": (by_copy, {("agent_token", "61", CALM), ("agent_token", "62", CALM)}),
    "upsert": (
        lambda: execute(UPSERT.format("UPDATE SET status = 'suspended'")),
        {("vault", "000000aa", URGENT), ("vault", "000000dd", CALM)},
    ),
    "upsert that does nothing": (lambda: execute(UPSERT.format("NOTHING")), {("vault", "000000dd", CALM)}),
    "MERGE": (lambda: execute(MERGE), {("vault", "000000aa", URGENT), ("vault", "000000dd", CALM)}),
    "a data-modifying CTE": (
        lambda: execute("WITH x AS (DELETE FROM agent_tokens RETURNING id) UPDATE humans SET status = 'inactive'"),
        {("agent_token", "51", URGENT), ("human", "11", URGENT), ("human", "12", URGENT)},
    ),
    "a changed key": (
        lambda: execute("UPDATE agent_tokens SET id = 99"),
        {("agent_token", "51", CALM), ("agent_token", "99", CALM)},
    ),
    "a changed key of a device": (
        lambda: execute("UPDATE credentials SET id = 99"),
        {("credential", "41", CALM), ("credential", "99", CALM)},
    ),
    "a changed l0": (
        lambda: execute("UPDATE vaults SET l0 = '000000dd' WHERE l0 = '000000cc'"),
        {("vault", "000000cc", CALM), ("vault", "000000dd", CALM)},
    ),
    "an update that changes nothing": (lambda: execute("UPDATE vaults SET status = status"), set()),
    "an update of no row": (lambda: Vault.objects.filter(l0="ffffffff").update(status="archived"), set()),
    "activity": (
        lambda: [
            Vault.objects.update(last_seen_at=timezone.now()),
            Credential.objects.update(last_used_at=timezone.now()),
            AgentToken.objects.update(last_used_at=timezone.now()),
            Human.objects.update(last_login=timezone.now()),
        ],
        set(),
    ),
}


@pytest.mark.parametrize(("change", "expected"), WAYS.values(), ids=WAYS)
def test_it_does_not_matter_by_which_way(rows: None, change: Callable[[], object], expected: Dirty) -> None:
    change()
    assert captured() == expected


@pytest.mark.parametrize(
    ("table", "change", "kinds"),
    [
        ("credentials", "created_at = now() - interval '1 day'", {"credential"}),
        ("agent_tokens", "status = 'revoked'", {"agent_token"}),
        ("vaults", "status = 'archived'", {"vault"}),
        ("humans", "status = 'inactive'", {"human"}),
        ("tenants", "status = 'archived'", {"tenant"}),
        ("subscriptions", "status = 'archived'", {"subscription", "tenant"}),
        ("plans", "max_tokens = 7", {"plan"}),
    ],
)
def test_replication_does_not_silence_it(rows: None, table: str, change: str, kinds: set[str]) -> None:
    """ENABLE ALWAYS: whoever loads rows as a replica, to be rid of triggers, still tells the POPs."""
    execute("SET LOCAL session_replication_role = replica")
    execute(f"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM {table}")
    execute(f"UPDATE {table} SET {change}")
    assert {kind for kind, _, _ in captured()} == kinds
    execute(f"DELETE FROM {table}")
    assert {(kind, urgent) for kind, _, urgent in captured()} == {(kind, URGENT) for kind in kinds}
    columns = ", ".join(catalogue.insertable(table))
    execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept")
    assert {(kind, urgent) for kind, _, urgent in captured()} == {(kind, CALM) for kind in kinds}


def test_what_is_rolled_back_leaves_nothing(rows: None) -> None:
    with transaction.atomic():
        Vault.objects.update(status="suspended")
        transaction.set_rollback(True)
    assert captured() == set()


def test_a_disabled_trigger_shows_in_the_catalogue(rows: None) -> None:
    """Its owner can silence it; what compares the catalogue with the list of guards then says so."""
    execute("ALTER TABLE vaults DISABLE TRIGGER sync_capture_update")
    Vault.objects.update(status="suspended")
    assert captured() == set()
    assert catalogue.triggers()["vaults: sync_capture_update"] == "disabled"


def test_writers_do_not_wait_for_each_other(committed_db: CommittedDatabase) -> None:
    """Two transactions change what belongs together, neither has committed: there is no key to wait for."""
    add_rows()
    factories.AgentTokenFactory(id=52, vault_id="000000aa", vault=None)
    with committed_db.connect() as one, committed_db.connect(options="-c lock_timeout=1000") as other:
        one.execute("BEGIN")
        one.execute("UPDATE agent_tokens SET status = 'revoked' WHERE id = 51")
        other.execute("UPDATE agent_tokens SET status = 'revoked' WHERE id = 52")
        waiting = ("agent_token", "51", URGENT), ("agent_token", "52", URGENT)
        assert captured() >= {waiting[1]}
        one.execute("COMMIT")
        assert captured() == {waiting[0]}

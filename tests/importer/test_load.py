"""What is in the registry after an import, and after a second one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from billing.models import BillingEvent, Subscription
from clavitor.importer.models import ImportedFile
from sync.models import Pop
from tenancy.models import Human, RoleAssignment, Tenant
from tests.importer.conftest import Import
from tests.importer.files import COUNTS, change_file, make_file
from vaults.models import AgentToken, Credential, Vault

pytestmark = pytest.mark.django_db
START = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)  # 1700000000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_file(tmp_path / "file.sqlite3")


def _everything() -> list[object]:
    """Every row of every table that an import may touch."""
    people, money = (Tenant, Human, RoleAssignment), (Subscription, BillingEvent)
    models = (*people, *money, Vault, Credential, AgentToken, Pop, ImportedFile)
    return [list(model.objects.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]


def test_an_import_keeps_ids_and_turns_seconds_into_times(path: Path, import_file: Import) -> None:
    loaded = import_file(path).loaded
    assert loaded
    assert loaded.added == COUNTS
    tenant = Tenant.objects.get(pk=2)
    assert (tenant.name, tenant.parent_id, tenant.level, tenant.billing_email) == ("MSP", None, 1, "pay@msp.example")
    assert tenant.created_at == datetime(2023, 11, 14, 22, 13, 21, tzinfo=UTC)
    assert tenant.updated_at == datetime(2023, 11, 14, 22, 13, 22, tzinfo=UTC)
    subscription = Subscription.objects.get(pk=41)
    assert subscription.next_invoice_at == datetime(2024, 11, 13, 22, 13, 20, tzinfo=UTC)
    assert (subscription.price_per_year_cents, subscription.invoice_terms) == (49900, "net_60")
    assert subscription.ends_at is None
    credential = Credential.objects.get(pk=51)
    assert (credential.vault_id, credential.enrolled_by_id) == ("a0000001", 22)
    assert bytes(credential.credential_id) == b"\1\2"
    token = AgentToken.objects.get(pk=62)
    assert (token.token_hash, token.all_access, token.status) == (f"{2:064x}", True, "revoked")


def test_json_is_parsed_and_its_numbers_are_kept_to_the_digit(path: Path, import_file: Import) -> None:
    import_file(path)
    assert BillingEvent.objects.get(pk=71).details == {"note": "ref ✓", "n": 1.5}
    assert BillingEvent.objects.get(pk=72).details is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT details->>'n' FROM billing_events WHERE id = 71")
        assert cursor.fetchone() == ("1.50",)


def test_imported_people_have_no_usable_password(path: Path, import_file: Import) -> None:
    import_file(path)
    assert not any(human.has_usable_password() for human in Human.objects.all())


def test_old_cursors_are_dropped_and_said(path: Path, import_file: Import) -> None:
    result = import_file(path)
    assert result.places("cursor_dropped") == [("pop_sync_state", "pop-zurich-01", "last_sync_cursor")]
    assert Pop.objects.get(pk="pop-zurich-01").last_sync_cursor is None
    assert Pop.objects.get(pk="pop-tokyo-01").status == "paused"


def test_the_feed_gets_to_know_what_was_imported(path: Path, import_file: Import) -> None:
    import_file(path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, count(DISTINCT object_id) FROM sync_dirty WHERE kind = 'credential' GROUP BY 1")
        assert cursor.fetchone() == ("credential", 2)


def test_a_second_import_changes_nothing(path: Path, import_file: Import) -> None:
    import_file(path)
    before = _everything()
    again = import_file(path)
    assert _everything() == before
    assert again.loaded
    assert again.loaded.is_unchanged
    assert again.loaded.known == COUNTS
    assert again.loaded.same_file_since is not None
    assert {finding["code"] for finding in again.findings} == {"cursor_dropped"}


def test_a_copy_with_other_bytes_is_the_same_row_by_row(path: Path, import_file: Import) -> None:
    import_file(path)
    before = _everything()
    again = import_file(change_file(path, "CREATE INDEX another ON humans (name)"))
    assert _everything() == before
    assert again.errors == 0
    assert again.loaded
    assert again.loaded.is_unchanged
    assert again.loaded.same_file_since is None


def test_a_dry_run_writes_nothing_and_counts_all(path: Path, import_file: Import) -> None:
    before = _everything()
    dry = import_file(path, dry_run=True)
    assert _everything() == before
    assert dry.loaded
    assert dry.loaded.added == COUNTS
    assert import_file(path).errors == 0


def test_new_rows_of_a_newer_file_are_added(path: Path, import_file: Import) -> None:
    import_file(path)
    newer = change_file(path, "INSERT INTO humans VALUES (24, 3, 'cy@kunde.example', 'Cy', 'active', 1700000000, NULL)")
    loaded = import_file(newer).loaded
    assert loaded
    assert {name for name, count in loaded.added.items() if count} == {"humans"}
    assert Human.objects.get(pk=24).name == "Cy"
    assert ImportedFile.objects.count() == 2


DIFFERENCES = [
    ("tenants", "3", "name", "'Other'"),
    ("humans", "22", "status", "'suspended'"),
    ("role_assignments", "32", "tenant_id", "4"),
    ("role_assignments", "32", "granted_by", "NULL"),
    ("subscriptions", "41", "next_invoice_at", "1731536001"),
    ("vaults", "a0000001", "plan_override", "'Pro'"),
    ("credentials", "51", "credential_id", "x'03'"),
    ("credentials", "51", "created_at", "1700000001"),
    ("agent_tokens", "61", "all_access", "1"),
    ("billing_events", "71", "amount_cents", "1"),
    ("billing_events", "71", "details", "'{}'"),
]


def _change(table: str, key: str, column: str, value: str) -> str:
    return f"UPDATE {table} SET {column} = {value} WHERE {'l0' if table == 'vaults' else 'id'} = '{key}'"


def test_every_row_that_differs_is_named_and_none_overwritten(path: Path, import_file: Import) -> None:
    import_file(path)
    before = _everything()
    more = ["UPDATE agent_tokens SET scopes = '' WHERE id = 61", "UPDATE humans SET name = 'B' WHERE id = 23"]
    result = import_file(change_file(path, *(_change(*place) for place in DIFFERENCES), *more))
    assert _everything() == before
    expected = [(table, key, column) for table, key, column, _ in DIFFERENCES]
    assert result.places("differs") == sorted([*expected, ("agent_tokens", "61", "scopes"), ("humans", "23", "name")])
    reason = next(f for f in result.findings if (f["table"], f["column"]) == ("tenants", "name"))
    assert reason["value"] == "Other"
    assert "'Kunde GmbH'" in reason["reason"]


def test_another_hash_of_the_same_token_differs_without_being_shown(path: Path, import_file: Import) -> None:
    import_file(path)
    result = import_file(change_file(path, "UPDATE agent_tokens SET token_hash = printf('%064x', 7) WHERE id = 61"))
    assert result.places("differs") == [("agent_tokens", "61", "token_hash")]
    assert f"{7:064x}" not in result.text
    assert f"{1:064x}" not in result.text


def test_activity_that_moved_on_is_no_difference(path: Path, import_file: Import) -> None:
    import_file(path)
    Credential.objects.update(last_used_at=timezone.now())
    Vault.objects.update(last_seen_at=timezone.now())
    Tenant.objects.update(updated_at=timezone.now())
    result = import_file(change_file(path, "VACUUM", "CREATE INDEX another ON humans (name)"))
    assert {finding["code"] for finding in result.findings} == {"cursor_dropped"}
    assert result.loaded


def test_later_activity_of_the_file_is_left_out_and_said(path: Path, import_file: Import) -> None:
    import_file(path)
    result = import_file(
        change_file(
            path,
            "UPDATE credentials SET last_used_at = last_used_at + 1 WHERE id = 51",
            "UPDATE vaults SET last_seen_at = 1700000999 WHERE l0 = 'a0000002'",
        )
    )
    assert result.places("activity_kept") == [
        ("credentials", "51", "last_used_at"),
        ("vaults", "a0000002", "last_seen_at"),
    ]
    assert result.errors == 0
    assert Vault.objects.get(pk="a0000002").last_seen_at is None


def test_added_columns_that_were_set_since_make_no_other_row(path: Path, import_file: Import) -> None:
    import_file(path)
    Credential.objects.filter(pk=51).update(revoked_at=timezone.now(), revoked_by_id=21)
    result = import_file(change_file(path, "CREATE INDEX another ON humans (name)"))
    assert result.errors == 0
    assert result.loaded
    assert result.loaded.is_unchanged
    assert Credential.objects.get(pk=51).revoked_by_id == 21


def test_the_same_file_says_what_has_moved_on_and_keeps_it(path: Path, import_file: Import) -> None:
    import_file(path)
    Vault.objects.filter(pk="a0000001").update(status="suspended")
    AgentToken.objects.filter(pk=61).update(status="revoked")
    RoleAssignment.objects.filter(pk=32).delete()
    before = _everything()
    result = import_file(path)
    assert _everything() == before
    assert result.errors == 0
    assert result.places("moved_on") == [("agent_tokens", "61", "status"), ("vaults", "a0000001", "status")]
    assert result.places("removed_since") == [("role_assignments", "32", "")]


def test_a_newer_file_that_gives_back_a_role_says_so(path: Path, import_file: Import) -> None:
    import_file(path)
    RoleAssignment.objects.filter(pk=32).delete()
    newer = change_file(path, "INSERT INTO tenants VALUES (5, 3, 3, 'New', 'active', NULL, 0, NULL)")
    result = import_file(newer)
    assert result.places("role_granted") == [("role_assignments", "32", "role_id")]
    assert "TenantAdmin" in result.reason("role_granted")
    assert result.errors == 0


def test_a_pop_that_is_there_stays_as_it_is(path: Path, import_file: Import) -> None:
    Pop.objects.create(
        pop_id="pop-zurich-01", last_sync_at=START, updated_at=START, last_sync_cursor=77, status="paused"
    )
    loaded = import_file(path).loaded
    pop = Pop.objects.get(pk="pop-zurich-01")
    assert (pop.last_sync_cursor, pop.status) == (77, "paused")
    assert loaded
    assert loaded.added["pop_sync_state"] == 1


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE humans SET id = 29, email = 'ANA@kunde.EXAMPLE' WHERE id = 22", ("humans", "29", "email")),
        ("UPDATE credentials SET id = 59 WHERE id = 51", ("credentials", "59", "credential_id")),
        ("UPDATE agent_tokens SET id = 69 WHERE id = 61", ("agent_tokens", "69", "token_hash")),
        ("UPDATE role_assignments SET id = 39 WHERE id = 32", ("role_assignments", "39", "role_id")),
    ],
)
def test_what_another_row_of_the_registry_has_is_named(
    path: Path, import_file: Import, statement: str, place: tuple[str, str, str]
) -> None:
    import_file(path)
    moved = [f"UPDATE {table} SET {column} = 29 WHERE {column} = 22" for table, column in (
        ("role_assignments", "human_id"), ("vaults", "owner_human_id"), ("credentials", "human_id"),
        ("credentials", "enrolled_by"), ("agent_tokens", "created_by"), ("billing_events", "human_id"),
    )] if place[0] == "humans" else []  # fmt: skip
    result = import_file(change_file(path, statement, *moved))
    code = "duplicate_email" if place[0] == "humans" else "duplicate"
    assert result.places(code) == [place]
    assert result.loaded
    assert result.loaded.is_unchanged


def test_a_constraint_that_no_check_foresaw_is_reported(path: Path, import_file: Import) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vaults ADD CONSTRAINT only_b CHECK (l0 LIKE 'b%')")
    result = import_file(path)
    assert result.places("refused_by_database") == [("vaults", "", "")]
    assert "only_b" in result.reason("refused_by_database")
    assert not Tenant.objects.exists()

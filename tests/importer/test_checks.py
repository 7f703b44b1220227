"""Rows that contradict each other in the file."""

import pytest

from tests.importer.conftest import Import
from tests.importer.files import LOOSE

ORPHANS = [
    ("tenants", 4, "parent_id"),
    ("humans", 23, "tenant_id"),
    ("role_assignments", 32, "human_id"),
    ("role_assignments", 32, "tenant_id"),
    ("role_assignments", 32, "role_id"),
    ("role_assignments", 32, "granted_by"),
    ("subscriptions", 41, "tenant_id"),
    ("vaults", "a0000002", "tenant_id"),
    ("vaults", "a0000002", "owner_human_id"),
    ("vaults", "a0000001", "subscription_id"),
    ("credentials", 51, "human_id"),
    ("credentials", 51, "l0"),
    ("credentials", 51, "enrolled_by"),
    ("agent_tokens", 61, "vault_l0"),
    ("agent_tokens", 61, "created_by"),
    ("billing_events", 71, "tenant_id"),
    ("billing_events", 71, "subscription_id"),
    ("billing_events", 71, "human_id"),
    ("billing_events", 71, "vault_l0"),
]


def _orphan(table: str, key: object, column: str) -> str:
    value = "'ffffffff'" if column in ("l0", "vault_l0") else "99"
    return f"UPDATE {table} SET {column} = {value} WHERE {'l0' if table == 'vaults' else 'id'} = {key!r}"


@pytest.mark.parametrize(("table", "key", "column"), ORPHANS)
def test_an_orphan_is_named(import_broken: Import, table: str, key: object, column: str) -> None:
    result = import_broken(_orphan(table, key, column))
    assert result.places("orphan") == [(table, str(key), column)]
    assert result.errors == 1


def test_every_orphan_is_named_in_one_pass(import_broken: Import) -> None:
    result = import_broken(*(_orphan(*place) for place in ORPHANS))
    assert result.places("orphan") == sorted((table, str(key), column) for table, key, column in ORPHANS)


def test_an_orphan_is_found_where_other_references_are_null(import_broken: Import) -> None:
    """NOT IN says nothing about anything once the list holds a NULL."""
    result = import_broken(
        "INSERT INTO vaults SELECT NULL, tenant_id, NULL, NULL, 0, NULL, 'active', NULL FROM vaults LIMIT 1",
        "UPDATE credentials SET l0 = 'ffffffff' WHERE id = 51",
        schema=LOOSE,
    )
    assert result.places("orphan") == [("credentials", "51", "l0")]
    assert result.places("null_not_allowed") == [("vaults", "", "l0")]


@pytest.mark.parametrize("email", ["ana@kunde.example", "ANA@KUNDE.EXAMPLE", "Ana@kunde.example"])
def test_an_email_in_other_case_is_a_duplicate(import_broken: Import, email: str) -> None:
    result = import_broken(f"UPDATE humans SET email = '{email}' WHERE id = 23", schema=LOOSE)
    assert result.places("duplicate_email") == [("humans", "22", "email"), ("humans", "23", "email")]
    assert all("22, 23" in f["reason"] for f in result.findings if f["code"] == "duplicate_email")


def test_an_email_outside_ascii_in_other_case_is_a_duplicate(import_broken: Import) -> None:
    result = import_broken(
        "UPDATE humans SET email = 'ÑANDÚ@x.example' WHERE id = 22",
        "UPDATE humans SET email = 'ñandú@x.example' WHERE id = 23",
    )
    assert result.places("duplicate_email") == [("humans", "22", "email"), ("humans", "23", "email")]


@pytest.mark.parametrize(
    ("statement", "column", "keys"),
    [
        ("INSERT INTO tenants SELECT 3, NULL, 2, 'Again', 'active', NULL, 0, NULL", "id", ["3"]),
        ("INSERT INTO vaults SELECT 'a0000001', 3, NULL, NULL, 0, NULL, 'active', NULL", "l0", ["a0000001"]),
        ("INSERT INTO role_assignments VALUES (33, 22, 3, 13, NULL, 0)", "role_id", ["32", "33"]),
        ("INSERT INTO roles SELECT 14, name, permissions, NULL, 0 FROM roles WHERE id = 13", "name", ["13", "14"]),
        (
            "INSERT INTO credentials SELECT 53, human_id, p0, l0, credential_id, wl3_path, NULL, 0, NULL "
            "FROM credentials WHERE id = 51",
            "credential_id",
            ["51", "53"],
        ),
        (
            "UPDATE agent_tokens SET token_hash = (SELECT token_hash FROM agent_tokens WHERE id = 61) WHERE id = 62",
            "token_hash",
            ["61", "62"],
        ),
    ],
)
def test_each_of_two_rows_that_share_a_unique_value_is_named(
    import_broken: Import, statement: str, column: str, keys: list[str]
) -> None:
    result = import_broken(statement, schema=LOOSE)
    assert [(key, where) for _, key, where in result.places("duplicate")] == [(key, column) for key in keys]
    assert f"{1:064x}" not in result.text


def test_two_devices_may_share_a_p0(import_broken: Import) -> None:
    """The example file has two (RULES 28)."""
    result = import_broken("UPDATE tenants SET status = 'gone' WHERE id = 4")
    assert result.places("duplicate") == []


def test_references_are_not_judged_while_a_table_is_missing(import_broken: Import) -> None:
    """Else every row that refers to it would be named as an orphan."""
    result = import_broken("DROP TABLE humans", "UPDATE vaults SET status = 'gone' WHERE l0 = 'a0000002'")
    assert result.places("missing_table") == [("humans", "", "")]
    assert result.places("unknown_value") == [("vaults", "a0000002", "status")]
    assert result.errors == 2

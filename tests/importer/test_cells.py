"""One bad cell at a time, then all at once: each is named, with its column, and nothing is written."""

import pytest

from tenancy.models import Tenant
from tests.importer.conftest import Import
from tests.importer.files import LOOSE

# table, key, column, SQL value, code
BAD_CELLS = [
    ("tenants", 3, "status", "'gone'", "unknown_value"),
    ("tenants", 3, "status", "'Active'", "unknown_value"),
    ("tenants", 3, "level", "4", "unknown_value"),
    ("tenants", 3, "level", "'two'", "wrong_type"),
    ("tenants", 3, "name", "NULL", "null_not_allowed"),
    ("tenants", 3, "name", "x'41'", "wrong_type"),
    ("tenants", 3, "name", "CAST(x'41ff' AS TEXT)", "bad_text"),
    ("tenants", 3, "name", "'a' || char(0) || 'b'", "nul_character"),
    ("tenants", 3, "name", "printf('%.201c', 'n')", "too_long"),
    ("tenants", 3, "billing_email", "'nobody'", "bad_email"),
    ("tenants", 3, "created_at", "-1", "bad_time"),
    ("tenants", 3, "created_at", "1700000000000", "bad_time"),
    ("tenants", 3, "created_at", "253402300800", "bad_time"),
    ("tenants", 3, "created_at", "9223372036854775807", "bad_time"),
    ("tenants", 3, "created_at", "'yesterday'", "wrong_type"),
    ("tenants", 3, "updated_at", "1700000000.5", "wrong_type"),
    ("tenants", 4, "id", "0", "bad_id"),
    ("tenants", 4, "id", "-4", "bad_id"),
    ("tenants", 4, "id", "'four'", "bad_id"),
    ("tenants", 4, "id", "4.5", "bad_id"),
    ("tenants", 4, "id", "9223372036854775808", "bad_id"),
    ("tenants", 4, "id", "NULL", "null_not_allowed"),
    ("humans", 22, "email", "'two words@kunde.example'", "bad_email"),
    ("humans", 22, "status", "'archived'", "unknown_value"),
    ("roles", 13, "name", "'Wizard'", "unknown_value"),
    ("roles", 13, "permissions", "'{'", "bad_json"),
    ("roles", 13, "permissions", "'[]'", "bad_json"),
    ("subscriptions", 41, "plan", "'Team26'", "unknown_value"),
    ("subscriptions", 41, "status", "'paid'", "unknown_value"),
    ("subscriptions", 41, "billing_cycle", "'weekly'", "unknown_value"),
    ("subscriptions", 41, "invoice_terms", "'net_30'", "unknown_value"),
    ("subscriptions", 41, "max_vaults", "-1", "out_of_range"),
    ("subscriptions", 41, "price_per_year_cents", "499.0001", "wrong_type"),
    ("vaults", "a0000001", "l0", "'A0000001'", "bad_hex"),
    ("vaults", "a0000001", "l0", "'a000001'", "bad_hex"),
    ("vaults", "a0000001", "l0", "'a000001' || char(10)", "bad_hex"),
    ("vaults", "a0000001", "l0", "NULL", "null_not_allowed"),
    ("vaults", "a0000001", "plan_override", "'Gold'", "unknown_value"),
    ("credentials", 51, "p0", "'F3FF5FDC'", "bad_hex"),
    ("credentials", 51, "credential_id", "''", "wrong_type"),
    ("credentials", 51, "credential_id", "x''", "too_short"),
    ("credentials", 51, "credential_id", "zeroblob(1024)", "too_long"),
    ("credentials", 51, "wl3_path", "'f3/f3ff5fdc/../../etc/passwd'", "bad_path"),
    ("credentials", 51, "wl3_path", "'f3/f3ff5fdc/20260129_..cla'", "bad_path"),
    ("credentials", 51, "wl3_path", "'/f3/f3ff5fdc/20260129_91c47.cla'", "bad_path"),
    ("credentials", 51, "wl3_path", "'f3/f3ff5fdc/20260129_91c47.cla' || char(10)", "bad_path"),
    ("credentials", 51, "wl3_path", "'f3/f3ff5fdd/20260129_91c47.cla'", "bad_path"),
    ("credentials", 51, "wl3_path", "'f4/f3ff5fdc/20260129_91c47.cla'", "bad_path"),
    ("agent_tokens", 61, "token_hash", "upper(printf('%064x', 10))", "bad_hex"),
    ("agent_tokens", 61, "token_hash", "x'00'", "bad_hex"),
    ("agent_tokens", 61, "scopes", "'00a1,0001'", "bad_scopes"),
    ("agent_tokens", 61, "scopes", "'0001,0001'", "bad_scopes"),
    ("agent_tokens", 61, "scopes", "'0001,'", "bad_scopes"),
    ("agent_tokens", 61, "scopes", "'00A1'", "bad_scopes"),
    ("agent_tokens", 62, "scopes", "'0001'", "bad_scopes"),
    ("agent_tokens", 61, "all_access", "2", "unknown_value"),
    ("agent_tokens", 61, "status", "'dead'", "unknown_value"),
    ("billing_events", 71, "details", "'{\"n\": NaN}'", "bad_json"),
    ("billing_events", 71, "details", "'{\"n\": 1e99999}'", "bad_json"),
    ("billing_events", 71, "details", "printf('%.5000c', '9')", "bad_json"),
    ("billing_events", 71, "details", "printf('%.100000c', '[')", "bad_json"),
    ("billing_events", 71, "details", "'{\"\\ud800\": 1}'", "bad_text"),
    ("billing_events", 71, "details", "'[\"\\u0000\"]'", "nul_character"),
    ("billing_events", 71, "details", '\'{"a": [{"l3": "c2VjcmV0"}]}\'', "content_refused"),
    ("billing_events", 71, "details", "x'7b7d'", "wrong_type"),
    ("billing_events", 71, "amount_cents", "1.5", "wrong_type"),
    ("billing_events", 71, "event_type", "NULL", "null_not_allowed"),
    ("pop_sync_state", "pop-tokyo-01", "pop_id", "'POP Tokyo'", "bad_pop_id"),
    ("pop_sync_state", "pop-tokyo-01", "last_sync_cursor", "'51st'", "wrong_type"),
    ("pop_sync_state", "pop-tokyo-01", "status", "'stopped'", "unknown_value"),
]
IDS = [f"{table}.{column}={value[:24]}" for table, _, column, value, _ in BAD_CELLS]


def _update(table: str, key: object, column: str, value: str) -> str:
    key_column = {"vaults": "l0", "pop_sync_state": "pop_id"}.get(table, "id")
    return f"UPDATE {table} SET {column} = {value} WHERE {key_column} = {key!r}"


@pytest.mark.parametrize(("table", "key", "column", "value", "code"), BAD_CELLS, ids=IDS)
def test_a_bad_cell_is_named(
    import_broken: Import, table: str, key: object, column: str, value: str, code: str
) -> None:
    result = import_broken(_update(table, key, column, value), schema=LOOSE)
    named = [(f["table"], f["column"]) for f in result.findings if f["code"] == code]
    assert named == [(table, column)]
    assert result.loaded is None


def test_every_bad_cell_of_a_file_is_named_in_one_pass(import_broken: Import) -> None:
    """One bad cell for each column of BAD_CELLS, rows of their own so that none hides another."""
    chosen = {(table, column): (key, value, code) for table, key, column, value, code in BAD_CELLS}
    copies, updates, expected = [], [], []
    for number, ((table, column), (key, value, code)) in enumerate(chosen.items()):
        key_column = {"vaults": "l0", "pop_sync_state": "pop_id"}.get(table, "id")
        own = f"'row{number}'" if key_column != "id" else str(1000 + number)
        copies.append(f"CREATE TABLE one AS SELECT * FROM {table} WHERE {key_column} = {key!r}")
        copies.append(f"UPDATE one SET {key_column} = {own}")
        if column == key_column:
            copies.append(f"UPDATE one SET {column} = {value}")
        else:
            updates.append(f"UPDATE {table} SET {column} = {value} WHERE {key_column} = {own}")
        copies += [f"INSERT INTO {table} SELECT * FROM one", "DROP TABLE one"]
        expected.append((table, column, code))
    result = import_broken(*copies, *updates, schema=LOOSE)
    assert set(expected) <= {(f["table"], f["column"], f["code"]) for f in result.findings}


def test_nothing_is_written_and_the_database_not_asked(import_broken: Import) -> None:
    """Without the fixture `db`, a query would fail the test."""
    result = import_broken("UPDATE tenants SET status = 'gone' WHERE id = 4")
    assert result.errors == 1
    assert [finding for finding in result.findings if finding["code"] != "cursor_dropped"] == [
        {
            "table": "tenants",
            "id": "4",
            "column": "status",
            "value": "gone",
            "reason": "must be one of active, archived, suspended",
            "code": "unknown_value",
        }
    ]


@pytest.mark.django_db
def test_all_or_nothing(import_broken: Import) -> None:
    import_broken("UPDATE humans SET status = 'gone' WHERE id = 23")
    assert not Tenant.objects.exists()


def test_values_that_could_be_secret_are_not_shown(import_broken: Import) -> None:
    result = import_broken(
        "UPDATE agent_tokens SET token_hash = 'cvt_asecret' WHERE id = 61",
        """UPDATE billing_events SET details = '{"prf": "topsecret"}' WHERE id = 71""",
    )
    assert result.errors == 2
    assert "asecret" not in result.text
    assert "topsecret" not in result.text
    assert {finding["value"] for finding in result.findings if finding["code"] != "cursor_dropped"} == {None}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tenants SET name = printf('%.200c', 'n') WHERE id = 3",
        "UPDATE tenants SET name = 'Δ バ 😀 \u202e' WHERE id = 3",
        "UPDATE tenants SET created_at = 0, updated_at = 253402300799 WHERE id = 3",
        "UPDATE role_assignments SET id = 9223372036854775807 WHERE id = 32",
        "UPDATE billing_events SET amount_cents = -49900 WHERE id = 71",
        "UPDATE billing_events SET details = '\"text\"' WHERE id = 71",
        "UPDATE billing_events SET details = printf('%.900c%.900c', '[', ']') WHERE id = 71",
        "UPDATE subscriptions SET status = 'trialing', price_per_year_cents = 9223372036854775807",
        "UPDATE credentials SET credential_id = zeroblob(1023)",
        "UPDATE agent_tokens SET scopes = '' WHERE id = 61",
    ],
)
def test_what_is_unusual_but_right_is_taken(import_broken: Import, statement: str) -> None:
    result = import_broken(statement)
    assert result.errors == 0, result.text
    assert result.loaded
    assert not result.loaded.is_unchanged

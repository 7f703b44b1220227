"""Tables and columns that are missing or too much, and names that look like key material."""

import re

import pytest

from tests.importer.conftest import Import
from tests.importer.files import SCHEMA, STRICT, TABLES

TABLE_NAMES = re.findall(r"CREATE TABLE (\w+)", SCHEMA)


@pytest.mark.parametrize("table", TABLE_NAMES)
def test_a_missing_table_is_named(import_broken: Import, table: str) -> None:
    result = import_broken(f"DROP TABLE {table}")
    assert result.places("missing_table") == [(table, "", "")]
    assert table in result.reason("missing_table")
    assert result.errors == 1


def test_all_missing_tables_are_named_at_once(import_broken: Import) -> None:
    result = import_broken(schema="CREATE TABLE something (id INTEGER);", rows="")
    assert {table for table, _, _ in result.places("missing_table")} == set(TABLE_NAMES)
    assert result.places("unknown_table") == [("something", "", "")]


def test_missing_columns_are_named(import_broken: Import) -> None:
    result = import_broken(
        "ALTER TABLE vaults DROP COLUMN created_at",
        "ALTER TABLE vaults DROP COLUMN last_seen_at",
        "ALTER TABLE humans RENAME COLUMN name TO full_name",
    )
    assert result.places("missing_column") == [
        ("humans", "", "name"),
        ("vaults", "", "created_at"),
        ("vaults", "", "last_seen_at"),
    ]
    assert result.places("unknown_column") == [("humans", "", "full_name")]
    assert result.errors == 4


@pytest.mark.parametrize("name", ["l1", "L2", "l3", "prf", "master_key", "masterKey", "x_clavitor_l1"])
def test_a_key_like_column_is_refused_and_not_read(import_broken: Import, name: str) -> None:
    result = import_broken(f"ALTER TABLE credentials ADD COLUMN {name} TEXT DEFAULT 'topsecret'")
    assert result.places("content_refused") == [("credentials", "", name.lower())]
    assert "topsecret" not in result.text


def test_a_key_like_table_is_refused(import_broken: Import) -> None:
    assert import_broken("CREATE TABLE l3 (l0 TEXT)").places("content_refused") == [("l3", "", "")]


def test_a_generated_column_is_seen(import_broken: Import) -> None:
    result = import_broken("ALTER TABLE humans ADD COLUMN shout TEXT AS (upper(name))")
    assert result.places("unknown_column") == [("humans", "", "shout")]


@pytest.mark.parametrize(
    "made",
    ["CREATE VIEW roles AS SELECT * FROM kept", "CREATE VIRTUAL TABLE roles USING fts5(id, name, permissions)"],
)
def test_what_only_looks_like_a_table_is_refused(import_broken: Import, made: str) -> None:
    result = import_broken("ALTER TABLE roles RENAME TO kept", made)
    assert result.places("missing_table") == [("roles", "", "")]
    assert "view or a virtual table" in result.reason("missing_table")


def test_an_escape_sequence_in_a_name_does_not_reach_the_terminal(import_broken: Import) -> None:
    result = import_broken('CREATE TABLE "evil\x1b[2J" (id INTEGER)')
    assert "\x1b" not in result.reason("unknown_table")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "schema",
    [
        TABLES.replace("CREATE TABLE tenants", "CREATE TABLE Tenants").replace("billing_email", "Billing_Email"),
        STRICT,
        "PRAGMA encoding = 'UTF-16';" + TABLES + "CREATE TRIGGER t AFTER INSERT ON humans BEGIN SELECT 1; END;",
    ],
)
def test_harmless_ways_of_writing_the_schema_are_taken(import_broken: Import, schema: str) -> None:
    assert import_broken("ANALYZE", schema=schema).errors == 0

"""The schema as the importer has it is the seed's, column by column."""

import sqlite3
from contextlib import closing

from clavitor.base import content
from clavitor.importer import report, schema
from tests.importer.files import TABLES

STAGED = {"bigint": "INTEGER", "text": "TEXT", "bytea": "BLOB"}


def _seed() -> dict[str, list[tuple[str, str, bool, str | None]]]:
    """Table -> (column, type, nullable, the table that it refers to), as SQLite understands the seed."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(TABLES)
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: _columns(database, name) for name in names}


def _columns(database: sqlite3.Connection, table: str) -> list[tuple[str, str, bool, str | None]]:
    targets = {row[3]: row[2] for row in database.execute(f"PRAGMA foreign_key_list({table})")}
    columns = database.execute(f"PRAGMA table_info({table})").fetchall()
    return [(name, kind, not (not_null or key), targets.get(name)) for _, name, kind, not_null, _, key in columns]


def test_tables_and_columns_are_the_seeds() -> None:
    ours = {
        table.name: [(c.name, STAGED[c.kind.staged], c.nullable, c.refers_to) for c in table.columns]
        for table in schema.TABLES
    }
    assert ours == _seed()


def test_tables_come_after_what_they_refer_to() -> None:
    done: set[str] = {"tenants"}  # which refers to itself
    for table in schema.TABLES:
        assert {column.refers_to for column in table.columns if column.refers_to} <= done
        done.add(table.name)


def test_no_name_of_the_schema_looks_like_a_key() -> None:
    names = {table.name for table in schema.TABLES} | {c.name for table in schema.TABLES for c in table.columns}
    assert not [name for name in names if content.is_key_like(name)]


def test_a_code_is_an_error_or_a_notice() -> None:
    assert not report.ERRORS.keys() & report.NOTICES.keys()

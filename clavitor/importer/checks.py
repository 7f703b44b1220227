"""Rows beside each other in the file: references, and what must be unique. SQLite does the looking up."""

from typing import NamedTuple

from clavitor.importer.report import Report
from clavitor.importer.schema import BY_NAME, TABLES, Column, Table
from clavitor.importer.source import Source

# NOT IN builds its own index even where the file lost its keys. A reference of the wrong type is named by its cell.
ORPHANS = """
SELECT {key}, {column} FROM {table}
 WHERE typeof({column}) IN ('integer', 'text')
   AND {column} NOT IN (SELECT {target_key} FROM {target} WHERE {target_key} IS NOT NULL)
"""
REPEATED_KEYS = """
SELECT {key}, count(*) FROM {table} WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1
"""
ALIKE = """
SELECT t.{key}, t.{column}, alike.keys
  FROM {table} t
  JOIN (SELECT {values}, substr(group_concat({key}, ', '), 1, 80) AS keys
          FROM {table}
         WHERE {column} IS NOT NULL
         GROUP BY {numbers}
        HAVING count(*) > 1 AND count(DISTINCT {key}) > 1) alike
    ON ({left}) = ({right})
"""
PATHS_ELSEWHERE = """
SELECT id, wl3_path FROM credentials
 WHERE wl3_path GLOB '??/????????/*' AND length(p0) = 8
   AND substr(wl3_path, 1, 12) <> substr(p0, 1, 2) || '/' || p0 || '/'
"""
SCOPES_AND_ALL = "SELECT id, scopes FROM agent_tokens WHERE all_access = 1 AND scopes <> ''"
OLD_CURSORS = "SELECT pop_id, last_sync_cursor FROM pop_sync_state WHERE last_sync_cursor IS NOT NULL"


class Unique(NamedTuple):
    """Values that no two rows of a table share; `column` is the one that the report names."""

    table: str
    key: str
    column: str
    values: tuple[str, ...]
    code: str
    what: str


UNIQUE = (
    Unique("humans", "id", "email", ("lowercase(email)",), "duplicate_email", "this email, in any case,"),
    Unique("roles", "id", "name", ("name",), "duplicate", "this name"),
    Unique("role_assignments", "id", "role_id", ("human_id", "tenant_id", "role_id"), "duplicate",
           "this human, tenant and role"),
    Unique("credentials", "id", "credential_id", ("l0", "credential_id"), "duplicate", "this device and vault"),
    Unique("agent_tokens", "id", "token_hash", ("token_hash",), "duplicate", "this token_hash"),
)  # fmt: skip
REFERENCES = tuple((table, column) for table in TABLES for column in table.columns if column.refers_to)


def check(source: Source, report: Report) -> None:
    """Report every row that contradicts another one of the file."""
    for table in TABLES:
        _check_keys(source, table, report)
    for table, column in REFERENCES:
        _check_references(source, table, column, report)
    for unique in UNIQUE:
        _check_unique(source, unique, report)
    _check_columns_together(source, report)


def note_dropped(source: Source, report: Report) -> None:
    """Say which old cursors are left behind (RULES 34)."""
    for key, cursor in source.database.execute(OLD_CURSORS):
        reason = "is the id of a credential, not a position of the feed: dropped, the POP starts from zero"
        report.add("cursor_dropped", reason, table="pop_sync_state", id=key, column="last_sync_cursor", value=cursor)


def _check_keys(source: Source, table: Table, report: Report) -> None:
    key = table.key.name
    for value, count in source.database.execute(REPEATED_KEYS.format(key=key, table=table.name)):
        reason = f"{count:,} rows have this {key}; it must be one row's alone"
        report.add("duplicate", reason, table=table.name, id=value, column=key, value=value)


def _check_references(source: Source, table: Table, column: Column, report: Report) -> None:
    target = BY_NAME[column.refers_to or ""]
    query = ORPHANS.format(
        key=table.key.name, column=column.name, table=table.name, target=target.name, target_key=target.key.name
    )
    for key, value in source.database.execute(query):
        reason = f"there is no such row in {target.name}"
        report.add("orphan", reason, table=table.name, id=key, column=column.name, value=value)


def _check_columns_together(source: Source, report: Report) -> None:
    for key, path in source.database.execute(PATHS_ELSEWHERE):
        reason = "must lie where p0 says: the first two digits of p0, then p0"
        report.add("bad_path", reason, table="credentials", id=key, column="wl3_path", value=path)
    for key, scopes in source.database.execute(SCOPES_AND_ALL):
        reason = "a token with all_access has no scopes; make them empty, or all_access 0"
        report.add("bad_scopes", reason, table="agent_tokens", id=key, column="scopes", value=scopes)


def _check_unique(source: Source, unique: Unique, report: Report) -> None:
    query = ALIKE.format(
        table=unique.table,
        key=unique.key,
        column=unique.column,
        values=", ".join(f"{value} AS v{number}" for number, value in enumerate(unique.values)),
        numbers=", ".join(str(number + 1) for number in range(len(unique.values))),
        left=", ".join(value.replace("(", "(t.") if "(" in value else f"t.{value}" for value in unique.values),
        right=", ".join(f"alike.v{number}" for number in range(len(unique.values))),
    )
    for key, value, keys in source.database.execute(query):
        reason = f"{unique.what} must be one row's alone, and these have it: {keys}"
        hidden = unique.column == "token_hash"
        report.add(
            unique.code, reason, table=unique.table, id=key, column=unique.column, value=None if hidden else value
        )  # fmt: skip

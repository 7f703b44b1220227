"""The staged rows against the registry's: what is new, what is the same, and what contradicts."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

from clavitor.importer.report import Report
from clavitor.importer.schema import Column, Table

# Whole rows are compared first, so that only those that differ are taken apart.
DIFFERENCES = """
SELECT s.{key}, d.name, d.staged, d.held
  FROM import_{table} s
  JOIN {table} t USING ({key})
 CROSS JOIN LATERAL (VALUES {pairs}) AS d (name, differs, staged, held)
 WHERE ({staged}) IS DISTINCT FROM ({held}) AND d.differs
 ORDER BY 1
"""
LATER = """
SELECT s.{key}, s.{column} FROM import_{table} s JOIN {table} t USING ({key})
 WHERE {staged} > coalesce(t.{column}, '-infinity')
"""
KNOWN = "SELECT count(*) FROM import_{table} s JOIN {table} t USING ({key})"
MISSING = "SELECT s.{key} FROM import_{table} s LEFT JOIN {table} t USING ({key}) WHERE t.{key} IS NULL"


GRANTED = """
SELECT s.id, s.human_id, r.name
  FROM import_role_assignments s
  JOIN humans h ON h.id = s.human_id
  JOIN roles r ON r.id = s.role_id
  LEFT JOIN role_assignments t ON t.id = s.id
 WHERE t.id IS NULL
"""


class Taken(NamedTuple):
    """A value that the registry's rows must not share, and which staged ones would."""

    table: str
    column: str
    code: str
    what: str
    query: str


TAKEN = (
    Taken("humans", "email", "duplicate_email", "this email, in any case,",
          "SELECT s.id, s.email, t.id FROM import_humans s "
          "JOIN humans t ON lower(t.email) = lower(s.email) WHERE t.id <> s.id"),
    Taken("role_assignments", "role_id", "duplicate", "this human, tenant and role",
          "SELECT s.id, s.role_id, t.id FROM import_role_assignments s "
          "JOIN role_assignments t USING (human_id, tenant_id, role_id) WHERE t.id <> s.id"),
    Taken("credentials", "credential_id", "duplicate", "this device and vault",
          "SELECT s.id, s.credential_id, t.id FROM import_credentials s "
          "JOIN credentials t USING (l0, credential_id) WHERE t.id <> s.id"),
    Taken("agent_tokens", "token_hash", "duplicate", "this token_hash",
          "SELECT s.id, NULL, t.id FROM import_agent_tokens s "
          "JOIN agent_tokens t USING (token_hash) WHERE t.id <> s.id"),
)  # fmt: skip


def count_known(table: Table) -> int:
    """How many staged rows the registry holds already, by their key."""
    ((count,),) = _rows(KNOWN.format(table=table.name, key=table.key.name))
    return int(count)


def report_taken(report: Report) -> None:
    """Report staged rows whose unique values another row of the registry has."""
    for taken in TAKEN:
        for key, value, holder in _rows(taken.query):
            reason = f"{taken.what} is taken in the registry, by {holder}"
            report.add(taken.code, reason, table=taken.table, id=key, column=taken.column, value=value)


def report_differences(table: Table, report: Report, *, same_file: bool) -> None:
    """Report each value that the registry holds differently: an error, unless this very file was imported before."""
    code = "moved_on" if same_file else "differs"
    for key, name, staged, held in _differences(table):
        secret = next(column.kind.secret for column in table.columns if column.name == name)
        holds = "another value" if secret else f"{held[:80]!r}" if held is not None else "nothing"
        reason = f"the registry holds {holds}" + (" by now, which is kept" if same_file else "; nothing is overwritten")
        report.add(code, reason, table=table.name, id=key, column=name, value=None if secret else staged)


def report_grants(report: Report) -> None:
    """Say which people of the registry get a role by the file: it may be one that was taken from them here."""
    for key, human, role in _rows(GRANTED):
        reason = f"{human} was in the registry without this {role} and gets it; if it was taken away here, do so again"
        report.add("role_granted", reason, table="role_assignments", id=key, column="role_id", value=role)


def report_later_activity(table: Table, report: Report) -> None:
    """Say which last uses of the file are dropped because only POPs report use."""
    for column in table.columns:
        if column.activity and column.name != "updated_at":
            query = LATER.format(table=table.name, key=table.key.name, column=column.name, staged=converted(column))
            for key, value in _rows(query):
                reason = "is later than the registry's, which is kept"
                report.add("activity_kept", reason, table=table.name, id=key, column=column.name, value=value)


def report_removed(table: Table, report: Report) -> None:
    """Say which rows of a file that was imported before are gone; they are not brought back."""
    for (key,) in _rows(MISSING.format(table=table.name, key=table.key.name)):
        report.add("removed_since", "was imported and has been removed since; it stays so", table=table.name, id=key)


def converted(column: Column) -> str:
    """SQL for what the registry would hold of a staged column."""
    return column.kind.converted.format(f"s.{column.name}")


def _differences(table: Table) -> Iterator[tuple[Any, ...]]:
    compared = [column for column in table.loaded_columns[1:] if not column.activity]
    query = DIFFERENCES.format(
        table=table.name,
        key=table.key.name,
        pairs=", ".join(map(_pair, compared)),
        staged=", ".join(map(converted, compared)),
        held=", ".join(f"t.{column.name}" for column in compared),
    )
    return _rows(query)


def _pair(column: Column) -> str:
    name = column.name
    return f"('{name}', {converted(column)} IS DISTINCT FROM t.{name}, s.{name}::text, t.{name}::text)"


def _rows(query: str) -> Iterator[tuple[Any, ...]]:
    """The rows by and by: there may be as many as the file has."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        yield from cursor

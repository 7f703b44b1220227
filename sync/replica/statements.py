# ruff: noqa: S608  (the names come from sync.replica.rows, never from outside)
"""The SQL that applies a page, made from what each kind says of itself (`sync.replica.rows`).

An older position never overwrites a newer one, neither a row's nor a tombstone's: so a page may come twice, or late.
"""

from typing import NamedTuple

from sync.replica.rows import KINDS, Kind


class Statements(NamedTuple):
    """For one kind. `put` takes a row, `outlive` its (id, position); `remove` and `bury` those of what is gone."""

    put: str
    outlive: str
    remove: str
    bury: str


def _statements(name: str, kind: Kind) -> Statements:
    table, key, columns = kind.table, kind.key, kind.columns
    places = ", ".join(f"?{number}" for number in range(1, len(columns) + 1))
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
    return Statements(
        put=f"""
            INSERT INTO {table} ({", ".join(columns)})
            SELECT {places}
             WHERE NOT EXISTS (
                   SELECT 1 FROM tombstones WHERE kind = '{name}' AND id = ?1 AND position > ?{len(columns)})
                ON CONFLICT ({key}) DO UPDATE SET {updates} WHERE excluded.position > {table}.position""",
        outlive=f"DELETE FROM tombstones WHERE kind = '{name}' AND id = ? AND position < ?",
        remove=f"DELETE FROM {table} WHERE {key} = ? AND position < ?",
        bury=f"""
            INSERT INTO tombstones (kind, id, position)
            SELECT '{name}', ?1, ?2
             WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {key} = ?1 AND position > ?2)
                ON CONFLICT (kind, id) DO UPDATE SET position = excluded.position
             WHERE excluded.position > tombstones.position""",
    )


STATEMENTS = {name: _statements(name, kind) for name, kind in KINDS.items()}

MOVE = """
INSERT INTO feed (only, epoch, position, cursor, head) VALUES (1, ?, ?, ?, ?)
    ON CONFLICT (only) DO UPDATE
   SET epoch = excluded.epoch, position = excluded.position, cursor = excluded.cursor, head = excluded.head
"""


def _replacements() -> list[str]:
    """What makes `main` all that `fresh` is, but for the POP's own column of each table, which `main` knows."""
    own = {"vaults": "last_seen_at", "credentials": "last_used_at", "agent_tokens": "last_used_at"}
    keep = [
        f"UPDATE fresh.{kind.table} AS new SET {own[kind.table]} = old.{own[kind.table]}"
        f"  FROM main.{kind.table} AS old WHERE old.{kind.key} = new.{kind.key} AND old.{own[kind.table]} IS NOT NULL"
        for kind in KINDS.values()
    ]
    tables = [*own, "tombstones", "feed"]
    copy = [f"INSERT INTO main.{table} SELECT * FROM fresh.{table}" for table in tables]
    return [*keep, *(f"DELETE FROM main.{table}" for table in tables), *copy]


REPLACEMENTS = _replacements()

"""A replica against the registry, row by row."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from tests.torture.expected import Objects, Row

NOT_FED = {"subscription_id", "plan_override", "last_seen_at", "last_used_at"}
TABLES = {"vault": "vaults", "credential": "credentials", "agent_token": "agent_tokens"}
KEYS = {"vaults": "l0", "credentials": "id", "agent_tokens": "id"}


class Difference(NamedTuple):
    """One object that a replica has wrong. `fault` is `missing`, `extra` or `stale`."""

    fault: str
    table: str
    key: str
    detail: str

    def __str__(self) -> str:
        return f"{self.fault:8} {self.table} {self.key}: {self.detail}"


def replica_objects(path: Path) -> Objects:
    """What the replica at `path` holds, by table and key, each with its position."""
    objects: Objects = {}
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        for table, key in KEYS.items():
            for row in database.execute(f"SELECT * FROM {table}"):
                held = {column: row[column] for column in row.keys() if column not in NOT_FED}  # noqa: SIM118
                objects[table, str(row[key])] = held
    return objects


def feed_positions(database: psycopg.Connection[Any]) -> dict[tuple[str, str], int]:
    """At which position the feed has each object that isn't gone."""
    rows = database.execute("SELECT kind, object_id, position FROM sync_objects WHERE NOT deleted").fetchall()
    return {(TABLES[kind], object_id): position for kind, object_id, position in rows}


def differences(expected: Objects, held: Objects) -> list[Difference]:
    """Every object that is missing, too many, or not as it must be. Positions count where `expected` has them."""
    found = [Difference("missing", *key, "the registry has it") for key in expected.keys() - held.keys()]
    found += [Difference("extra", *key, "the registry hasn't got it") for key in held.keys() - expected.keys()]
    for key in expected.keys() & held.keys():
        if wrong := _wrong_columns(expected[key], held[key]):
            found.append(Difference("stale", *key, ", ".join(wrong)))
    return sorted(found)


def _wrong_columns(expected: Row, held: Row) -> list[str]:
    return [
        f"{column} is {held.get(column)!r}, must be {value!r}"
        for column, value in expected.items()
        if held.get(column) != value
    ]


def complaint(name: str, found: list[Difference], most: int = 20) -> str:
    """The differing rows, for a person."""
    counts = ", ".join(f"{count} {fault}" for fault, count in Counter(row.fault for row in found).items())
    return "\n".join([f"{name}: {counts}", *(f"  {row}" for row in found[:most]), *(["  ..."] if found[most:] else [])])

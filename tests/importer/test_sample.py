"""The company's sample file, row by row, compared past the importer's own code."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.importer.conftest import Import

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "samples" / "corporate.sqlite3"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLE.exists(), reason=f"no sample at {SAMPLE}"),
]


def _as_in_file(value: Any) -> Any:
    match value:
        case datetime():
            return int(value.timestamp())
        case bool():
            return int(value)
        case memoryview():
            return bytes(value)
    return value


def _file_rows(table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(f"{SAMPLE.as_uri()}?mode=ro", uri=True)) as database:
        cursor = database.execute(f"SELECT * FROM {table} ORDER BY 1")
        return [column[0] for column in cursor.description], cursor.fetchall()


def _registry_rows(table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")
        return sorted((tuple(map(_as_in_file, row)) for row in cursor.fetchall()), key=lambda row: row[0])


def _without(columns: list[str], rows: list[tuple[Any, ...]], *names: str) -> list[tuple[Any, ...]]:
    kept = [index for index, name in enumerate(columns) if name not in names]
    return [tuple(row[index] for index in kept) for row in rows]


def test_the_sample_is_in_the_registry_row_by_row(import_file: Import) -> None:
    result = import_file(SAMPLE)
    assert result.errors == 0
    for table in ("tenants", "humans", "subscriptions", "vaults", "credentials", "agent_tokens"):
        columns, rows = _file_rows(table)
        assert _registry_rows(table, columns) == rows, table


def test_what_the_importer_maps_is_right_too(import_file: Import) -> None:
    import_file(SAMPLE)
    columns, events = _file_rows("billing_events")
    parsed = [(*row[:-1], json.loads(row[-1]) if row[-1] else None) for row in events]
    assert columns[-1] == "details"
    held = [(*row[:-1], json.loads(row[-1]) if row[-1] else None) for row in _registry_rows("billing_events", columns)]
    assert held == parsed
    columns, grants = _file_rows("role_assignments")
    held = _registry_rows("role_assignments", columns)
    assert _without(columns, held, "role_id") == _without(columns, grants, "role_id")
    columns, pops = _file_rows("pop_sync_state")
    held = _registry_rows("pop_sync_state", columns)
    assert _without(columns, held, "last_sync_cursor") == _without(columns, pops, "last_sync_cursor")


def test_the_sample_a_second_time_is_unchanged(import_file: Import) -> None:
    import_file(SAMPLE)
    loaded = import_file(SAMPLE).loaded
    assert loaded
    assert loaded.is_unchanged

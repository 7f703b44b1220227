"""What a replica's file holds."""

import sqlite3
from pathlib import Path
from typing import Any

TABLES = ("vaults", "credentials", "agent_tokens", "tombstones", "feed")


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that the file holds."""
    database = sqlite3.connect(path)
    try:
        return {table: database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES}
    finally:
        database.close()

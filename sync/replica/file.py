"""The file of a replica: made, recognised, opened, removed."""

import os
import sqlite3
from pathlib import Path

from clavitor.base.errors import Conflict
from sync.replica.schema import APPLICATION_ID, TABLES, VERSION

BUSY_SECONDS = 10.0

# WAL, so that who serves from the file never waits for the follower. FULL, because a POP acknowledges what it has
# applied: with NORMAL a power cut could take back a revocation that the centre already counts as in force here.
SETTINGS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 8000; -- 32 MiB: a boot writes each page of the file fewer times
PRAGMA cache_size = -65536;       -- 64 MiB
"""


class ReplicaUnusable(Conflict):
    """The file can't be used as a replica: it is something else, damaged, of another version, or out of reach."""

    code = "replica_unusable"


def open_file(path: Path) -> sqlite3.Connection:
    """Open the replica at `path`; where there is none make an empty one, for its owner only. Raises ReplicaUnusable."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise ReplicaUnusable(f"{path} can't be opened: {error}. Name a file that can be written.") from error
    try:
        _prepare(database, path)
    except sqlite3.Error as error:
        database.close()
        raise ReplicaUnusable(f"{path} can't be used: {error}. Name another file, or remove it.") from error
    except ReplicaUnusable:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    application, version, tables = database.execute(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)"
        "  FROM pragma_application_id, pragma_user_version"
    ).fetchone()
    if tables and application != APPLICATION_ID:
        raise ReplicaUnusable(f"{path} is a database of something else. Name another file.")
    if tables and version != VERSION:
        raise ReplicaUnusable(f"{path} is of version {version}, this POP of {VERSION}. Remove it; it is built anew.")
    database.executescript(SETTINGS)
    if not tables:
        database.executescript(
            f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; {TABLES} COMMIT;"
        )


def remove_file(path: Path) -> None:
    """Remove the replica at `path`, if there is one, and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)

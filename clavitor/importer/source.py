"""Opens the file: read only, never trusted, and only if all of it is there to be read.

It is opened immutable, so that nothing is ever written beside it; in exchange it must not change while it is read, and
must have no write-ahead log or journal that holds changes which the file itself lacks.
"""

import hashlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clavitor.importer.report import clean
from clavitor.importer.schema import Column, Table

MAGIC = b"SQLite format 3\0"
# Complaints of SQLite's that are about one cell: the checks of cells name its row, and more clearly.
ABOUT_CELLS = ("NULL value in", "TEXT value in", "NUMERIC value in", "non-", "CHECK constraint failed", "ok")
MAX_COMPLAINTS = 1_000_000  # enough that those about cells don't crowd out the others


class SourceRefused(Exception):
    """The file as a whole can't be imported; `code` is one of `report.ERRORS`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Source:
    """An open file. Rows come as tuples of what SQLite holds; bytes of a text that aren't UTF-8 as lone surrogates."""

    path: Path
    database: sqlite3.Connection
    digest: str
    state: tuple[int, ...]

    def count(self, table: Table) -> int:
        """How many rows the table has."""
        (count,) = self.database.execute(f"SELECT count(*) FROM {table.name}").fetchone()  # noqa: S608  (our own names)
        return int(count)

    def rows(self, table: Table, columns: tuple[Column, ...]) -> Iterator[tuple[Any, ...]]:
        """Every row, one at a time, in the file's order."""
        names = ", ".join(column.name for column in columns)
        return self.database.execute(f"SELECT {names} FROM {table.name}")  # noqa: S608  (our own names)

    def refuse_if_changed(self) -> None:
        """Raise SourceRefused if the file was written to since it was opened."""
        if _state(self.path) != self.state:
            reason = "The file changed while it was being read. Import a copy that nobody writes to."
            raise SourceRefused("file_changed", reason)


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """The file at `path`, checked as a whole. Raises SourceRefused, also when it turns out damaged inside the block."""
    _refuse_unreadable(path)
    state = _state(path)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            database.create_function("lowercase", 1, _lowercase, deterministic=True)
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
            _refuse_damaged(database)
            yield Source(path, database, _digest(path), state)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter where SQLite quotes a damaged schema in its error
        reason = f"The SQLite database can't be read: {clean(str(error))}. Import a whole copy."
        raise SourceRefused("damaged", reason) from error


def _lowercase(text: Any) -> Any:
    return text.lower() if isinstance(text, str) else text


def _refuse_unreadable(path: Path) -> None:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise SourceRefused("unreadable", f"{_name(path)} is {_sort(mode)}, not a file. Give a SQLite database.")
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceRefused("unreadable", f"{_name(path)} can't be read: {reason}.") from error
    if not head:
        raise SourceRefused("empty_file", f"{_name(path)} is empty (0 bytes). Give a SQLite database.")
    if head != MAGIC:
        raise SourceRefused("not_sqlite", f"{_name(path)} is not a SQLite database: it doesn't begin as one.")
    _refuse_pending_changes(path)


def _refuse_pending_changes(path: Path) -> None:
    for suffix in ("-wal", "-journal"):
        beside = path.resolve().with_name(path.resolve().name + suffix)
        if beside.exists() and beside.stat().st_size:
            raise SourceRefused(
                "unreadable",
                f"{_name(path)} has changes beside it, in {clean(beside.name)}, that it doesn't hold yet. Close what "
                f"writes to it, then put them in: sqlite3 {_name(path)} 'PRAGMA wal_checkpoint(TRUNCATE)'.",
            )


def _refuse_damaged(database: sqlite3.Connection) -> None:
    complaints = [line for (line,) in database.execute(f"PRAGMA integrity_check({MAX_COMPLAINTS})")]
    damage = [line for line in complaints if not line.startswith(ABOUT_CELLS)]
    if damage:
        raise SourceRefused("damaged", f"The SQLite database is damaged: {clean(damage[0])}. Import a whole copy.")


def _name(path: Path) -> str:
    return clean(str(path)) or "."


def _sort(mode: int) -> str:
    return "a folder" if stat.S_ISDIR(mode) else "a device or pipe"


def _state(path: Path) -> tuple[int, ...]:
    found = os.stat(path)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

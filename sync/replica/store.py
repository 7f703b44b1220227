"""The replica that is followed into: one SQLite file that always stands exactly where its cursor says.

A page and its cursor are one transaction, so a POP that is killed at any instant goes on from the last whole page.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from clavitor.base.errors import Conflict
from sync.replica.file import ReplicaUnusable, open_file
from sync.replica.lock import lock_file
from sync.replica.page import Page, PageRefused
from sync.replica.reader import ReplicaReader, State
from sync.replica.rows import Row
from sync.replica.statements import MOVE, REPLACEMENTS, STATEMENTS

# What SQLite, or its module, says of a value that doesn't fit.
BAD_VALUE = (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError, ValueError, OverflowError)


class ReplicaTrouble(Conflict):
    """The file can't be written just now: the disk is full, or somebody locks it. Nothing of the page was applied."""

    code = "replica_trouble"


class Replica(ReplicaReader):
    """A replica open for following: by one process at a time. Raises ReplicaInUse or ReplicaUnusable."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = lock_file(path)
        with ExitStack() as undo:
            undo.callback(os.close, self._lock)
            self._database = open_file(path)
            undo.callback(self._database.close)
            with self._translated():
                self.state = self.read_state()
            undo.pop_all()

    def close(self) -> None:
        """Close the file and give the lock back."""
        super().close()
        os.close(self._lock)

    def apply(self, page: Page) -> None:
        """Apply a page and move to its cursor, both or neither. What is held at the same or a newer position stays.

        Raises PageRefused for a page of another epoch, one that begins beyond what is held, and one with a value that
        breaks a rule of the tables; ReplicaTrouble or ReplicaUnusable when the file fails.
        """
        held = self.state
        if held.epoch not in (None, page.epoch):
            raise PageRefused(f"The page is of epoch {page.epoch!r:.40}, the replica of {held.epoch!r:.40}.")
        if page.start > held.position:
            raise PageRefused(f"The page begins at {page.start}, and the replica ends at {held.position}.")
        reached = State(page.epoch, page.end, page.cursor, page.head) if page.end >= held.position else held
        with self._transaction():
            for kind, rows in page.rows.items():
                self._put(kind, rows)
            for kind, object_id, position in page.removals:
                self._database.execute(STATEMENTS[kind].remove, (object_id, position))
                self._database.execute(STATEMENTS[kind].bury, (object_id, position))
            self._database.execute(MOVE, reached)
        self.state = reached

    def replace_with(self, path: Path) -> None:
        """Become what the closed replica at `path` is, in one transaction: who reads sees all of the old or of the new.

        What this POP has noted itself (last seen, last used) is kept. Raises ReplicaTrouble or ReplicaUnusable.
        """
        self._database.execute("ATTACH ? AS fresh", [str(path)])
        try:
            with self._transaction():
                for statement in REPLACEMENTS:
                    self._database.execute(statement)
        finally:
            self._database.execute("DETACH fresh")
        self.state = self.read_state()

    def _put(self, kind: str, rows: list[Row]) -> None:
        try:
            self._database.executemany(STATEMENTS[kind].put, rows)
        except BAD_VALUE:
            self._name_fault(kind, rows)
            raise
        self._database.executemany(STATEMENTS[kind].outlive, [(row[0], row[-1]) for row in rows])

    def _name_fault(self, kind: str, rows: list[Row]) -> None:
        """Raise PageRefused for the first of `rows` that can't be put. The transaction is lost anyway."""
        for row in rows:
            try:
                self._database.execute(STATEMENTS[kind].put, row)
            except BAD_VALUE as error:
                raise PageRefused(f"{kind} {row[0]!r:.40} at position {row[-1]!r} is wrong: {error}.") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._translated():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise ReplicaTrouble(f"{self.path} can't be written: {error}. Make room, or end what locks it.") from error
        except sqlite3.DatabaseError as error:
            raise ReplicaUnusable(f"{self.path} is damaged: {error}. Remove it; it is then built anew.") from error

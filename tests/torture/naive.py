"""The follower that everybody writes first: a cursor on what rows are ordered by. The torture must find it out.

It pages devices and tokens alone. All else is given to it right, for free: what it gets wrong is its cursor's doing.
"""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.torture.expected import Objects, Registry, Row

ORDERS = {"id": "id", "transaction id": "xmin::text::bigint"}
TABLES = ("credentials", "agent_tokens")
PAGE = 1000


class NaiveFollower:
    """Pages by `order` from `start` to `stop`, and once more at the end, when all is quiet."""

    def __init__(self, order: str, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._order, self._connect = ORDERS[order], connect
        self._cursors = dict.fromkeys(TABLES, 0)
        self._rows: dict[str, dict[int, Row]] = {table: {} for table in TABLES}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"naive-{order}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=30)

    def objects(self, registry: Registry) -> Objects:
        """What it would serve: its own devices and tokens, and the registry's everything else."""
        usual = dict(registry.rows)
        try:
            registry.rows.update({table: list(rows.values()) for table, rows in self._rows.items()})
            return registry.objects()
        finally:
            registry.rows.update(usual)

    def _run(self) -> None:
        with self._connect() as database:
            while not self._stop.wait(0.01):
                self._pull(database)
            self._pull(database)

    def _pull(self, database: psycopg.Connection[Any]) -> None:
        for table in TABLES:
            while rows := self._page(database, table):
                self._rows[table].update({row["id"]: row for row in rows})
                self._cursors[table] = rows[-1]["place"]

    def _page(self, database: psycopg.Connection[Any], table: str) -> list[Row]:
        order = self._order
        query = f"SELECT *, {order} AS place FROM {table} WHERE {order} > %s ORDER BY {order} LIMIT {PAGE}"
        with database.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, [self._cursors[table]]).fetchall()

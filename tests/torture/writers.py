"""Writers: threads, each with a connection of its own, that do things to the registry in every awkward way."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg

from tests.torture.deeds import Deed, Work
from tests.torture.pools import Pools

SESSION = "-c lock_timeout=1000 -c statement_timeout=20000"


class Writer:
    """Works from `start` to `stop`. Its dice are its own, so what it tries depends on the seed alone."""

    def __init__(self, number: int, seed: str, connect: Callable[..., Any], pools: Pools, deeds: list[Deed]) -> None:
        self.name = f"torture-writer-{number}"
        self.done: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self._connect, self._pools, self._deeds = connect, pools, deeds
        self._dice = random.Random(f"{seed}/{self.name}")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the transaction at hand."""
        self._stop.set()
        self._thread.join(timeout=30)
        if self._thread.is_alive():
            raise TimeoutError(f"{self.name} doesn't end")

    def _run(self) -> None:
        while not self._stop.is_set():
            database = self._connect(options=SESSION, application_name=self.name)
            try:
                while not self._stop.is_set():
                    self._transaction(database)
            except psycopg.OperationalError:  # killed by pg_terminate_backend
                self.ends["connection killed"] += 1
            finally:
                database.close()

    def _transaction(self, database: psycopg.Connection[Any]) -> None:
        work = Work(database, self._dice, self._pools)
        deeds = self._dice.choices(self._deeds, k=self._dice.randint(1, 4))
        try:
            with database.transaction(force_rollback=self._dice.random() < 0.1) as transaction:
                for deed in deeds:
                    self._do(database, work, deed)
                time.sleep(self._delay())
        except psycopg.Error as error:
            if database.closed:
                raise
            self.ends[type(error).__name__] += 1
            return
        self.ends["rolled back" if transaction.force_rollback else "committed"] += 1
        if not transaction.force_rollback:
            self.done.update(deed.__name__ for deed in deeds)
            work.tell()

    def _do(self, database: psycopg.Connection[Any], work: Work, deed: Deed) -> None:
        """Now and then in a savepoint, and of those half are taken back."""
        if self._dice.random() < 0.8:
            deed(work)
            return
        added, removed = list(work.added), list(work.removed)
        with database.transaction(force_rollback=self._dice.random() < 0.5) as savepoint:
            deed(work)
        if savepoint.force_rollback:
            work.added, work.removed = added, removed
        self.ends["savepoint rolled back" if savepoint.force_rollback else "savepoint kept"] += 1

    def _delay(self) -> float:
        """Seconds between the last statement and the end: mostly none, sometimes long."""
        luck = self._dice.random()
        return 0.0 if luck < 0.5 else self._dice.uniform(0.5, 2.0) if luck > 0.98 else self._dice.expovariate(20)

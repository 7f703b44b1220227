"""Two transactions that must not miss each other: one brings something in below what the other is just changing.

Whatever starts, writes or commits first, afterwards what was brought in must show the change. Each race has rows of its
own that nobody touches again, so what it leaves wrong stays wrong.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg

from tests.torture import pools as registry
from tests.torture.deeds import ADD_CREDENTIAL
from tests.torture.pools import Pools

LONGEST_STEP_SECONDS = 0.25


class Place(NamedTuple):
    """One race's own rows: an MSP with a customer, a customer that is a root, one of each of the rest at home there."""

    msp: int
    customer: int
    elsewhere: int
    human: int
    subscription: int
    vault: str
    new_vault: str
    new_device: int


Statement = tuple[str, list[Any]]


def _add_vault(place: Place, tenant: int, subscription: int | None) -> Statement:
    return registry.ADD_VAULT, [place.new_vault, tenant, None, subscription, None]


def _add_device(place: Place) -> Statement:
    path = "a1/a1b2c3d4/20260405_abc.cla"
    return ADD_CREDENTIAL, [place.new_device, place.human, "a1b2c3d4", place.vault, b"device", path, None]


def _suspend(table: str, key: int) -> Statement:
    return f"UPDATE {table} SET status = 'suspended' WHERE id = %s", [key]


def _move(table: str, column: str, to: int, key: str, which: int | str) -> Statement:
    return f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [to, which]


RACES: dict[str, Callable[[Place], tuple[Statement, Statement]]] = {
    "vault moved, MSP suspended": lambda place: (
        _move("vaults", "tenant_id", place.customer, "l0", place.vault),
        _suspend("tenants", place.msp),
    ),
    "vault added, customer suspended": lambda place: (
        _add_vault(place, place.customer, place.subscription),
        _suspend("tenants", place.customer),
    ),
    "customer moved, MSP suspended": lambda place: (
        _move("tenants", "parent_id", place.msp, "id", place.elsewhere),
        _suspend("tenants", place.msp),
    ),
    "device enrolled, person suspended": lambda place: (_add_device(place), _suspend("humans", place.human)),
    "vault put on subscription, subscription suspended": lambda place: (
        _move("vaults", "subscription_id", place.subscription, "l0", place.vault),
        _suspend("subscriptions", place.subscription),
    ),
    "vault added, subscription above it suspended": lambda place: (
        _add_vault(place, place.elsewhere, None),
        _suspend("subscriptions", place.subscription),
    ),
    "vault added, subscription taken away": lambda place: (
        _add_vault(place, place.elsewhere, None),
        _move("subscriptions", "tenant_id", place.msp, "id", place.subscription),
    ),
}


class Racer:
    """Runs race after race from `start` to `stop`."""

    def __init__(self, number: int, seed: str, connect: Callable[..., Any], pools: Pools) -> None:
        self.done: Counter[str] = Counter()
        self._connect, self._pools = connect, pools
        self._dice = random.Random(f"{seed}/racer-{number}")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"torture-racer-{number}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the race at hand."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        with self._connect() as one, self._connect() as other:
            while not self._stop.is_set():
                name = self._dice.choice(sorted(RACES))
                statements = RACES[name](self._make_place(one))
                self._race(list(zip((one, other), statements, strict=True)))
                self.done[name] += 1

    def _make_place(self, database: psycopg.Connection[Any]) -> Place:
        msp, customer, elsewhere, human, device = (self._pools.new_id() for _ in range(5))
        subscription = registry.subscription(self._pools, self._dice, elsewhere)
        vault, new_vault = (f"{self._dice.getrandbits(32):08x}" for _ in range(2))
        with database.transaction():
            for row in ((msp, None, 1), (customer, msp, 2), (elsewhere, None, 2)):
                database.execute(registry.ADD_TENANT, [*row, "Racing"])
            database.execute(registry.ADD_HUMAN, [human, customer, f"{human}@example.com"])
            database.execute(registry.ADD_SUBSCRIPTION, subscription)
            database.execute(registry.ADD_VAULT, [vault, elsewhere, None, None, None])
        return Place(msp, customer, elsewhere, human, subscription[0], vault, new_vault, device)

    def _race(self, runners: list[tuple[psycopg.Connection[Any], Statement]]) -> None:
        """Both write before either commits; who is first at which is chance, and so is how long it takes."""
        self._dice.shuffle(runners)
        for database, statement in runners:
            database.execute("BEGIN")
            database.execute(*statement)
            self._wait()
        self._dice.shuffle(runners)
        for database, _ in runners:
            database.execute("COMMIT")
            self._wait()

    def _wait(self) -> None:
        time.sleep(self._dice.uniform(0, LONGEST_STEP_SECONDS))

"""The registry that is tortured: what it begins with, and which rows writers know of."""

import random
import threading
from collections.abc import Iterator
from itertools import chain
from typing import Any

import psycopg

from clavitor.base.ids import WINDOW_MS, IdMaker, Window

MSPS, CUSTOMERS, DEPTS, PEOPLE, VAULTS = 4, 3, 2, 60, 200
PLANS = ("Personal", "Family", "Pro", "Team10", "Team25", "Team100", "Team250", "Team500", "MME", "Enterprise")
NODE = 4095  # one that no server leases soon: they begin with the lowest

ADD_TENANT = "INSERT INTO tenants (id, parent_id, level, name, created_at) VALUES (%s, %s, %s, %s, now())"
ADD_HUMAN = "INSERT INTO humans (id, tenant_id, email, name, created_at) VALUES (%s, %s, %s, 'Somebody', now())"
ADD_SUBSCRIPTION = """
INSERT INTO subscriptions
       (id, tenant_id, plan, started_at, ends_at, max_vaults, max_devices, max_tokens, price_per_year_cents, created_at)
VALUES (%s, %s, %s, now() - random() * interval '900 days', %s, 1000, %s, %s, 0, now())
"""
ADD_VAULT = """
INSERT INTO vaults (l0, tenant_id, owner_human_id, subscription_id, plan_override, created_at)
VALUES (%s, %s, %s, %s, %s, now())
"""
STATEMENTS = {"human": ADD_HUMAN, "subscription": ADD_SUBSCRIPTION, "vault": ADD_VAULT}


class Pools:
    """Keys by kind, shared by all writers. A key may be gone by the time it is drawn: so it is for real clients."""

    def __init__(self) -> None:
        self.new_id = IdMaker(lease=lambda from_ms: Window(NODE, from_ms, from_ms + WINDOW_MS)).next
        self._lock = threading.Lock()
        self._keys: dict[str, list[Any]] = {}

    def add(self, kind: str, key: Any) -> None:
        """Let everybody draw it from now on."""
        with self._lock:
            self._keys.setdefault(kind, []).append(key)

    def remove(self, kind: str, key: Any) -> None:
        """Nobody draws it any more, though somebody may hold it still."""
        with self._lock:
            if key in self._keys[kind]:
                self._keys[kind].remove(key)

    def draw(self, kind: str, dice: random.Random) -> Any:
        """One key. Half of the time one of the first few, so that writers meet at the same rows."""
        with self._lock:
            keys = self._keys[kind]
            return dice.choice(keys[:4] if dice.random() < 0.5 else keys)

    def some(self, kind: str, dice: random.Random, count: int) -> list[Any]:
        """Up to `count` keys, in order: bulk updates that lock in one order get into each other's way less."""
        return sorted({self.draw(kind, dice) for _ in range(count)})


def populate(database: psycopg.Connection[Any], dice: random.Random) -> Pools:
    """Tenants in three levels, people, subscriptions here and there, vaults; devices and tokens are the writers'."""
    pools = Pools()
    with database.transaction():
        for kinds, parameters in chain(_trees(pools), _rows(pools, dice)):
            statement = STATEMENTS.get(kinds, ADD_TENANT)
            database.execute(statement, parameters)
            for kind in kinds.split():
                pools.add(kind, parameters[0])
    return pools


def _trees(pools: Pools) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Half of the trees are calm: the states of their MSPs and customers never change.

    Such a change has the sealer look at every vault below again, and would mend what a smaller one had left undone.
    """
    for number in range(MSPS):
        msp, restless = pools.new_id(), " restless" if number % 2 else ""
        yield f"tenant msp{restless}", (msp, None, 1, "An MSP")
        for _ in range(CUSTOMERS):
            customer = pools.new_id()
            yield f"tenant customer{restless}", (customer, msp, 2, "A customer")
            for _ in range(DEPTS):
                yield "tenant dept restless", (pools.new_id(), customer, 3, "A department")


def _rows(pools: Pools, dice: random.Random) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for _ in range(MSPS + CUSTOMERS):
        yield "subscription", subscription(pools, dice, pools.draw("tenant", dice))
    for _ in range(PEOPLE):
        human = pools.new_id()
        yield "human", (human, pools.draw("tenant", dice), f"{human}@example.com")
    for _ in range(VAULTS):
        yield "vault", vault(pools, dice)


def subscription(pools: Pools, dice: random.Random, tenant: int) -> tuple[Any, ...]:
    """Parameters of ADD_SUBSCRIPTION."""
    ends_at = dice.choice([None, None, f"20{dice.randint(20, 40)}-03-04T05:06:07.{dice.randint(0, 999999):06}Z"])
    return pools.new_id(), tenant, dice.choice(PLANS), ends_at, dice.randint(0, 50), dice.randint(0, 500)


def vault(pools: Pools, dice: random.Random) -> tuple[Any, ...]:
    """Parameters of ADD_VAULT. Half of the vaults name no subscription, and a third has limits of another plan."""
    own = dice.choice([None, pools.draw("subscription", dice)])
    owner = dice.choice([None, pools.draw("human", dice)])
    override = dice.choice([None, None, dice.choice(PLANS)])
    return f"{dice.getrandbits(32):08x}", pools.draw("tenant", dice), owner, own, override

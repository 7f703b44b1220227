"""What writers do, as raw SQL: everything that changes what a POP must hold, and some that doesn't."""

import hashlib
import random
from collections.abc import Callable
from typing import Any

import psycopg

from tests.torture import pools as registry
from tests.torture.pools import PLANS, Pools

TENANT_STATES = ("active", "active", "suspended", "archived")
SUBSCRIPTION_STATES = ("trialing", "active", "active", "past_due", "suspended", "cancelled", "archived")

ADD_CREDENTIAL = """
INSERT INTO credentials (id, human_id, p0, l0, credential_id, wl3_path, enrolled_by, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, clock_timestamp())
"""
TOKEN_COLUMNS = "id, vault_l0, name, token_hash, scopes, all_access, created_by, created_at, expires_at"
ADD_TOKEN = f"INSERT INTO agent_tokens ({TOKEN_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"


class Work:
    """One transaction of one writer. What it adds and removes is known to others once it has committed."""

    def __init__(self, database: psycopg.Connection[Any], dice: random.Random, pools: Pools) -> None:
        self.execute, self.cursor = database.execute, database.cursor
        self.dice, self.pools = dice, pools
        self.added: list[tuple[str, Any]] = []
        self.removed: list[tuple[str, Any]] = []

    def tell(self) -> None:
        """It has committed."""
        for kind, key in self.added:
            self.pools.add(kind, key)
        for kind, key in self.removed:
            self.pools.remove(kind, key)

    def draw(self, kind: str) -> Any:
        """A key of somebody's."""
        return self.pools.draw(kind, self.dice)

    def some(self, kind: str, most: int) -> list[Any]:
        """A few of them."""
        return self.pools.some(kind, self.dice, self.dice.randint(1, most))


def _credential(work: Work, key: int) -> tuple[Any, ...]:
    p0 = f"{work.dice.getrandbits(32):08x}"
    by = work.dice.choice([None, work.draw("human")])
    path = f"{p0[:2]}/{p0}/20260405_{work.dice.randrange(10**6)}.cla"
    return key, work.draw("human"), p0, work.draw("vault"), work.dice.randbytes(32), path, by


def _token(work: Work, key: int) -> tuple[Any, ...]:
    dice, digest = work.dice, hashlib.sha256(work.dice.randbytes(8)).hexdigest()
    all_access = dice.random() < 0.3
    scopes = "" if all_access else dice.choice(["", "0001", "0001,00a1"])
    expires_at = dice.choice([None, f"2030-01-02T03:04:05.{dice.randint(0, 999999):06}Z"])
    created_at = f"2026-05-06T07:08:09.{dice.randint(0, 999999):06}Z"
    name = f'Tök "{dice.randrange(99)}"\\ {chr(dice.choice([9, 0x7F, 0xE9, 0x2028, 0x1F511]))}'
    return key, work.draw("vault"), name, digest, scopes, all_access, work.draw("human"), created_at, expires_at


def add_vault(work: Work) -> None:
    row = registry.vault(work.pools, work.dice)
    work.execute(registry.ADD_VAULT, row)
    work.added.append(("vault", row[0]))


def add_credential(work: Work) -> None:
    row = _credential(work, work.pools.new_id())
    work.execute(ADD_CREDENTIAL, row)
    work.added.append(("credential", row[0]))


def add_token(work: Work) -> None:
    row = _token(work, work.pools.new_id())
    work.execute(ADD_TOKEN, row)
    work.added.append(("token", row[0]))


def copy_tokens(work: Work) -> None:
    with work.cursor() as cursor, cursor.copy(f"COPY agent_tokens ({TOKEN_COLUMNS}) FROM STDIN") as copy:
        for _ in range(work.dice.randint(5, 30)):
            row = _token(work, work.pools.new_id())
            copy.write_row(row)
            work.added.append(("token", row[0]))


def add_subscription(work: Work) -> None:
    row = registry.subscription(work.pools, work.dice, work.draw("tenant"))
    work.execute(registry.ADD_SUBSCRIPTION, row)
    work.added.append(("subscription", row[0]))


def revoke_credential(work: Work) -> None:
    work.execute("UPDATE credentials SET revoked_at = now() WHERE id = %s", [work.draw("credential")])


def unrevoke_credential(work: Work) -> None:
    work.execute("UPDATE credentials SET revoked_at = NULL WHERE id = %s", [work.draw("credential")])


def revoke_token(work: Work) -> None:
    work.execute("UPDATE agent_tokens SET status = 'revoked' WHERE id = %s AND status = 'active'", [work.draw("token")])


def revoke_tokens_of_vaults(work: Work) -> None:
    vaults = work.some("vault", 5)
    work.execute("UPDATE agent_tokens SET status = 'revoked' WHERE status = 'active' AND vault_l0 = ANY (%s)", [vaults])


def rename_tokens(work: Work) -> None:
    name = f"renamed {work.dice.randrange(999)}"
    work.execute("UPDATE agent_tokens SET name = %s WHERE id = ANY (%s)", [name, work.some("token", 40)])


def move_devices(work: Work) -> None:
    work.execute("UPDATE credentials SET l0 = %s WHERE l0 = %s", [work.draw("vault"), work.draw("vault")])


def delete_credential(work: Work) -> None:
    work.execute("DELETE FROM credentials WHERE id = ANY (%s)", [work.some("credential", 4)])


def delete_token(work: Work) -> None:
    work.execute("DELETE FROM agent_tokens WHERE id = ANY (%s)", [work.some("token", 4)])


def delete_vault(work: Work) -> None:
    vault = work.draw("vault")
    work.execute("DELETE FROM credentials WHERE l0 = %s", [vault])
    work.execute("DELETE FROM agent_tokens WHERE vault_l0 = %s", [vault])
    work.execute("DELETE FROM vaults WHERE l0 = %s", [vault])
    work.removed.append(("vault", vault))


def delete_and_add_again(work: Work) -> None:
    key = work.draw("credential")
    work.execute("DELETE FROM credentials WHERE id = %s", [key])
    work.execute(ADD_CREDENTIAL, _credential(work, key))


def change_key(work: Work) -> None:
    old, new = work.draw("token"), work.pools.new_id()
    work.execute("UPDATE agent_tokens SET id = %s WHERE id = %s", [new, old])
    work.added.append(("token", new))
    work.removed.append(("token", old))


def change_tenant_state(work: Work) -> None:
    state = work.dice.choice(TENANT_STATES)
    work.execute("UPDATE tenants SET status = %s WHERE id = %s", [state, work.draw("restless")])


def move_customer(work: Work) -> None:
    work.execute("UPDATE tenants SET parent_id = %s WHERE id = %s", [work.draw("msp"), work.draw("customer")])


def move_dept(work: Work) -> None:
    work.execute("UPDATE tenants SET parent_id = %s WHERE id = %s", [work.draw("customer"), work.draw("dept")])


def move_vaults(work: Work) -> None:
    work.execute("UPDATE vaults SET tenant_id = %s WHERE l0 = ANY (%s)", [work.draw("tenant"), work.some("vault", 6)])


def change_vault_state(work: Work) -> None:
    state = work.dice.choice(TENANT_STATES)
    work.execute("UPDATE vaults SET status = %s WHERE l0 = ANY (%s)", [state, work.some("vault", 3)])


def change_vault_subscription(work: Work) -> None:
    own = work.dice.choice([None, work.draw("subscription")])
    work.execute("UPDATE vaults SET subscription_id = %s WHERE l0 = %s", [own, work.draw("vault")])


def override_plan(work: Work) -> None:
    plan = work.dice.choice([None, *PLANS])
    work.execute("UPDATE vaults SET plan_override = %s WHERE l0 = %s", [plan, work.draw("vault")])


def change_subscription_state(work: Work) -> None:
    state, ends = work.dice.choice(SUBSCRIPTION_STATES), work.dice.choice([None, "2027-01-01T00:00:00Z"])
    key = work.draw("subscription")
    work.execute("UPDATE subscriptions SET status = %s, ends_at = %s WHERE id = %s", [state, ends, key])


def change_subscription_limits(work: Work) -> None:
    limits = [work.dice.randint(0, 99), work.dice.randint(0, 99), work.draw("subscription")]
    work.execute("UPDATE subscriptions SET max_devices = %s, max_tokens = %s WHERE id = %s", limits)


def move_subscription(work: Work) -> None:
    tenant, key = work.draw("tenant"), work.draw("subscription")
    work.execute("UPDATE subscriptions SET tenant_id = %s WHERE id = %s", [tenant, key])


def change_plan(work: Work) -> None:
    limits = [work.dice.randint(0, 99), work.dice.randint(0, 99), work.dice.choice(PLANS)]
    work.execute("UPDATE plans SET max_devices = %s, max_tokens = %s WHERE name = %s", limits)


def change_person(work: Work) -> None:
    state = work.dice.choice(["active", "active", "inactive", "suspended"])
    work.execute("UPDATE humans SET status = %s WHERE id = ANY (%s)", [state, work.some("human", 3)])


def note_activity(work: Work) -> None:
    work.execute("UPDATE vaults SET last_seen_at = now() WHERE l0 = ANY (%s)", [work.some("vault", 10)])
    work.execute("UPDATE agent_tokens SET last_used_at = now() WHERE id = ANY (%s)", [work.some("token", 10)])


Deed = Callable[[Work], None]
ADDING: list[Deed] = [add_credential, add_token, copy_tokens]
CHANGING: list[Deed] = [
    add_vault, add_subscription, revoke_credential, unrevoke_credential, revoke_token, revoke_tokens_of_vaults,
    rename_tokens, move_devices, delete_credential, delete_token, delete_vault, delete_and_add_again, change_key,
    change_tenant_state, change_tenant_state, move_customer, move_dept, move_vaults, change_vault_state,
    change_vault_subscription, override_plan, change_subscription_state, change_subscription_limits, move_subscription,
    change_plan, change_person, note_activity,
]  # fmt: skip
EVERYTHING: list[Deed] = [*ADDING * 4, *CHANGING]

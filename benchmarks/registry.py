"""A large registry, loaded by COPY."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.management import call_command
from rich.progress import track

from clavitor.base.database import direct_connection
from clavitor.base.ids import new_id

DEVICES_PER_VAULT = 10
DEVICES_PER_HUMAN = 100
CHUNK = 20_000
AT = datetime(2026, 4, 5, tzinfo=UTC)


def load(devices: int) -> None:
    """Migrate, and load `devices` credentials with the humans and vaults they need. Captured, not yet sealed."""
    call_command("migrate", verbosity=0, interactive=False)
    tenant, subscription = new_id(), new_id()
    humans = [new_id() for _ in range(max(1, devices // DEVICES_PER_HUMAN))]
    vaults = [f"{number:08x}" for number in range(max(1, devices // DEVICES_PER_VAULT))]
    _copy("tenants (id, level, name, created_at)", [(tenant, 2, "Bench", AT)])
    _copy(
        "humans (id, tenant_id, email, name, created_at)",
        [(human, tenant, f"{human}@people.example", "Person", AT) for human in humans],
    )
    _copy(
        "subscriptions (id, tenant_id, plan, started_at, max_vaults, max_devices, max_tokens, price_per_year_cents,"
        " created_at)",
        [(subscription, tenant, "Enterprise", AT, len(vaults), DEVICES_PER_VAULT, 100, 0, AT)],
    )
    _copy(
        "vaults (l0, tenant_id, owner_human_id, subscription_id, created_at)",
        [(l0, tenant, humans[number % len(humans)], subscription, AT) for number, l0 in enumerate(vaults)],
    )
    for start in track(range(0, devices, CHUNK), f"Loading {devices:,} credentials"):
        _copy(
            "credentials (id, human_id, p0, l0, credential_id, wl3_path, enrolled_by, created_at)",
            list(_devices(range(start, min(start + CHUNK, devices)), humans, vaults)),
        )
    with direct_connection() as connection:
        connection.execute("VACUUM ANALYZE")


def _devices(numbers: range, humans: list[int], vaults: list[str]) -> Iterator[tuple[Any, ...]]:
    for number in numbers:
        digest = hashlib.sha256(str(number).encode())
        p0, human = digest.hexdigest()[:8], humans[number % len(humans)]
        path = f"{p0[:2]}/{p0}/20260405_{digest.hexdigest()[8:14]}.cla"
        yield (new_id(), human, p0, vaults[number % len(vaults)], digest.digest(), path, human, AT)


def _copy(target: str, rows: list[tuple[Any, ...]]) -> None:
    with direct_connection() as connection, connection.cursor().copy(f"COPY {target} FROM STDIN") as copy:  # type: ignore[arg-type]
        for row in rows:
            copy.write_row(row)

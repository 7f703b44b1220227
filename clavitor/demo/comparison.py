"""Is a replica what the registry is? Row by row, from the source tables; the feed's own tables are not asked."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from vaults.models import AgentToken, Credential, Vault

Row = tuple[Any, ...]

REPLICA = {
    "vaults": "SELECT l0, tenant_id, owner_human_id, status, plan, max_devices, max_tokens, ends_at FROM vaults",
    "credentials": "SELECT id, human_id, p0, l0, credential_id, wl3_path, enrolled_by, status FROM credentials",
    "agent_tokens": "SELECT id, vault_l0, token_hash, scopes, all_access, expires_at, status FROM agent_tokens",
}


def _seconds(at: datetime | None) -> int | None:
    return int(at.timestamp()) if at else None


def _vaults() -> Iterator[Row]:
    for vault in Vault.objects.select_related("effective"):
        now = vault.effective
        limits = (now.plan, now.max_devices, now.max_tokens, _seconds(now.ends_at))
        yield (vault.l0, vault.tenant_id, vault.owner_human_id, now.status, *limits)


def _credentials() -> Iterator[Row]:
    for device in Credential.objects.filter(revoked_at=None).select_related("human"):
        status = "active" if device.human.is_active else "suspended"
        ids = (device.pk, device.human_id, device.p0, device.vault_id, bytes(device.credential_id))
        yield (*ids, device.wl3_path, device.enrolled_by_id, status)


def _agent_tokens() -> Iterator[Row]:
    for token in AgentToken.objects.all():
        yield (
            *(token.pk, token.vault_id, token.token_hash, token.scopes, int(token.all_access)),
            *(_seconds(token.expires_at), token.status),
        )


def registry_rows() -> dict[str, set[Row]]:
    """What a POP should hold now, by table."""
    return {"vaults": set(_vaults()), "credentials": set(_credentials()), "agent_tokens": set(_agent_tokens())}


def replica_rows(path: Path) -> dict[str, set[Row]]:
    """What the replica holds now, by table: nothing while the POP still makes its tables (all in one transaction)."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as replica:
        (made,) = replica.execute("SELECT count(*) FROM sqlite_master WHERE name = 'feed'").fetchone()
        return {table: set(replica.execute(query) if made else ()) for table, query in REPLICA.items()}


def differences(path: Path) -> list[str]:
    """One line for each row that the replica lacks or has too much; empty when it equals the registry."""
    registry, replica = registry_rows(), replica_rows(path)
    return [
        f"{table}: {what} {row[0]}"
        for table in REPLICA
        for what, rows in (
            ("lacks", registry[table] - replica[table]),
            ("shouldn't have", replica[table] - registry[table]),
        )
        for row in sorted(rows, key=str)
    ]

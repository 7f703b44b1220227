"""What a replica must hold, worked out row by row from the source tables and RULES 6, 16, 17, 27 and 33.

Written apart from the project's SQL on purpose: neither views nor models are used, so that a mistake there shows.
"""

from collections.abc import Iterator
from datetime import datetime
from math import floor
from typing import Any

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]
Objects = dict[tuple[str, str], Row]

ORDER = ["active", "suspended", "archived"]
SOURCES = ("tenants", "humans", "subscriptions", "plans", "vaults", "credentials", "agent_tokens")


class Registry:
    """All rows of the source tables, read in one snapshot."""

    def __init__(self, database: psycopg.Connection[Any]) -> None:
        with database.transaction(), database.cursor(row_factory=dict_row) as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            self.rows: dict[str, list[Row]] = {
                table: cursor.execute(f"SELECT * FROM {table}").fetchall() for table in SOURCES
            }
        self.tenants = {row["id"]: row for row in self.rows["tenants"]}
        self.humans = {row["id"]: row for row in self.rows["humans"]}
        self.subscriptions = {row["id"]: row for row in self.rows["subscriptions"]}
        self.plans = {row["name"]: row for row in self.rows["plans"]}

    def objects(self) -> Objects:
        """What POPs must see, by table and key."""
        vaults = {("vaults", row["l0"]): self._vault(row) for row in self.rows["vaults"]}
        devices = {
            ("credentials", str(row["id"])): self._credential(row)
            for row in self.rows["credentials"]
            if row["revoked_at"] is None
        }
        tokens = {("agent_tokens", str(row["id"])): self._token(row) for row in self.rows["agent_tokens"]}
        return {**vaults, **devices, **tokens}

    def _line(self, tenant_id: int | None) -> Iterator[Row]:
        while tenant_id is not None:
            yield self.tenants[tenant_id]
            tenant_id = self.tenants[tenant_id]["parent_id"]

    def _subscription(self, vault: Row) -> Row | None:
        if vault["subscription_id"] is not None:
            return self.subscriptions[vault["subscription_id"]]
        for tenant in self._line(vault["tenant_id"]):
            of_tenant = [row for row in self.subscriptions.values() if row["tenant_id"] == tenant["id"]]
            live = [row for row in of_tenant if row["status"] != "archived"]
            if live:
                return max(live, key=lambda row: (_readiness(row["status"]), row["started_at"], row["id"]))
        return None

    def _vault(self, vault: Row) -> Row:
        subscription = self._subscription(vault)
        tenant = max((row["status"] for row in self._line(vault["tenant_id"])), key=ORDER.index)
        plan = vault["plan_override"] or (subscription and subscription["plan"])
        limits = self.plans[vault["plan_override"]] if vault["plan_override"] else subscription or {}
        status, reason = _status(vault["status"], tenant, subscription["status"] if subscription else None)
        return {
            "l0": vault["l0"], "tenant_id": vault["tenant_id"], "owner_human_id": vault["owner_human_id"],
            "created_at": _seconds(vault["created_at"]), "status": status, "status_reason": reason, "plan": plan,
            "max_devices": limits.get("max_devices"), "max_tokens": limits.get("max_tokens"),
            "ends_at": _seconds(subscription["ends_at"]) if subscription else None,
        }  # fmt: skip

    def _credential(self, row: Row) -> Row:
        fields = ("id", "human_id", "p0", "l0", "wl3_path", "enrolled_by")
        return {
            **{field: row[field] for field in fields},
            "credential_id": bytes(row["credential_id"]),
            "created_at": _seconds(row["created_at"]),
            "status": "active" if self.humans[row["human_id"]]["status"] == "active" else "suspended",
        }

    def _token(self, row: Row) -> Row:
        fields = ("id", "vault_l0", "name", "token_hash", "scopes", "created_by", "status")
        return {
            **{field: row[field] for field in fields},
            "all_access": int(row["all_access"]),
            "created_at": _seconds(row["created_at"]),
            "expires_at": _seconds(row["expires_at"]),
        }


def _readiness(status: str) -> int:
    return {"cancelled": 0, "suspended": 1}.get(status, 2)


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else floor(at.timestamp())


def _status(vault: str, tenant: str, subscription: str | None) -> tuple[str, str | None]:
    """The worst of the three, and why; the vault itself is named first, then its tenant, then its subscription."""
    owners = [("vault", vault), ("tenant", tenant), ("subscription", subscription)]
    for status in ("archived", "suspended"):
        for owner, has in owners:
            if has == status:
                return status, f"{owner}_{status}"
    return ("active", None) if subscription else ("suspended", "no_subscription")

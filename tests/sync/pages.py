"""Pages of the feed, made by hand."""

from typing import Any

import orjson

CREATED = "2026-04-05T12:00:00Z"
CREATED_SECONDS = 1775390400
Change = dict[str, Any]


def vault(position: int, l0: str = "00000001", **data: Any) -> Change:
    """A vault in force, unless `data` says otherwise."""
    fields = {
        "created_at": CREATED, "ends_at": None, "l0": l0, "max_devices": 10, "max_tokens": 100, "owner_human_id": None,
        "plan": "Team10", "status": "active", "status_reason": None, "tenant_id": "11",
    }  # fmt: skip
    return _change("vault", l0, position, {**fields, **data})


def credential(position: int, id: str = "21", **data: Any) -> Change:
    """A device of vault 00000001."""
    fields = {
        "created_at": CREATED, "credential_id": "3q2-7w", "enrolled_by": None, "human_id": "12", "id": id,
        "l0": "00000001", "p0": "a1b2c3d4", "status": "active", "wl3_path": "a1/a1b2c3d4/20260405_abc.cla",
    }  # fmt: skip
    return _change("credential", id, position, {**fields, **data})


def token(position: int, id: str = "31", **data: Any) -> Change:
    """An agent token of vault 00000001."""
    fields = {
        "all_access": False, "created_at": CREATED, "created_by": "12", "expires_at": None, "id": id,
        "name": "Deploy CI", "scopes": "0001,00a1", "status": "active", "token_hash": "ab" * 32, "vault_l0": "00000001",
    }  # fmt: skip
    return _change("agent_token", id, position, {**fields, **data})


def removal(position: int, kind: str, id: str) -> Change:
    """That an object is gone."""
    return {"data": None, "deleted": True, "id": id, "kind": kind, "position": position}


def page(*changes: Change, start: int = 0, end: int | None = None, head: int | None = None, **members: Any) -> bytes:
    """A page that holds `changes` and ends with the last of them, at the head."""
    to = end if end is not None else changes[-1]["position"] if changes else start
    answer = {
        "epoch": "1", "from": start, "to": to, "head": to if head is None else head, "more": head not in (None, to),
        "cursor": f"1.{to}.abcd", "changes": list(changes), "checkpoint": None,
    }  # fmt: skip
    return orjson.dumps({**answer, **members})


def _change(kind: str, id: str, position: int, data: dict[str, Any]) -> Change:
    return {"data": data, "deleted": False, "id": id, "kind": kind, "position": position}

"""From a change's `data` to the values of a replica's row, kind by kind.

What the columns' types and CHECKs hold (`sync.replica.schema`) isn't looked at twice. Here is what SQLite can't see:
that ids are written in one way only, that times have a zone, that a flag is one.
"""

import binascii
import re
from collections.abc import Callable
from datetime import datetime
from math import floor
from typing import Any, NamedTuple

Value = int | str | bytes | None
Row = tuple[Value, ...]
Data = dict[str, Any]

HEX8 = re.compile(r"[0-9a-f]{8}")
BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def whole_id(text: str) -> int:
    """An id; it travels as a string so that JavaScript doesn't round it. Raises ValueError or TypeError."""
    number = int(text)
    if str(number) != text or number < 1:
        raise ValueError(f"{text!r:.40} is not an id")
    return number


def hex8(text: str) -> str:
    """Eight lowercase hex digits, as they are. Raises ValueError or TypeError."""
    if not HEX8.fullmatch(text):
        raise ValueError(f"{text!r:.40} is not 8 lowercase hex digits")
    return text


def seconds(text: str) -> int:
    """Unix seconds, as the schema has them. A fraction is cut off, so that nothing ends later than it should."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r:.40} is a time without a zone")
    return floor(at.timestamp())


def flag(value: bool) -> int:
    """1 or 0. Raises ValueError for what is no JSON boolean: what it opens is not for guessing."""
    if type(value) is not bool:
        raise ValueError(f"{value!r:.40} is neither true nor false")
    return int(value)


def raw_bytes(text: str) -> bytes:
    """The bytes of unpadded base64url. Raises ValueError or TypeError."""
    if not BASE64URL.fullmatch(text):
        raise ValueError(f"{text!r:.40} is not base64url")
    padded = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
    return binascii.a2b_base64(padded, strict_mode=True)


def _vault(data: Data, position: int) -> Row:
    owner, ends_at = data["owner_human_id"], data["ends_at"]
    return (
        data["l0"],
        whole_id(data["tenant_id"]),
        None if owner is None else whole_id(owner),
        seconds(data["created_at"]),
        data["status"],
        data["status_reason"],
        data["plan"],
        data["max_devices"],
        data["max_tokens"],
        None if ends_at is None else seconds(ends_at),
        position,
    )


def _credential(data: Data, position: int) -> Row:
    enrolled_by = data["enrolled_by"]
    return (
        whole_id(data["id"]),
        whole_id(data["human_id"]),
        data["p0"],
        data["l0"],
        raw_bytes(data["credential_id"]),
        data["wl3_path"],
        None if enrolled_by is None else whole_id(enrolled_by),
        seconds(data["created_at"]),
        data["status"],
        position,
    )


def _agent_token(data: Data, position: int) -> Row:
    created_by, expires_at = data["created_by"], data["expires_at"]
    return (
        whole_id(data["id"]),
        data["vault_l0"],
        data["name"],
        data["token_hash"],
        data["scopes"],
        flag(data["all_access"]),
        None if created_by is None else whole_id(created_by),
        seconds(data["created_at"]),
        None if expires_at is None else seconds(expires_at),
        data["status"],
        position,
    )


class Kind(NamedTuple):
    """One kind of object: its table, the columns that a page fills (the key first, the position last), and how."""

    table: str
    columns: tuple[str, ...]
    check_key: Callable[[str], int | str]
    row: Callable[[Data, int], Row]

    @property
    def key(self) -> str:
        """The key's column, which is also its field in `data`."""
        return self.columns[0]


KINDS = {
    "vault": Kind(
        "vaults",
        ("l0", "tenant_id", "owner_human_id", "created_at", "status", "status_reason", "plan", "max_devices",
         "max_tokens", "ends_at", "position"),
        hex8,
        _vault,
    ),
    "credential": Kind(
        "credentials",
        ("id", "human_id", "p0", "l0", "credential_id", "wl3_path", "enrolled_by", "created_at", "status", "position"),
        whole_id,
        _credential,
    ),
    "agent_token": Kind(
        "agent_tokens",
        ("id", "vault_l0", "name", "token_hash", "scopes", "all_access", "created_by", "created_at", "expires_at",
         "status", "position"),
        whole_id,
        _agent_token,
    ),
}  # fmt: skip

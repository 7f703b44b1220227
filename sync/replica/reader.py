"""A replica to read from: whom a POP lets in, by what it holds (RULES 33).

Judged at each use, because the feed never reads the clock. What a replica doesn't hold is not let in, and neither is
any state but `active`. The POP's own lease (its newest checkpoint must be fresh) comes on top of this.
"""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

VAULT_IN_FORCE = "v.status = 'active' AND (v.ends_at IS NULL OR :at < v.ends_at)"

TOKEN = f"""
SELECT EXISTS (
  SELECT 1
    FROM agent_tokens t
    JOIN vaults v ON v.l0 = t.vault_l0
   WHERE t.token_hash = :token_hash
     AND t.status = 'active'
     AND (t.expires_at IS NULL OR :at < t.expires_at)
     AND {VAULT_IN_FORCE})
"""  # noqa: S608  (a constant of this module)

CREDENTIAL = f"""
SELECT EXISTS (
  SELECT 1
    FROM credentials c
    JOIN vaults v ON v.l0 = c.l0
   WHERE c.id = :credential
     AND c.status = 'active'
     AND {VAULT_IN_FORCE})
"""  # noqa: S608  (as above)


class State(NamedTuple):
    """How far a replica has followed, and where the feed's head was then. Without a cursor it begins at zero."""

    epoch: str | None
    position: int
    cursor: str | None
    head: int


EMPTY = State(None, 0, None, 0)


class ReplicaReader:
    """A replica open for reading, by as many processes as like, while another follows into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def read_state(self) -> State:
        """How far it has followed, by now."""
        row = self._database.execute("SELECT epoch, position, cursor, head FROM feed").fetchone()
        return State(*row) if row else EMPTY

    def admits_token(self, token_hash: str, at: datetime) -> bool:
        """Whether the agent token with that SHA-256 (64 lowercase hex digits) is let into its vault at `at`."""
        return self._holds(TOKEN, at, token_hash=token_hash)

    def admits_credential(self, credential: int, at: datetime) -> bool:
        """Whether the device with that id in the registry is let into its vault at `at`."""
        return self._holds(CREDENTIAL, at, credential=credential)

    def _holds(self, question: str, at: datetime, **values: str | int) -> bool:
        if at.tzinfo is None:
            raise ValueError(f"{at!r} has no time zone, so it names no instant.")
        return bool(self._database.execute(question, {"at": at.timestamp(), **values}).fetchone()[0])

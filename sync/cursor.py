"""Where a POP is in the feed. For POPs the text is opaque."""

import re
from typing import NamedTuple

from clavitor.base.errors import Conflict, Invalid

FORM = re.compile(r"([0-9]{1,19})\.([0-9]{1,18})\.([0-9a-f]{16})")
CHAIN_DIGITS = 16


class MalformedCursor(Invalid):
    """A text that this service never gave out as a cursor."""

    code = "malformed_cursor"


class EpochChanged(Conflict):
    """The feed began a new epoch since; what the POP holds may differ from the registry's history."""

    code = "epoch_changed"


class CursorFromFuture(Conflict):
    """A position that this feed hasn't reached: it was restored from an older copy."""

    code = "cursor_from_future"


class HistoryDiverged(Conflict):
    """The same position, but of another history."""

    code = "history_diverged"


class CursorCompacted(Conflict):
    """A position so old that its part of the history is no longer kept."""

    code = "cursor_compacted"
    http_status = 410


START_OVER = "Discard the replica and pull again without a cursor."


class Cursor(NamedTuple):
    """`position` of `epoch`; `chain` are the first digits of the chain of the seal that holds the position."""

    epoch: str
    position: int
    chain: str

    def __str__(self) -> str:
        return f"{self.epoch}.{self.position}.{self.chain[:CHAIN_DIGITS]}"


def parse_cursor(text: str) -> Cursor:
    """The cursor that `text` is. Raises MalformedCursor."""
    match = FORM.fullmatch(text)
    if not match:
        raise MalformedCursor(
            f"{text[:80]!r} is not a cursor. Send the `cursor` of an earlier answer, or none to start from zero.",
            field="cursor",
        )
    return Cursor(match[1], int(match[2]), match[3])


def check_cursor(cursor: Cursor, *, epoch: str, head: int, chain: str | None) -> None:
    """Refuse a cursor that doesn't belong to the history that this feed has now.

    `epoch` and `head` are the feed's; `chain` is that of the seal that holds the cursor's position, None if it is gone.
    Raises EpochChanged, CursorFromFuture, CursorCompacted or HistoryDiverged.
    """
    if cursor.epoch != epoch:
        raise EpochChanged(f"The cursor is of epoch {cursor.epoch}, the feed is in epoch {epoch}. {START_OVER}")
    if cursor.position > head:
        raise CursorFromFuture(f"The cursor is at {cursor.position}, the feed only at {head}. {START_OVER}")
    if chain is None:
        raise CursorCompacted(f"The history at position {cursor.position} is no longer kept. {START_OVER}")
    if not chain.startswith(cursor.chain):
        raise HistoryDiverged(f"Position {cursor.position} of this feed has another history. {START_OVER}")

"""Page: what a POP reads, from bytes that are stored as they go out."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest

from clavitor.base.database import fetch
from sync.cursor import Cursor, check_cursor, parse_cursor
from sync.models import Pop, SyncHead

# Two statements, each with a snapshot of its own, and the head first: what is sealed between them is in the page then,
# so a page that isn't full holds everything up to that head, and beyond it up to its own last object. The server joins
# the stored bytes, in the order in which the subquery gives them: Python then handles one value instead of a thousand,
# and with many clients it is Python that is short of time.
HEAD = """
SELECT head.epoch, head.position, head.chain, held.last_position,
       CASE WHEN held.first_position <= %(after)s THEN held.chain END
  FROM sync_head head
  LEFT JOIN LATERAL (
       SELECT first_position, last_position, chain FROM sync_seals
        WHERE last_position >= %(after)s ORDER BY last_position LIMIT 1) held ON true
"""
SEAL_OF = """
SELECT first_position, chain FROM sync_seals WHERE last_position >= %(position)s ORDER BY last_position LIMIT 1
"""
OBJECTS = """
SELECT count(*), max(position), string_agg(body, ','::bytea)
  FROM (SELECT position, body FROM sync_objects WHERE position > %(after)s ORDER BY position LIMIT %(limit)s) AS page
"""


class Head(NamedTuple):
    """How far the feed goes."""

    epoch: str
    position: int
    cursor: str


class Page(NamedTuple):
    """The changes after `start` up to `end`, as JSON without its brackets. `cursor` is where to go on from."""

    epoch: str
    start: int
    end: int
    head: int
    cursor: str
    changes: bytes

    def as_json(self) -> bytes:
        """The answer of GET changes. `checkpoint` has its place; it is null while nothing signs one."""
        more = "true" if self.end < self.head else "false"
        opening = (
            f'{{"epoch":"{self.epoch}","from":{self.start},"to":{self.end},"head":{self.head},'
            f'"more":{more},"cursor":"{self.cursor}","changes":['
        )
        return b"".join((opening.encode(), self.changes, b'],"checkpoint":null}'))


def read_page(*, cursor: str | None, limit: int) -> Page:
    """Up to `limit` changes after `cursor`, or from zero. Raises what `sync.cursor` refuses."""
    after = None if cursor is None else parse_cursor(cursor)
    start = after.position if after else 0
    (epoch, head, head_chain, held_until, held_chain), *_ = fetch(HEAD, after=start)
    if after:
        check_cursor(after, epoch=epoch, head=head, chain=held_chain)
    [(objects, last, changes)] = fetch(OBJECTS, after=start, limit=limit)
    end = last if objects == limit else max(last or start, head)
    if end == head:
        chain = head_chain
    elif held_until and end <= held_until:
        chain = held_chain
    else:
        chain = chain_at(end)
    return Page(epoch, start, end, max(head, end), str(Cursor(epoch, end, chain or "")), changes or b"")


def read_head() -> Head:
    """The head now."""
    head = SyncHead.objects.get()
    return Head(head.epoch, head.position, str(Cursor(head.epoch, head.position, head.chain)))


class Acknowledged(NamedTuple):
    """What the centre now holds of a POP: its last acknowledged cursor and how many positions it is behind."""

    cursor: str
    head: int
    lag: int


def chain_at(position: int) -> str | None:
    """The chain of the seal that holds `position`; None beyond the head, and where seals are no longer kept."""
    for first_position, chain in fetch(SEAL_OF, position=position):
        return str(chain) if first_position <= position else None
    return None


def acknowledge(*, pop: Pop, cursor: str, error: str | None, at: datetime) -> Acknowledged:
    """Note that `pop` has applied everything up to `cursor`, or that it could not (`error`).

    Only forward (RULES 34): an older cursor than the one held changes nothing but the times and the error. Raises
    what `sync.cursor` refuses; nothing is noted then.
    """
    claimed = parse_cursor(cursor)
    head = SyncHead.objects.get()
    check_cursor(claimed, epoch=head.epoch, head=head.position, chain=chain_at(claimed.position))
    changes: dict[str, Any] = {"updated_at": at, "last_error": error}
    if error is None:
        changes["last_sync_at"] = Greatest(F("last_sync_at"), at)
        changes["last_sync_cursor"] = Greatest(Coalesce(F("last_sync_cursor"), Value(0)), claimed.position)
    Pop.objects.filter(pk=pop.pk).update(**changes)
    pop.refresh_from_db(fields=["last_sync_cursor"])
    held = pop.last_sync_cursor or 0
    kept = Cursor(head.epoch, held, chain_at(held) or "") if held != claimed.position else claimed
    return Acknowledged(str(kept), head.position, head.position - held)

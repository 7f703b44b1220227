"""Page: what a POP reads. One statement, hence one snapshot, over bytes that are stored as they go out."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest

from sync.cursor import Cursor, check_cursor, parse_cursor
from sync.models import Pop, SyncHead, SyncSeal

# The chain of a position is that of the seal that holds it. Position 0 is a seal of its own, made with the epoch.
PAGE = """
SELECT head.epoch,
       head.position,
       CASE WHEN page.objects = %(limit)s THEN page.last ELSE head.position END AS up_to,
       head.chain,
       (SELECT chain FROM sync_seals WHERE last_position >= page.last ORDER BY last_position LIMIT 1) AS page_chain,
       (SELECT CASE WHEN first_position <= %(after)s THEN chain END
          FROM sync_seals WHERE last_position >= %(after)s ORDER BY last_position LIMIT 1) AS cursor_chain,
       page.changes
  FROM sync_head head
 CROSS JOIN (SELECT count(*) AS objects,
                    max(position) AS last,
                    string_agg(body, ',' ORDER BY position) AS changes
               FROM (SELECT position, body
                       FROM sync_objects
                      WHERE position > %(after)s
                      ORDER BY position
                      LIMIT %(limit)s) AS next_objects) AS page
"""


class Head(NamedTuple):
    """How far the feed goes."""

    epoch: str
    position: int
    cursor: str


class Page(NamedTuple):
    """The changes after `start` up to `end`, as JSON text without brackets. `cursor` is where to go on from."""

    epoch: str
    start: int
    end: int
    head: int
    cursor: str
    changes: str

    def as_json(self) -> bytes:
        """The answer of GET changes. `checkpoint` has its place; it is null while nothing signs one."""
        more = self.end < self.head
        return (
            f'{{"epoch":"{self.epoch}","from":{self.start},"to":{self.end},"head":{self.head},'
            f'"more":{"true" if more else "false"},"cursor":"{self.cursor}","changes":[{self.changes}],'
            f'"checkpoint":null}}'
        ).encode()


def read_page(*, cursor: str | None, limit: int) -> Page:
    """Up to `limit` changes after `cursor`, or from zero. Raises what `sync.cursor` refuses."""
    after = parse_cursor(cursor) if cursor else None
    start = after.position if after else 0
    with connection.cursor() as database:
        database.execute(PAGE, {"after": start, "limit": limit})
        epoch, head, end, head_chain, page_chain, cursor_chain, changes = database.fetchone()
    if after:
        check_cursor(after, epoch=epoch, head=head, chain=cursor_chain)
    chain = head_chain if end == head else page_chain
    return Page(epoch, start, end, head, str(Cursor(epoch, end, chain)), changes or "")


def read_head() -> Head:
    """The head now."""
    head = SyncHead.objects.get()
    return Head(head.epoch, head.position, str(Cursor(head.epoch, head.position, head.chain)))


class Acknowledged(NamedTuple):
    """What the centre now holds of a POP: its last acknowledged cursor and how many positions it is behind."""

    cursor: str
    head: int
    lag: int


def _chain_at(position: int) -> str | None:
    seal = SyncSeal.objects.filter(last_position__gte=position).order_by("last_position").first()
    return seal.chain if seal and seal.first_position <= position else None


def acknowledge(*, pop: Pop, cursor: str, error: str | None, at: datetime) -> Acknowledged:
    """Note that `pop` has applied everything up to `cursor`, or that it could not (`error`).

    Only forward (RULES 34): an older cursor than the one held changes nothing but the time. Raises what `sync.cursor`
    refuses; nothing is noted then.
    """
    claimed = parse_cursor(cursor)
    head = SyncHead.objects.get()
    check_cursor(claimed, epoch=head.epoch, head=head.position, chain=_chain_at(claimed.position))
    changes: dict[str, Any] = {"updated_at": at, "last_error": error}
    if error is None:
        changes["last_sync_at"] = Greatest(F("last_sync_at"), at)
        changes["last_sync_cursor"] = Greatest(Coalesce(F("last_sync_cursor"), Value(0)), claimed.position)
    Pop.objects.filter(pk=pop.pk).update(**changes)
    pop.refresh_from_db(fields=["last_sync_cursor"])
    held = pop.last_sync_cursor or 0
    kept = Cursor(head.epoch, held, _chain_at(held) or "") if held != claimed.position else claimed
    return Acknowledged(str(kept), head.position, head.position - held)

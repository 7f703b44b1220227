"""What the tests of the feed share: seal now, and what a POP then reads. For tests with a `committed_db`."""

from typing import Any

import orjson

from clavitor.base.database import direct_connection
from sync import feed
from sync.models import SyncObject
from sync.seal import BATCH, Sealed, seal_once

Key = tuple[str, str]
Replica = dict[Key, Any]
DIRTY = "INSERT INTO sync_dirty (kind, object_id, urgent) VALUES (%s, %s, %s)"


def seal(batch: int = BATCH) -> Sealed:
    """One seal."""
    with direct_connection() as connection:
        return seal_once(connection, batch)


def drain() -> int:
    """Seal until nothing is left, and say where the head is then."""
    with direct_connection() as connection:
        while (sealed := seal_once(connection)).taken:
            continue
    return sealed.head


def positions() -> dict[Key, int]:
    """Where each object stands."""
    return {
        (kind, id_): position for kind, id_, position in SyncObject.objects.values_list("kind", "object_id", "position")
    }


def pull(cursor: str | None = None, limit: int = 1000) -> dict[str, Any]:
    """The answer of GET changes."""
    return orjson.loads(feed.read_page(cursor=cursor, limit=limit).as_json())


def pull_all(cursor: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
    """Every change after the cursor, page by page."""
    changes, more = [], True
    while more:
        page = pull(cursor, limit)
        changes += page["changes"]
        cursor, more = page["cursor"], page["more"]
    return changes


def change_of(kind: str, id_: object) -> dict[str, Any]:
    """What the feed says of one object."""
    return orjson.loads(SyncObject.objects.get(kind=kind, object_id=str(id_)).body)


def applied(changes: list[dict[str, Any]], replica: Replica | None = None) -> Replica:
    """What a POP holds that has applied those changes."""
    held = dict(replica or {})
    for change in changes:
        held[change["kind"], change["id"]] = change["data"]
    return held


def published() -> Replica:
    """What a POP should hold now."""
    return {(row.kind, row.object_id): orjson.loads(row.body)["data"] for row in SyncObject.objects.all()}

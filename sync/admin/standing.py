"""How a POP stands now: how far behind the head, and whether an operator should look (RULES 34, 35)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from sync.models import Pop, PopStatus, SyncHead

# How far the feed goes, to annotate POPs with.
FEED_HEAD = Coalesce(Subquery(SyncHead.objects.values("position")[:1]), 0)
STALE_AFTER = timedelta(minutes=5)  # behind the head for longer than this, and something is wrong


@dataclass(frozen=True)
class Standing:
    """`state` is `active`, `paused` or `error`; `behind` counts positions, None before the first acknowledgement."""

    state: str
    behind: int | None
    words: str


def standing(pop: Pop, *, head: int, now: datetime) -> Standing:
    """How `pop` stands against `head`."""
    behind = None if pop.last_sync_cursor is None else max(head - pop.last_sync_cursor, 0)
    if pop.status == PopStatus.PAUSED:
        return Standing(PopStatus.PAUSED, behind, "An operator paused it; its pulls are refused")
    if pop.last_error:
        return Standing(PopStatus.ERROR, behind, f"It reported: {pop.last_error}")
    if behind == 0:
        return Standing(PopStatus.ACTIVE, behind, "It has all there is")
    if now - pop.last_sync_at > STALE_AFTER:
        return Standing(PopStatus.ERROR, behind, _stale(behind))
    return Standing(PopStatus.ACTIVE, behind, "It is catching up" if behind else "It has not acknowledged anything yet")


def _stale(behind: int | None) -> str:
    if behind is None:
        return "It has never acknowledged anything"
    return f"It is {behind:,} positions behind and has been silent for more than {STALE_AFTER.seconds // 60} minutes"

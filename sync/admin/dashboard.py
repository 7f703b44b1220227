"""The POPs' part of the operators' first page."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from clavitor.base.admin_dashboard import Concern, Panel, add_panel, add_watch
from clavitor.base.admin_display import COLOURS
from sync.admin.standing import FEED_HEAD, standing
from sync.models import Pop, PopStatus, SyncHead

MOST_SHOWN = 50


def pops(now: datetime) -> dict[str, Any]:
    """The POPs and how far each is behind the head. Two queries."""
    head = SyncHead.objects.first()
    rows = [
        {
            "name": pop.pk,
            "address": reverse("admin:sync_pop_change", args=[pop.pk]),
            "standing": (told := standing(pop, head=pop.feed_head, now=now)),
            "colour": COLOURS[told.state],
            "acknowledged": pop.last_sync_at if pop.last_sync_cursor is not None else None,
            "percent": 100 * (pop.last_sync_cursor or 0) // pop.feed_head if pop.feed_head else 100,
        }
        for pop in Pop.objects.annotate(feed_head=FEED_HEAD)[:MOST_SHOWN]
    ]
    return {"title": "POPs", "rows": rows, "head": head, "address": reverse("admin:sync_pop_changelist")}


def watch(now: datetime) -> list[Concern]:
    """The POPs that stand still, those with the same trouble together. One query."""
    troubled: dict[tuple[str, str], list[Pop]] = {}
    for pop in Pop.objects.annotate(feed_head=FEED_HEAD):
        told = standing(pop, head=pop.feed_head, now=now)
        if told.state != PopStatus.ACTIVE:
            troubled.setdefault((told.state, told.words), []).append(pop)
    return [_concern(state, words, pops) for (state, words), pops in troubled.items()]


def _concern(state: str, words: str, pops: list[Pop]) -> Concern:
    if len(pops) == 1:
        return Concern(f"{pops[0]}: {words}", reverse("admin:sync_pop_change", args=[pops[0].pk]), state)
    names = ", ".join(pop.pk for pop in pops[:3]) + (" and others" if len(pops) > 3 else "")
    return Concern(f"{len(pops)} POPs ({names}): {words}", reverse("admin:sync_pop_changelist"), state)


add_panel(Panel("admin/panel_pops.html", pops, rank=40, wide=True))
add_watch(watch)

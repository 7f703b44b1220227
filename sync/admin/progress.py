"""How far the last change of a vault, device or token has got: one comparison of numbers a POP (DESIGN, Know)."""

from functools import partial
from typing import Any

from django.db import connection

from clavitor.base.admin_progress import tell_progress
from sync.models import Pop, PopStatus, SyncObject
from vaults.models import AgentToken, Credential, Vault


def progress(kind: str, row: Any) -> str:
    """In words. Three queries, each by key or over the few POPs."""
    sealed = SyncObject.objects.filter(kind=kind, object_id=str(row.pk)).values_list("position", flat=True).first()
    if sealed is None:
        return "Not in the feed yet"
    pops = list(Pop.objects.exclude(status=PopStatus.PAUSED).values_list("pk", "last_sync_cursor"))
    behind = sorted((cursor or 0, pop) for pop, cursor in pops if (cursor or 0) < sealed)
    words = f"In force at {len(pops) - len(behind)} of {len(pops)} POPs"
    if behind:
        words += f"; {behind[0][1]} is the furthest behind"
    return f"{words}. A newer change is being sealed." if _is_sealing() else words


def _is_sealing() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM sync_dirty)")
        return bool(cursor.fetchone()[0])


tell_progress(Vault, partial(progress, "vault"))
tell_progress(Credential, partial(progress, "credential"))
tell_progress(AgentToken, partial(progress, "agent_token"))

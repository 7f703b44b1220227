"""The vaults' part of the operators' first page."""

from datetime import datetime
from typing import Any

from django.db.models import Case, Count, TextField, Value, When
from django.urls import reverse

from clavitor.base.admin_dashboard import Panel, add_panel
from clavitor.base.admin_display import COLOURS
from clavitor.base.admin_paging import estimated_rows
from vaults.models import EffectiveVault, StatusReason, Vault, VaultStatus

MOST_COUNTED = 20_000  # vaults; to judge a million takes seconds
ENDED = "subscription_ended"
REASONS = {**dict(StatusReason.choices), ENDED: "Its subscription has ended"}


def vaults(now: datetime) -> dict[str, Any]:
    """How many vaults are in force, and what keeps the others out; from a sample where there are very many."""
    share = max((estimated_rows(Vault._meta.db_table) or 0) // MOST_COUNTED, 1)
    numbers = {reason: number * share for reason, number in _count(now, share).items()}
    total, active = sum(numbers.values()), numbers.pop(None, 0)
    reasons = sorted(((name, number) for name, number in numbers.items() if name), key=lambda pair: -pair[1])
    return {
        "title": "Vaults in force",
        "address": reverse("admin:vaults_vault_changelist"),
        "total": total,
        "active": active,
        "about": share > 1,
        "percent": round(100 * active / total) if total else 0,
        "reasons": [
            {"name": REASONS[reason], "number": number, "colour": COLOURS[_state(reason)]} for reason, number in reasons
        ],
    }


def _count(now: datetime, share: int) -> dict[str | None, int]:
    """Vaults by what keeps them out, None for nothing; of one in `share` by their `l0`, which is random.

    One query.
    """
    is_over = When(status=VaultStatus.ACTIVE, ends_at__lte=now, then=Value(ENDED))
    reason = Case(is_over, default="status_reason", output_field=TextField())
    counted = EffectiveVault.objects.order_by()
    if share > 1:
        counted = counted.filter(pk__lt=f"{2**32 // share:08x}")
    return dict(counted.values_list(reason).annotate(Count("pk")))


def _state(reason: str) -> str:
    return VaultStatus.ARCHIVED if reason.endswith("_archived") else VaultStatus.SUSPENDED


add_panel(Panel("admin/panel_vaults.html", vaults, rank=20))

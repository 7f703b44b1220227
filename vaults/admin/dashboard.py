"""The vaults' part of the operators' first page."""

from datetime import datetime
from typing import Any

from django.db.models import Case, Count, TextField, Value, When
from django.urls import reverse

from clavitor.base.admin_dashboard import Panel, add_panel
from clavitor.base.admin_display import COLOURS
from vaults.models import EffectiveVault, StatusReason, VaultStatus

ENDED = "subscription_ended"
REASONS = {**dict(StatusReason.choices), ENDED: "Its subscription has ended"}


def vaults(now: datetime) -> dict[str, Any]:
    """How many vaults are in force, and what keeps the others out. One query."""
    is_over = When(status=VaultStatus.ACTIVE, ends_at__lte=now, then=Value(ENDED))
    reason = Case(is_over, default="status_reason", output_field=TextField())
    counts = EffectiveVault.objects.order_by().values_list(reason).annotate(Count("pk"))
    numbers = dict(counts)
    total, active = sum(numbers.values()), numbers.pop(None, 0)
    reasons = sorted(numbers.items(), key=lambda pair: -pair[1])
    return {
        "title": "Vaults in force",
        "address": reverse("admin:vaults_vault_changelist"),
        "total": total,
        "active": active,
        "percent": round(100 * active / total) if total else 0,
        "reasons": [
            {"name": REASONS[reason], "number": number, "colour": COLOURS[_state(reason)]} for reason, number in reasons
        ],
    }


def _state(reason: str) -> str:
    return VaultStatus.ARCHIVED if reason.endswith("_archived") else VaultStatus.SUSPENDED


add_panel(Panel("admin/panel_vaults.html", vaults, rank=20))

"""The tenants' and people's part of the operators' first page."""

from datetime import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse

from clavitor.base.admin_dashboard import Panel, add_panel
from tenancy.models import Tenant, TenantLevel, TenantStatus


def tenants(now: datetime) -> dict[str, Any]:
    """How many tenants there are, by kind and by the state in force. One query."""
    found = Tenant.objects.filter(is_internal=False).order_by()
    counts = found.values_list("level", "effective__status").annotate(Count("pk"))
    numbers = {(level, status): number for level, status, number in counts}
    address = reverse("admin:tenancy_tenant_changelist")
    return {
        "title": "Tenants",
        "states": [status.label for status in TenantStatus],
        "rows": [
            {
                "name": level.label,
                "address": f"{address}?level__exact={level.value}",
                "numbers": [numbers.get((level.value, status.value), 0) for status in TenantStatus],
            }
            for level in TenantLevel
        ],
        "total": sum(numbers.values()),
        "address": address,
    }


add_panel(Panel("admin/panel_tenants.html", tenants, rank=10))

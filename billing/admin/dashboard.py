"""The subscriptions' part of the operators' first page."""

from datetime import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse

from billing.models import Plan, Subscription, SubscriptionStatus
from clavitor.base.admin_dashboard import Concern, Panel, add_panel, add_watch
from clavitor.base.admin_display import COLOURS


def subscriptions(now: datetime) -> dict[str, Any]:
    """How many there are by state. One query, from the index on the status."""
    counts = dict(Subscription.objects.order_by().values_list("status").annotate(Count("pk")))
    address = reverse("admin:billing_subscription_changelist")
    return {
        "title": "Subscriptions",
        "address": address,
        "total": sum(counts.values()),
        "states": [
            {
                "name": status.label,
                "number": counts.get(status.value, 0),
                "colour": COLOURS[status.value],
                "address": f"{address}?status__exact={status.value}",
            }
            for status in SubscriptionStatus
        ],
    }


def watch(now: datetime) -> list[Concern]:
    """Late payments, and plans that can't be sold for want of a price."""
    address = reverse("admin:billing_subscription_changelist")
    late = Subscription.objects.filter(status=SubscriptionStatus.PAST_DUE).count()
    unpriced = list(Plan.objects.filter(price_per_year_cents=None).values_list("name", flat=True))
    found = []
    if late:
        words = "1 subscription is past due" if late == 1 else f"{late:,} subscriptions are past due"
        found.append(Concern(words, f"{address}?status__exact=past_due", "past_due"))
    if unpriced:
        words = f"No price is set for {', '.join(unpriced)}: they can't be sold"
        found.append(Concern(words, reverse("admin:billing_plan_changelist"), "inactive"))
    return found


add_panel(Panel("admin/panel_states.html", subscriptions, rank=30))
add_watch(watch)

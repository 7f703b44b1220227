"""What may be done to plans and subscriptions. Call them through this module: `operations.cancel_subscription(...)`.

As in `tenancy.operations`: keywords alone, `by` a human or None for the command line, `at` aware and UTC. Each adds its
billing event in its own transaction (RULES 26).
"""

from billing.operations.event import EventType, record_event
from billing.operations.plan import update_plan
from billing.operations.subscription import (
    archive_subscription,
    cancel_subscription,
    mark_past_due,
    reactivate_subscription,
    suspend_subscription,
)
from billing.operations.subscription_start import CycleNotSold, PriceUnset, start_subscription

__all__ = [
    "CycleNotSold",
    "EventType",
    "PriceUnset",
    "archive_subscription",
    "cancel_subscription",
    "mark_past_due",
    "reactivate_subscription",
    "record_event",
    "start_subscription",
    "suspend_subscription",
    "update_plan",
]

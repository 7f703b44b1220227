"""A subscription's states, one table from -> allowed (RULES 18, 19)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import Subscription, SubscriptionStatus
from billing.operations.event import EventType, record_event
from clavitor.base import rows
from clavitor.base.errors import Invalid
from clavitor.base.transitions import Transitions, require_reason, require_transition
from tenancy.models import Human

TRANSITIONS: Transitions = {
    SubscriptionStatus.TRIALING: [SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELLED],
    SubscriptionStatus.ACTIVE: [
        SubscriptionStatus.PAST_DUE,
        SubscriptionStatus.SUSPENDED,
        SubscriptionStatus.CANCELLED,
    ],
    SubscriptionStatus.PAST_DUE: [
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.SUSPENDED,
        SubscriptionStatus.CANCELLED,
    ],
    SubscriptionStatus.SUSPENDED: [SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELLED],
    SubscriptionStatus.CANCELLED: [SubscriptionStatus.ARCHIVED],
}
EVENTS = {
    SubscriptionStatus.ACTIVE: EventType.SUBSCRIPTION_REACTIVATED,
    SubscriptionStatus.PAST_DUE: EventType.SUBSCRIPTION_PAST_DUE,
    SubscriptionStatus.SUSPENDED: EventType.SUBSCRIPTION_SUSPENDED,
    SubscriptionStatus.CANCELLED: EventType.SUBSCRIPTION_CANCELLED,
    SubscriptionStatus.ARCHIVED: EventType.SUBSCRIPTION_ARCHIVED,
}


@transaction.atomic
def mark_past_due(*, subscription: Subscription, by: Human | None, at: datetime, reason: str = "") -> Subscription:
    """A payment is late; service goes on. Raises InvalidTransition."""
    return _move(subscription, SubscriptionStatus.PAST_DUE, by=by, reason=reason.strip(), at=at)


@transaction.atomic
def suspend_subscription(*, subscription: Subscription, by: Human | None, reason: str, at: datetime) -> Subscription:
    """Its vaults are suspended until it is reactivated. Raises InvalidTransition."""
    reason = require_reason(reason, act="suspend a subscription")
    return _move(subscription, SubscriptionStatus.SUSPENDED, by=by, reason=reason, at=at)


@transaction.atomic
def reactivate_subscription(
    *, subscription: Subscription, by: Human | None, at: datetime, reason: str = ""
) -> Subscription:
    """Active: after its trial, after a late payment, or with its hold lifted. Raises InvalidTransition."""
    return _move(subscription, SubscriptionStatus.ACTIVE, by=by, reason=reason.strip(), at=at)


@transaction.atomic
def cancel_subscription(
    *, subscription: Subscription, ends_at: datetime, by: Human | None, at: datetime, reason: str = ""
) -> Subscription:
    """It ends at `ends_at`, now or later, and serves until then (RULES 19). Raises InvalidTransition, Invalid."""
    if ends_at < at:
        raise Invalid(f"ends_at {ends_at:%Y-%m-%dT%H:%M:%SZ} is past. Let it end now or later.", field="ends_at")
    return _move(subscription, SubscriptionStatus.CANCELLED, by=by, reason=reason.strip(), at=at, ends_at=ends_at)


@transaction.atomic
def archive_subscription(*, subscription: Subscription, by: Human | None, reason: str, at: datetime) -> Subscription:
    """Put a cancelled one away: its vaults are archived, or follow another one. Raises InvalidTransition."""
    reason = require_reason(reason, act="archive a subscription")
    return _move(subscription, SubscriptionStatus.ARCHIVED, by=by, reason=reason, at=at)


def _move(
    subscription: Subscription,
    status: SubscriptionStatus,
    *,
    by: Human | None,
    reason: str,
    at: datetime,
    **also: Any,
) -> Subscription:
    subscription = rows.lock(subscription)
    require_transition(TRANSITIONS, thing=f"{subscription}", present=subscription.status, wanted=status)
    before = subscription.status
    rows.change(subscription, status=status, at=at, **also)
    details = {"reason": reason, "status": [before, str(status)], **{name: also[name].isoformat() for name in also}}
    record_event(
        event_type=EVENTS[status],
        tenant=subscription.tenant,
        subscription=subscription,
        by=by,
        at=at,
        details=details,
    )
    return subscription

"""The trail that every operation on money, plans, vaults, devices and tokens leaves (RULES 26)."""

from datetime import datetime
from typing import Any

from django.db import models

from billing.models import BillingEvent, Subscription
from tenancy.models import Human, Tenant


class EventType(models.TextChoices):
    """What operations record. The column stays open: the schema's list of event types ends in "etc."."""

    PLAN_UPDATED = "plan_updated"
    SUBSCRIPTION_CREATED = "subscription_created"
    SUBSCRIPTION_REACTIVATED = "subscription_reactivated"
    SUBSCRIPTION_PAST_DUE = "subscription_past_due"
    SUBSCRIPTION_SUSPENDED = "subscription_suspended"
    SUBSCRIPTION_CANCELLED = "subscription_cancelled"
    SUBSCRIPTION_ARCHIVED = "subscription_archived"
    VAULT_CREATED = "vault_created"
    VAULT_REACTIVATED = "vault_reactivated"
    VAULT_SUSPENDED = "vault_suspended"
    VAULT_ARCHIVED = "vault_archived"
    PLAN_OVERRIDDEN = "plan_overridden"
    DEVICE_ENROLLED = "device_enrolled"
    DEVICE_REVOKED = "device_revoked"
    TOKEN_ISSUED = "token_issued"  # noqa: S105  (the name of an event)
    TOKEN_REVOKED = "token_revoked"  # noqa: S105


def record_event(
    *,
    event_type: str,
    tenant: Tenant,
    at: datetime,
    by: Human | None = None,
    subscription: Subscription | None = None,
    vault: models.Model | None = None,
    amount_cents: int | None = None,
    details: dict[str, Any] | None = None,
) -> BillingEvent:
    """Add one event, in the transaction of what it tells of. It can't be changed afterwards.

    `details` is JSON: the reason, old and new values, ids as strings; never a secret or its hash. `vault` is a
    `vaults.models.Vault`, which this app can't name.
    """
    return BillingEvent.objects.create(
        event_type=event_type,
        tenant=tenant,
        occurred_at=at,
        human=by,
        subscription=subscription,
        vault_id=vault.pk if vault else None,
        amount_cents=amount_cents,
        details=details,
    )

"""The append-only trail of what happened to money, plans, vaults, devices and tokens."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone

from billing.models.subscription import Subscription
from clavitor.base.fields import PositiveInt64IDField, TextLineField
from tenancy.models import Tenant


class BillingEvent(models.Model):
    """One event. Written in the transaction of what it tells of; never changed or removed afterwards (RULES 26)."""

    id = PositiveInt64IDField(primary_key=True)
    occurred_at = models.DateTimeField(default=timezone.now, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="billing_events", db_index=False)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, blank=True, related_name="billing_events"
    )
    human = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="billing_events"
    )
    vault = models.ForeignKey(
        "vaults.Vault",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="billing_events",
        db_column="vault_l0",
    )
    event_type = TextLineField(max_length=60)
    amount_cents = models.BigIntegerField(null=True, blank=True)
    details = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "billing_events"
        ordering = ["-occurred_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "occurred_at"], name="idx_billing_events_tenant"),
            models.Index(fields=["occurred_at"], name="idx_billing_events_time"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="append_only",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
                func="RAISE EXCEPTION 'billing_events is append-only: % is refused; add a correcting event', TG_OP;",
            )
        ]

    def __str__(self) -> str:
        return self.event_type

"""Subscriptions: which plan a tenant has, on which terms."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models.plan import BillingCycle, PlanName
from clavitor.base.fields import PositiveInt64IDField, TextLineField
from tenancy.models import Tenant


class SubscriptionStatus(models.TextChoices):
    """`trialing` is added to the schema's five (RULES 18)."""

    TRIALING = "trialing", "Trialing"
    ACTIVE = "active", "Active"
    PAST_DUE = "past_due", "Past due"
    SUSPENDED = "suspended", "Suspended"
    CANCELLED = "cancelled", "Cancelled"
    ARCHIVED = "archived", "Archived"


class InvoiceTerms(models.TextChoices):
    """When an invoice is due. NULL on a subscription means: as its tier has it (RULES 20)."""

    NET_60 = "net_60", "Net 60 days"
    IMMEDIATE = "immediate", "Immediate"


class Subscription(models.Model):
    """One subscription. Limits and price are its own, copied from the plan at its start (RULES 15)."""

    id = PositiveInt64IDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="subscriptions", db_index=False)
    plan = TextLineField(max_length=40, choices=PlanName.choices)
    status = TextLineField(
        max_length=20,
        choices=SubscriptionStatus.choices,
        default=SubscriptionStatus.ACTIVE,
        db_default=SubscriptionStatus.ACTIVE,
    )
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="No end is set while this is empty.")
    billing_cycle = TextLineField(null=True, blank=True, max_length=20, choices=BillingCycle.choices)
    next_invoice_at = models.DateTimeField(null=True, blank=True)
    max_vaults = models.BigIntegerField()
    max_devices = models.BigIntegerField(help_text="Per vault.")
    max_tokens = models.BigIntegerField(help_text="Per vault.")
    price_per_year_cents = models.BigIntegerField(help_text="Cents a year.")
    paddle_subscription_id = TextLineField(null=True, blank=True, help_text="Set: billed by Paddle, never here.")
    invoice_terms = TextLineField(null=True, blank=True, max_length=20, choices=InvoiceTerms.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        db_table = "subscriptions"
        ordering = ["-started_at", "id"]
        indexes = [
            models.Index(fields=["tenant"], name="idx_subscriptions_tenant"),
            models.Index(fields=["status"], name="idx_subscriptions_status"),
            models.Index(fields=["ends_at"], name="idx_subscriptions_ends"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(plan__in=PlanName.values), name="subscriptions_plan_known"),
            models.CheckConstraint(
                condition=Q(status__in=SubscriptionStatus.values), name="subscriptions_status_known"
            ),
            models.CheckConstraint(
                condition=Q(billing_cycle__in=BillingCycle.values), name="subscriptions_cycle_known"
            ),
            models.CheckConstraint(
                condition=Q(invoice_terms__in=InvoiceTerms.values), name="subscriptions_terms_known"
            ),
            models.CheckConstraint(
                condition=Q(max_vaults__gte=0, max_devices__gte=0, max_tokens__gte=0, price_per_year_cents__gte=0),
                name="subscriptions_not_negative",
                violation_error_message="Limits and the price can't be negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} of {self.tenant}"

"""Vaults, known here by their `l0` alone."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models import PlanName, Subscription
from clavitor.base.fields import Hex8Field, TextLineField
from tenancy.models import Tenant


class VaultStatus(models.TextChoices):
    """Own status. The effective one, the worst of it, the tenant's and the subscription's, is computed (RULES 27)."""

    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    ARCHIVED = "archived", "Archived"


class Vault(models.Model):
    """One vault of a tenant. A taken `l0` is never given to another (RULES 28)."""

    l0 = Hex8Field(primary_key=True, help_text="Vault identifier: 8 lowercase hex digits.")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="vaults", db_index=False)
    owner_human = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_vaults",
        db_index=False,
    )
    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="vaults",
        help_text="Empty: the nearest live one of its tenant or upward (RULES 17).",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    status = TextLineField(
        max_length=20, choices=VaultStatus.choices, default=VaultStatus.ACTIVE, db_default=VaultStatus.ACTIVE
    )
    plan_override = TextLineField(
        null=True,
        blank=True,
        max_length=40,
        choices=PlanName.choices,
        help_text="Takes the per-vault limits from this plan instead of the subscription (RULES 16).",
    )

    class Meta:
        db_table = "vaults"
        ordering = ["l0"]
        indexes = [
            models.Index(fields=["tenant"], name="idx_vaults_tenant"),
            models.Index(fields=["owner_human"], name="idx_vaults_owner"),
            models.Index(fields=["status"], name="idx_vaults_status"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=VaultStatus.values), name="vaults_status_known"),
            models.CheckConstraint(condition=Q(plan_override__in=PlanName.values), name="vaults_override_known"),
        ]

    def __str__(self) -> str:
        return self.l0

"""What is in force for a vault, computed by the database in one place (RULES 16, 17, 27)."""

from django.db import models

from billing.models import PlanName, Subscription
from clavitor.base.fields import TextLineField
from vaults.models.vault import Vault, VaultStatus


class StatusReason(models.TextChoices):
    """Why a vault isn't active. An active one has no reason."""

    VAULT_ARCHIVED = "vault_archived", "The vault is archived"
    TENANT_ARCHIVED = "tenant_archived", "Its tenant, or one above, is archived"
    SUBSCRIPTION_ARCHIVED = "subscription_archived", "Its subscription is archived"
    VAULT_SUSPENDED = "vault_suspended", "The vault is suspended"
    TENANT_SUSPENDED = "tenant_suspended", "Its tenant, or one above, is suspended"
    SUBSCRIPTION_SUSPENDED = "subscription_suspended", "Its subscription is suspended"
    NO_SUBSCRIPTION = "no_subscription", "It has no subscription"


class EffectiveVault(models.Model):
    """A row of the view `vaults_effective`; read only. Join it with `select_related("effective")`.

    `status` doesn't read the clock: whoever reads treats a vault past its `ends_at` as suspended.
    """

    vault = models.OneToOneField(
        Vault, on_delete=models.DO_NOTHING, primary_key=True, db_column="l0", related_name="effective"
    )
    subscription = models.ForeignKey(
        Subscription, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    plan = TextLineField(null=True, max_length=40, choices=PlanName.choices)
    max_devices = models.BigIntegerField(null=True)
    max_tokens = models.BigIntegerField(null=True)
    ends_at = models.DateTimeField(null=True)
    status = TextLineField(max_length=20, choices=VaultStatus.choices)
    status_reason = TextLineField(null=True, max_length=40, choices=StatusReason.choices)

    class Meta:
        managed = False
        db_table = "vaults_effective"

    def __str__(self) -> str:
        return self.status

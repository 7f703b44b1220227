"""What is locked before a limit is judged, so that two requests at once can't pass it (RULES 16)."""

from datetime import datetime
from typing import NamedTuple, cast

from django.db.models import Q

from billing.models import Subscription, SubscriptionStatus
from clavitor.base import rows
from clavitor.base.errors import Conflict
from tenancy.models import Tenant
from vaults.models import EffectiveVault, Vault, VaultStatus


class VaultNotInService(Conflict):
    """A vault that is suspended or archived, itself or by what stands over it, takes no new device and no new token."""

    code = "vault_not_in_service"


def lock_subscriptions(tenant: Tenant, subscription: Subscription | None) -> None:
    """Lock every subscription that a vault of `tenant` may count against: the given one, or all it could inherit.

    Which of these it does inherit is known to the view `vaults_effective` alone, and is asked once they are locked.
    """
    if subscription is not None:
        rows.lock(subscription)
        return
    line = [tenant.pk, tenant.parent_id, tenant.parent.parent_id if tenant.parent else None]
    inherited = Subscription.objects.filter(~Q(status=SubscriptionStatus.ARCHIVED), tenant__in=filter(None, line))
    list(inherited.select_for_update(no_key=True).order_by("pk"))


def subscription_of(vault: Vault) -> Subscription | None:
    """The subscription that counts for `vault` now: its own, or the one that it inherits."""
    return EffectiveVault.objects.select_related("subscription").get(pk=vault.pk).subscription


class InService(NamedTuple):
    """A vault that is in service, and what is in force for it."""

    vault: Vault
    subscription: Subscription
    max_devices: int
    max_tokens: int


def lock_for_addition(vault: Vault, at: datetime) -> InService:
    """`vault` with its subscription, both locked. Raises VaultNotInService."""
    lock_subscriptions(vault.tenant, vault.subscription)
    vault = rows.lock(vault)
    effective = EffectiveVault.objects.select_related("subscription").get(pk=vault.pk)
    if effective.status != VaultStatus.ACTIVE:
        reason = f"{effective.status} ({effective.get_status_reason_display()})"
        raise VaultNotInService(f"Vault {vault} is {reason}. Bring it back into service first.", field="vault")
    if effective.ends_at is not None and effective.ends_at <= at:
        ended = f"{effective.ends_at:%Y-%m-%dT%H:%M:%SZ}"
        raise VaultNotInService(f"The subscription of vault {vault} ended at {ended}. Start another.", field="vault")
    limits = cast(int, effective.max_devices), cast(int, effective.max_tokens)
    return InService(vault, cast(Subscription, effective.subscription), *limits)  # an active vault has all three

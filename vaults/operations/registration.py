"""A vault enters the registry (RULES 16, 17, 28)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from billing import operations as billing
from billing.models import Subscription, SubscriptionStatus
from clavitor.base import rows
from clavitor.base.errors import Conflict, Invalid
from tenancy import operations as tenancy
from tenancy.models import Human, Tenant
from vaults.models import Vault
from vaults.operations.limits import require_vaults_fit
from vaults.operations.locks import lock_subscriptions, subscription_of


class L0Taken(Conflict):
    """An `l0` is a vault's for ever and never given to another (RULES 28)."""

    code = "l0_taken"


@transaction.atomic
def register_vault(
    *,
    l0: str,
    tenant: Tenant,
    owner_human: Human | None,
    subscription: Subscription | None,
    by: Human | None,
    at: datetime,
) -> Vault:
    """A new active vault; without a subscription it has the nearest live one of its tenant or upward, if there is one.

    Raises Invalid, L0Taken, VaultLimitReached, TenantArchived.
    """
    tenant = rows.lock(tenant)
    tenancy.require_not_archived(tenant)
    if subscription is not None:
        _require_may_pay(subscription, tenant)
    lock_subscriptions(tenant, subscription)
    vault = Vault(l0=l0, tenant=tenant, owner_human=owner_human, subscription=subscription, created_at=at)
    rows.check_fields(vault, "l0")
    _insert(vault)
    counted = subscription_of(vault)
    if counted is not None:
        require_vaults_fit(counted)
    billing.record_event(
        event_type=billing.EventType.VAULT_CREATED,
        tenant=tenant,
        subscription=counted,
        vault=vault,
        by=by,
        at=at,
        details={"owner_human_id": str(owner_human.pk) if owner_human else None},
    )
    return vault


def _require_may_pay(subscription: Subscription, tenant: Tenant) -> None:
    """RULES 17: it belongs to the vault's tenant or to one above. An archived one pays for nothing."""
    line = {tenant.pk, tenant.parent_id, tenant.parent.parent_id if tenant.parent else None}
    if subscription.tenant_id not in line:
        raise Invalid(
            f"{subscription} belongs neither to {tenant} nor to a tenant above it. Choose one that does.",
            field="subscription",
        )
    if subscription.status == SubscriptionStatus.ARCHIVED:
        raise Invalid(f"{subscription} is archived. Choose one that isn't.", field="subscription")


def _insert(vault: Vault) -> None:
    """Raises L0Taken, whether the other vault was there before or came meanwhile."""
    try:
        with transaction.atomic():
            vault.save(force_insert=True)
    except IntegrityError as error:
        raise L0Taken(
            f"There is a vault {vault.l0} already, and it stays. A new vault has another l0.", field="l0"
        ) from error

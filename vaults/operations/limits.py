"""The limits of RULES 16. Call these with the subscription, and for a vault's own limits the vault, locked."""

from datetime import datetime

from django.db.models import Q, QuerySet

from billing.models import Plan, Subscription
from clavitor.base.errors import Conflict
from tenancy.models import Tenant
from vaults.models import AgentToken, AgentTokenStatus, Credential, EffectiveVault, Vault, VaultStatus
from vaults.operations.locks import InService


class VaultLimitReached(Conflict):
    """The subscription's vaults are all taken; archived ones don't count."""

    code = "vault_limit_reached"


class DeviceLimitReached(Conflict):
    """The vault's devices are all taken; revoked ones don't count."""

    code = "device_limit_reached"


class TokenLimitReached(Conflict):
    """The vault's tokens, or the subscription's in all, are taken; revoked and expired ones don't count."""

    code = "token_limit_reached"


def live_tokens(at: datetime) -> QuerySet[AgentToken]:
    """The tokens that let somebody in at `at`, as far as they themselves are concerned (RULES 32)."""
    not_expired = Q(expires_at=None) | Q(expires_at__gt=at)
    return AgentToken.objects.filter(not_expired, status=AgentTokenStatus.ACTIVE)


def require_vaults_fit(subscription: Subscription) -> None:
    """Raise VaultLimitReached if `subscription` holds more vaults than it may, the new one among them."""
    counted = Q(status__in=[VaultStatus.ACTIVE, VaultStatus.SUSPENDED])
    own = Vault.objects.filter(counted, subscription=subscription)
    inheriting = Vault.objects.filter(counted, pk__in=_inheriting(subscription))
    if own.count() + inheriting.count() > subscription.max_vaults:
        raise VaultLimitReached(
            f"{subscription} holds {subscription.max_vaults} vaults, and all are taken. "
            "Archive one, or choose a larger plan.",
            field="subscription",
        )


def require_room_for_device(service: InService) -> None:
    """Raise DeviceLimitReached if the vault has no place for one more device."""
    if Credential.objects.filter(vault=service.vault, revoked_at=None).count() >= service.max_devices:
        raise DeviceLimitReached(
            f"Vault {service.vault} takes {service.max_devices} devices, and all are enrolled. Revoke one first.",
            field="vault",
        )


def require_room_for_token(service: InService, at: datetime) -> None:
    """Raise TokenLimitReached if the vault, or its subscription over all its vaults, has no place for one more."""
    live = live_tokens(at)
    if live.filter(vault=service.vault).count() >= service.max_tokens:
        raise TokenLimitReached(
            f"Vault {service.vault} takes {service.max_tokens} agent tokens, and all are live. Revoke one first.",
            field="vault",
        )
    most = Plan.objects.get(name=service.subscription.plan).max_agents
    own = live.filter(vault__subscription=service.subscription)
    inheriting = live.filter(vault__in=_inheriting(service.subscription))
    if own.count() + inheriting.count() >= most:
        raise TokenLimitReached(
            f"{service.subscription} takes {most} agent tokens over all its vaults, and all are live. "
            "Revoke one, or choose a larger plan.",
            field="vault",
        )


def _inheriting(subscription: Subscription) -> QuerySet[EffectiveVault, str]:
    """The `l0` of each vault that names no subscription and has this one from its tenant or from above."""
    below = [subscription.tenant_id, *_children([subscription.tenant_id])]
    tenants = {*below, *_children(below)}
    inheriting = EffectiveVault.objects.filter(
        vault__subscription=None, vault__tenant__in=tenants, subscription=subscription
    )
    return inheriting.values_list("pk", flat=True)


def _children(parents: list[int]) -> list[int]:
    return list(Tenant.objects.filter(parent__in=parents).values_list("pk", flat=True))

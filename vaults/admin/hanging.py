"""What of this app hangs on tenants, people, subscriptions and vaults."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from billing.models import Subscription
from clavitor.base.admin_impact import Hanging, hang
from tenancy.admin.tree import below
from tenancy.models import Human, Tenant
from vaults.models import AgentToken, AgentTokenStatus, Credential, Vault


def _devices(**where: Any) -> QuerySet[Credential]:
    return Credential.objects.filter(revoked_at=None, **where)


def _tokens(**where: Any) -> QuerySet[AgentToken]:
    return AgentToken.objects.filter(status=AgentTokenStatus.ACTIVE, **where)


def _paid_by(keys: Sequence[Any]) -> QuerySet[Vault]:
    """The vaults that these subscriptions pay for, named or not; they are of the payer's tenant or below (RULES 17)."""
    payers = Subscription.objects.filter(pk__in=keys).order_by().values_list("tenant_id", flat=True)
    return Vault.objects.filter(tenant__in=below(payers), effective__subscription__in=keys)


hang(
    Tenant,
    Hanging(Vault, "vault", lambda keys: Vault.objects.filter(tenant__in=keys), parameter="tenant__id__exact"),
    Hanging(Credential, "device", lambda keys: _devices(vault__tenant__in=keys)),
    Hanging(AgentToken, "live agent token", lambda keys: _tokens(vault__tenant__in=keys)),
)
hang(
    Human,
    Hanging(Credential, "device", lambda keys: _devices(human__in=keys), parameter="human__id__exact"),
    Hanging(
        Vault,
        "vault of their own",
        lambda keys: Vault.objects.filter(owner_human__in=keys),
        parameter="owner_human__id__exact",
        plural="vaults of their own",
        reached=False,
    ),
)
hang(
    Subscription,
    Hanging(Vault, "vault", _paid_by),
    Hanging(Credential, "device", lambda keys: _devices(vault__in=_paid_by(keys))),
)
hang(
    Vault,
    Hanging(Credential, "device", lambda keys: _devices(vault__in=keys), parameter="vault__l0__exact"),
    Hanging(AgentToken, "live agent token", lambda keys: _tokens(vault__in=keys), parameter="vault__l0__exact"),
)

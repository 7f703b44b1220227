"""A vault's states and its plan override (RULES 16 and "States")."""

from datetime import datetime

from django.db import transaction

from billing import operations as billing
from billing.models import Plan
from clavitor.base import rows
from clavitor.base.errors import Conflict, Invalid
from clavitor.base.transitions import Transitions, require_reason, require_transition
from tenancy import operations as tenancy
from tenancy.models import Human
from vaults.models import Vault, VaultStatus
from vaults.operations.limits import require_vaults_fit
from vaults.operations.locks import lock_subscriptions, subscription_of

TRANSITIONS: Transitions = {
    VaultStatus.ACTIVE: [VaultStatus.SUSPENDED, VaultStatus.ARCHIVED],
    VaultStatus.SUSPENDED: [VaultStatus.ACTIVE, VaultStatus.ARCHIVED],
    VaultStatus.ARCHIVED: [VaultStatus.ACTIVE],
}
EVENTS = {
    VaultStatus.ACTIVE: billing.EventType.VAULT_REACTIVATED,
    VaultStatus.SUSPENDED: billing.EventType.VAULT_SUSPENDED,
    VaultStatus.ARCHIVED: billing.EventType.VAULT_ARCHIVED,
}


class OverrideUnchanged(Conflict):
    """The vault has that override already."""

    code = "override_unchanged"


@transaction.atomic
def suspend_vault(*, vault: Vault, by: Human | None, reason: str, at: datetime) -> Vault:
    """Nobody gets in until it is reactivated; it keeps its place in the subscription. Raises InvalidTransition."""
    reason = require_reason(reason, act="suspend a vault")
    return _move(vault, VaultStatus.SUSPENDED, by=by, reason=reason, at=at)


@transaction.atomic
def archive_vault(*, vault: Vault, by: Human | None, reason: str, at: datetime) -> Vault:
    """Put it away; its place in the subscription is free. Raises InvalidTransition."""
    reason = require_reason(reason, act="archive a vault")
    return _move(vault, VaultStatus.ARCHIVED, by=by, reason=reason, at=at)


@transaction.atomic
def reactivate_vault(*, vault: Vault, by: Human | None, at: datetime, reason: str = "") -> Vault:
    """Back into service; from archived only by an operator, and only if the subscription has a place for it.

    Raises InvalidTransition, OperatorRequired, VaultLimitReached.
    """
    return _move(vault, VaultStatus.ACTIVE, by=by, reason=reason.strip(), at=at)


@transaction.atomic
def override_plan(*, vault: Vault, plan: Plan | str | None, by: Human | None, reason: str, at: datetime) -> Vault:
    """Take the per-vault limits from `plan` (or the plan of that name) instead of the subscription; None lifts it.

    An operator's act. Raises OperatorRequired, Invalid, OverrideUnchanged.
    """
    reason = require_reason(reason, act="override a plan")
    tenancy.require_operator(by, act="override a plan")
    name = plan.name if isinstance(plan, Plan) else plan or None
    if name is not None and not Plan.objects.filter(name=name).exists():
        raise Invalid(f"There is no plan {name!r} in the catalogue. See Plans for those there are.", field="plan")
    vault = rows.lock(vault)
    before = vault.plan_override
    if name == before:
        raise OverrideUnchanged(f"The override of vault {vault} is {before or 'none'} already.", field="plan")
    rows.change(vault, plan_override=name)
    _record(vault, billing.EventType.PLAN_OVERRIDDEN, by=by, at=at, reason=reason, plan_override=[before, name])
    return vault


def _move(vault: Vault, status: VaultStatus, *, by: Human | None, reason: str, at: datetime) -> Vault:
    lock_subscriptions(vault.tenant, vault.subscription)
    vault = rows.lock(vault)
    before = vault.status
    require_transition(TRANSITIONS, thing=f"Vault {vault}", present=before, wanted=status)
    if before == VaultStatus.ARCHIVED:
        tenancy.require_operator(by, act="bring an archived vault back")
    rows.change(vault, status=status)
    if before == VaultStatus.ARCHIVED:
        _require_place(vault)
    _record(vault, EVENTS[status], by=by, at=at, reason=reason, status=[before, str(status)])
    return vault


def _require_place(vault: Vault) -> None:
    subscription = subscription_of(vault)
    if subscription is not None:
        require_vaults_fit(subscription)


def _record(vault: Vault, event_type: str, *, by: Human | None, at: datetime, **details: object) -> None:
    billing.record_event(
        event_type=event_type,
        tenant=vault.tenant,
        subscription=subscription_of(vault),
        vault=vault,
        by=by,
        at=at,
        details=details,
    )

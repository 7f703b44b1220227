"""Tenants: made, renamed, suspended, archived, brought back (RULES 5, 6 and "States")."""

from datetime import datetime

from django.db import transaction

from clavitor.base import audit, rows
from clavitor.base.errors import Conflict, Invalid, NotAllowed
from clavitor.base.transitions import Transitions, require_reason, require_transition
from tenancy.models import Human, Tenant, TenantLevel, TenantStatus
from tenancy.operations.actors import require_operator

TRANSITIONS: Transitions = {
    TenantStatus.ACTIVE: [TenantStatus.SUSPENDED, TenantStatus.ARCHIVED],
    TenantStatus.SUSPENDED: [TenantStatus.ACTIVE, TenantStatus.ARCHIVED],
    TenantStatus.ARCHIVED: [TenantStatus.ACTIVE],
}
PARENT_LEVELS: dict[int, list[int | None]] = {
    TenantLevel.MSP: [None],
    TenantLevel.CUSTOMER: [None, TenantLevel.MSP],
    TenantLevel.DEPT: [TenantLevel.CUSTOMER],
}


class TenantArchived(Conflict):
    """Nothing new is begun in a tenant that is archived, itself or through one above."""

    code = "tenant_archived"


class InternalTenant(NotAllowed):
    """The internal tenant stays in service and has nobody below it: operators sign in through it."""

    code = "internal_tenant"


def require_not_archived(tenant: Tenant) -> None:
    """Raise TenantArchived if `tenant`, or one above it, is archived."""
    if Tenant.objects.filter(pk=tenant.pk, effective__status=TenantStatus.ARCHIVED).exists():
        raise TenantArchived(f"{tenant} is archived, itself or above it. Reactivate it first.", field="tenant")


@transaction.atomic
def create_tenant(
    *,
    parent: Tenant | None,
    level: int,
    name: str,
    billing_email: str | None,
    by: Human | None,
    at: datetime,
) -> Tenant:
    """A new active tenant. Raises Invalid (a level that doesn't fit the parent), TenantArchived, InternalTenant."""
    if parent is not None:
        parent = rows.lock(parent)
        require_not_archived(parent)
        _require_not_internal(parent, act="hold other tenants")
    tenant = Tenant(parent=parent, level=level, name=name.strip(), billing_email=_or_none(billing_email), created_at=at)
    rows.check_fields(tenant, "level", "name", "billing_email")
    _require_level_fits(tenant)
    tenant.save(force_insert=True)
    audit.record("tenant_created", tenant, by=by)
    return tenant


@transaction.atomic
def update_tenant(*, tenant: Tenant, name: str, billing_email: str | None, by: Human | None, at: datetime) -> Tenant:
    """Another name or billing email. Raises Invalid."""
    tenant = rows.lock(tenant)
    tenant.name, tenant.billing_email = name.strip(), _or_none(billing_email)
    rows.check_fields(tenant, "name", "billing_email")
    rows.change(tenant, name=tenant.name, billing_email=tenant.billing_email, at=at)
    audit.record("tenant_updated", tenant, by=by)
    return tenant


@transaction.atomic
def suspend_tenant(*, tenant: Tenant, by: Human | None, reason: str, at: datetime) -> Tenant:
    """Take it out of service, and all below it, until it is reactivated. Raises InvalidTransition, InternalTenant."""
    reason = require_reason(reason, act="suspend a tenant")
    return _move(tenant, TenantStatus.SUSPENDED, by=by, reason=reason, at=at)


@transaction.atomic
def archive_tenant(*, tenant: Tenant, by: Human | None, reason: str, at: datetime) -> Tenant:
    """Take it out of service for good, and all below it. Raises InvalidTransition, InternalTenant."""
    reason = require_reason(reason, act="archive a tenant")
    return _move(tenant, TenantStatus.ARCHIVED, by=by, reason=reason, at=at)


@transaction.atomic
def reactivate_tenant(*, tenant: Tenant, by: Human | None, at: datetime, reason: str = "") -> Tenant:
    """Restore what was before. From archived only by an operator. Raises InvalidTransition, OperatorRequired."""
    return _move(tenant, TenantStatus.ACTIVE, by=by, reason=reason.strip(), at=at)


def _move(tenant: Tenant, status: TenantStatus, *, by: Human | None, reason: str, at: datetime) -> Tenant:
    tenant = rows.lock(tenant)
    require_transition(TRANSITIONS, thing=f"Tenant {tenant}", present=tenant.status, wanted=status)
    _require_not_internal(tenant, act=f"become {status}")
    if tenant.status == TenantStatus.ARCHIVED:
        require_operator(by, act="bring an archived tenant back")
    before = tenant.status
    rows.change(tenant, status=status, at=at)
    audit.record("tenant_moved", tenant, by=by, reason=reason, before=before, after=str(status))
    return tenant


def _require_level_fits(tenant: Tenant) -> None:
    wanted = PARENT_LEVELS[tenant.level]
    present = tenant.parent.level if tenant.parent else None
    if present not in wanted:
        words = " or ".join("no parent" if level is None else TenantLevel(level).label for level in wanted)
        raise Invalid(
            f"A {TenantLevel(tenant.level).label} goes under {words}, not under {tenant.parent or 'no parent'}.",
            field="parent" if tenant.parent else "level",
        )


def _require_not_internal(tenant: Tenant, *, act: str) -> None:
    if tenant.is_internal:
        raise InternalTenant(f"{tenant} is the internal tenant and can't {act}: it is for operators alone.")


def _or_none(email: str | None) -> str | None:
    return (email or "").strip() or None

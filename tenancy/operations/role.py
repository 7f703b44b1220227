"""Roles: granted, taken back, redefined (RULES 8-11)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from clavitor.base import audit, rows
from clavitor.base.errors import Conflict, Invalid, NotAllowed
from clavitor.base.transitions import require_reason
from tenancy.models import Human, Role, RoleAssignment, RoleName, Tenant, TenantLevel
from tenancy.operations.actors import is_operator_or_command_line, require_operator
from tenancy.operations.admins import ADMIN_ROLE, require_another_admin
from tenancy.operations.tenant import require_not_archived

PERMISSIONS = frozenset(
    {
        "tenant_admin",
        "vault_create",
        "vault_read",
        "vault_write",
        "agent_create",
        "device_enroll",
        "billing_view",
        "invoices",
    }
)


class RoleHeld(Conflict):
    """The same role on the same tenant is held once (RULES 8)."""

    code = "role_held"


class SelfGrant(NotAllowed):
    """Nobody grants a role to themselves (RULES 10)."""

    code = "self_grant"


@transaction.atomic
def grant_role(*, human: Human, tenant: Tenant, role: Role, by: Human | None, at: datetime) -> RoleAssignment:
    """`human` holds `role` on `tenant` from now on.

    Raises SelfGrant, RoleHeld, TenantArchived, NotAllowed (RULES 10: who may grant it), Invalid (where it may be held).
    """
    tenant, human = rows.lock(tenant), rows.lock(human)
    if by is not None and by.pk == human.pk:
        raise SelfGrant(f"{human} can't grant a role to themselves. Ask another admin.")
    require_not_archived(tenant)
    _require_place(role, tenant, human)
    _require_granter(role, tenant, by)
    if RoleAssignment.objects.filter(human=human, tenant=tenant, role=role).exists():
        raise RoleHeld(f"{human} is {role} of {tenant} already.", field="role")
    assignment = RoleAssignment.objects.create(human=human, tenant=tenant, role=role, granted_by=by, created_at=at)
    audit.record("role_granted", assignment, by=by, human=human.pk, tenant=tenant.pk, role=role.name)
    return assignment


@transaction.atomic
def revoke_role(*, assignment: RoleAssignment, by: Human | None, reason: str, at: datetime) -> RoleAssignment:
    """`human` no longer holds that role there. Returns the assignment that was. Raises LastAdmin, Gone."""
    reason = require_reason(reason, act="take a role away")
    tenant, human = rows.lock(assignment.tenant), rows.lock(assignment.human)
    assignment = rows.lock(assignment)
    held = RoleAssignment.objects.filter(ADMIN_ROLE, human=human, tenant=tenant)
    if held.filter(pk=assignment.pk).exists() and not held.exclude(pk=assignment.pk).exists():
        require_another_admin(tenant, besides=human, by=by, reason=reason)
    RoleAssignment.objects.filter(pk=assignment.pk).delete()
    audit.record("role_revoked", assignment, by=by, reason=reason, human=human.pk, tenant=tenant.pk)
    return assignment


@transaction.atomic
def update_role(
    *, role: Role, permissions: dict[str, Any], description: str | None, by: Human | None, at: datetime
) -> Role:
    """Redefine what a role allows, for everyone who holds it. An operator's act. Raises OperatorRequired, Invalid."""
    require_operator(by, act="redefine a role")
    role = rows.lock(role)
    _require_permissions(role, permissions)
    role.description = (description or "").strip() or None
    rows.check_fields(role, "description")
    rows.change(role, permissions=permissions, description=role.description)
    audit.record("role_updated", role, by=by, permissions=permissions)
    return role


def _require_place(role: Role, tenant: Tenant, human: Human) -> None:
    """SuperAdmin is held on the internal tenant by its own people, and nowhere else; MSPAdmin on an MSP."""
    if role.name == RoleName.SUPER_ADMIN and not (tenant.is_internal and human.tenant_id == tenant.pk):
        raise Invalid(
            f"SuperAdmin is held on the internal tenant by its own people, not by {human} on {tenant}. "
            "Make an operator with manage.py create_operator.",
            field="tenant",
        )
    if role.name == RoleName.MSP_ADMIN and (tenant.level != TenantLevel.MSP or tenant.is_internal):
        raise Invalid(f"MSPAdmin is held on an MSP, and {tenant} is none. Grant TenantAdmin there.", field="tenant")


def _require_granter(role: Role, tenant: Tenant, by: Human | None) -> None:
    """SuperAdmin comes from an operator; MSPAdmin from an MSPAdmin of the same MSP, or from an operator (RULES 10)."""
    if role.name not in (RoleName.SUPER_ADMIN, RoleName.MSP_ADMIN) or is_operator_or_command_line(by):
        return
    if role.name == RoleName.SUPER_ADMIN:
        raise NotAllowed("Only an operator grants SuperAdmin. Ask one.", field="role")
    if not RoleAssignment.objects.filter(human=by, human__status="active", tenant=tenant, role=role).exists():
        raise NotAllowed(f"Only an MSPAdmin of {tenant} or an operator grants MSPAdmin there. Ask one.", field="role")


def _require_permissions(role: Role, permissions: dict[str, Any]) -> None:
    if role.name == RoleName.SUPER_ADMIN:
        if permissions != {"all": True}:
            raise Conflict('SuperAdmin keeps {"all": true}: operators would lock themselves out.', field="permissions")
        return
    if unknown := sorted(set(permissions) - PERMISSIONS):
        raise Invalid(
            f"{', '.join(unknown)}: no such permission here. There are {', '.join(sorted(PERMISSIONS))}.",
            field="permissions",
        )
    if wrong := sorted(name for name, value in permissions.items() if not isinstance(value, bool)):
        raise Invalid(f"{', '.join(wrong)} must be true or false.", field="permissions")

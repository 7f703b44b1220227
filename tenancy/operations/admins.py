"""The last active admin of a tenant stays (RULES 11)."""

from django.db.models import Q, QuerySet

from clavitor.base.errors import Conflict
from clavitor.base.transitions import require_reason
from tenancy.models import Human, HumanStatus, RoleAssignment, Tenant, TenantStatus
from tenancy.operations.actors import is_operator_or_command_line

ADMIN_ROLE = Q(role__permissions__tenant_admin=True) | Q(role__permissions__all=True)


class LastAdmin(Conflict):
    """Without this person nobody could administer the tenant."""

    code = "last_admin"


def lock_administered(human: Human) -> list[Tenant]:
    """The tenants on which `human` holds an admin's role, locked: whoever takes an admin away from one waits here."""
    held = RoleAssignment.objects.filter(ADMIN_ROLE, human=human).values("tenant")
    return list(Tenant.objects.select_for_update(no_key=True).filter(pk__in=held).order_by("pk"))


def require_another_admin(tenant: Tenant, *, besides: Human, by: Human | None, reason: str) -> None:
    """Raise LastAdmin if `besides` is the last active admin of `tenant`, which the caller has locked.

    An operator may all the same, with a reason (raises ReasonRequired). Of the internal tenant only the command line
    may: there the last admin is the operator who acts, and would lock everyone out.
    """
    if not besides.is_active or _other_admins(tenant, besides).exists():
        return
    if tenant.is_internal and by is not None:
        raise LastAdmin(f"{besides} is the last active operator. Make another first (manage.py create_operator).")
    if not is_operator_or_command_line(by):
        raise LastAdmin(f"{besides} is the last active admin of {tenant}. Make another person an admin first.")
    require_reason(reason, act=f"leave {tenant} without an active admin")


def _other_admins(tenant: Tenant, human: Human) -> QuerySet[RoleAssignment]:
    """Of other active people; in a tenant that is in service, only of people whose own tenant is as well."""
    others = RoleAssignment.objects.filter(ADMIN_ROLE, tenant=tenant, human__status=HumanStatus.ACTIVE)
    if Tenant.objects.filter(pk=tenant.pk, effective__status=TenantStatus.ACTIVE).exists():
        others = others.filter(human__tenant__effective__status=TenantStatus.ACTIVE)
    return others.exclude(human=human)

"""The internal tenant and its operators (RULES 10)."""

from datetime import datetime

from django.db import transaction

from clavitor.base import audit, rows
from clavitor.base.errors import Conflict
from tenancy import access
from tenancy.models import Human, Role, RoleName, Tenant, TenantLevel
from tenancy.operations.human import activate_human, create_human
from tenancy.operations.role import grant_role

INTERNAL_NAME = "Clavitor"


class NotAnOperator(Conflict):
    """The address belongs to somebody who isn't an operator."""

    code = "not_an_operator"


@transaction.atomic
def ensure_internal_tenant(*, at: datetime) -> Tenant:
    """The internal tenant, made if there is none; two at once make one."""
    tenant, created = Tenant.objects.get_or_create(
        is_internal=True, defaults={"level": TenantLevel.MSP, "name": INTERNAL_NAME, "created_at": at}
    )
    if created:
        audit.record("tenant_created", tenant, by=None)
    return tenant


@transaction.atomic
def create_operator(*, email: str, name: str, at: datetime) -> Human:
    """The operator with that email: made, with the internal tenant, if there is none; as it is if there is one.

    Raises Invalid for a malformed email, NotAnOperator for one that belongs to somebody else.
    """
    tenant = rows.lock(ensure_internal_tenant(at=at))
    human = Human.objects.with_email(email.strip()).first()
    if human is None:
        return _new_operator(tenant, email, name, at)
    if not access.is_operator(human):
        raise NotAnOperator(_what_to_do(human, tenant), field="email")
    return human


def _new_operator(tenant: Tenant, email: str, name: str, at: datetime) -> Human:
    human = create_human(tenant=tenant, email=email, name=name, by=None, at=at)
    role = Role.objects.get(name=RoleName.SUPER_ADMIN)
    grant_role(human=human, tenant=tenant, role=role, by=None, at=at)
    return activate_human(human=human, by=None, at=at)


def _what_to_do(human: Human, internal: Tenant) -> str:
    if human.tenant_id != internal.pk:
        return f"{human.email} belongs to a person of {human.tenant}, who can't be an operator. Use another address."
    return (
        f"{human.email} belongs to a person of the internal tenant who isn't an operator now (status {human.status}). "
        "Use another address, or have an operator activate them and grant SuperAdmin in the admin."
    )

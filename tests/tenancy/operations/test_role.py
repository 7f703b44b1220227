"""Roles: granted, taken back, redefined (RULES 8-10)."""

from typing import Any

import pytest

from tenancy import operations
from tenancy.models import Human, Role, RoleAssignment, RoleName, Tenant
from tests.acts import NOW, race, refused
from tests.database import CommittedDatabase
from tests.factories import HumanFactory, OperatorFactory, RoleAssignmentFactory, TenantFactory

ORDINARY = [RoleName.TENANT_ADMIN, RoleName.VAULT_USER, RoleName.BILLING_ADMIN, RoleName.READ_ONLY]


def grant(human: Human, tenant: Tenant, role_name: str, by: Human | None) -> RoleAssignment:
    role = Role.objects.get(name=role_name)
    return operations.grant_role(human=human, tenant=tenant, role=role, by=by, at=NOW)


def update(role_name: str, permissions: dict[str, Any], by: Human | None = None, description: str = "") -> Role:
    role = Role.objects.get(name=role_name)
    return operations.update_role(role=role, permissions=permissions, description=description, by=by, at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("role_name", ORDINARY)
def test_a_role_is_granted(role_name: str) -> None:
    human, tenant, admin = HumanFactory(), TenantFactory(), HumanFactory()

    assignment = grant(human, tenant, role_name, admin)

    assignment.refresh_from_db()
    assert (assignment.human, assignment.tenant, assignment.role.name) == (human, tenant, role_name)
    assert (assignment.granted_by, assignment.created_at) == (admin, NOW)


@pytest.mark.django_db
def test_several_roles_may_be_held_on_one_tenant_each_once() -> None:
    held = RoleAssignmentFactory()
    assert grant(held.human, held.tenant, RoleName.BILLING_ADMIN, None).pk
    with refused("role_held", field="role"):
        grant(held.human, held.tenant, RoleName.READ_ONLY, None)


@pytest.mark.django_db
@pytest.mark.parametrize("role_name", [RoleName.READ_ONLY, RoleName.SUPER_ADMIN])
def test_nobody_grants_to_themselves_not_even_an_operator(role_name: str) -> None:
    operator = OperatorFactory()
    with refused("self_grant"):
        grant(operator, operator.tenant, role_name, operator)


@pytest.mark.django_db
def test_nothing_is_granted_on_an_archived_tenant() -> None:
    human, tenant = HumanFactory(), TenantFactory(archived=True)
    with refused("tenant_archived", field="tenant"):
        grant(human, tenant, RoleName.READ_ONLY, None)


@pytest.mark.django_db
def test_an_operator_makes_a_colleague_an_operator() -> None:
    operator = OperatorFactory()
    colleague = HumanFactory(tenant=operator.tenant)

    grant(colleague, operator.tenant, RoleName.SUPER_ADMIN, operator)

    assert Human.objects.get(pk=colleague.pk).is_staff


@pytest.mark.django_db
def test_super_admin_is_held_on_the_internal_tenant_by_its_own_people_alone() -> None:
    operator, msp = OperatorFactory(), TenantFactory(msp=True)
    colleague, stranger = HumanFactory(tenant=operator.tenant), HumanFactory(tenant=msp)
    with refused("invalid", field="tenant"):
        grant(colleague, msp, RoleName.SUPER_ADMIN, operator)
    with refused("invalid", field="tenant"):
        grant(stranger, operator.tenant, RoleName.SUPER_ADMIN, operator)


@pytest.mark.django_db
def test_super_admin_is_granted_by_an_operator_alone() -> None:
    operator = OperatorFactory()
    colleague, other = HumanFactory(tenant=operator.tenant), HumanFactory(tenant=operator.tenant)
    with refused("not_allowed", field="role"):
        grant(colleague, operator.tenant, RoleName.SUPER_ADMIN, other)


@pytest.mark.django_db
def test_msp_admin_is_held_on_an_msp_alone() -> None:
    human, operator = HumanFactory(), OperatorFactory(tenant=TenantFactory(msp=True, internal=True))
    customer = TenantFactory(customer=True)
    for tenant in (customer, operator.tenant):
        with refused("invalid", field="tenant"):
            grant(human, tenant, RoleName.MSP_ADMIN, operator)


@pytest.mark.django_db
def test_msp_admin_is_granted_by_an_operator_or_an_active_one_of_the_same_msp() -> None:
    msp, human, operator = TenantFactory(msp=True), HumanFactory(), OperatorFactory()
    granter = grant(human, msp, RoleName.MSP_ADMIN, operator).human
    assert grant(HumanFactory(), msp, RoleName.MSP_ADMIN, granter).pk

    tenant_admin = RoleAssignmentFactory(tenant=msp, role_name=RoleName.TENANT_ADMIN).human
    elsewhere = RoleAssignmentFactory(tenant=TenantFactory(msp=True), role_name=RoleName.MSP_ADMIN).human
    absent = RoleAssignmentFactory(tenant=msp, role_name=RoleName.MSP_ADMIN, human__suspended=True).human
    stranger = HumanFactory()
    for by in (tenant_admin, elsewhere, absent):
        with refused("not_allowed", field="role"):
            grant(stranger, msp, RoleName.MSP_ADMIN, by)


@pytest.mark.django_db
def test_a_role_is_taken_back() -> None:
    held = RoleAssignmentFactory()

    was = operations.revoke_role(assignment=held, by=None, reason="moved on", at=NOW)

    assert was.pk == held.pk
    assert not RoleAssignment.objects.filter(pk=held.pk).exists()


@pytest.mark.django_db
def test_taking_a_role_back_needs_a_reason_and_the_role() -> None:
    held = RoleAssignmentFactory()
    with refused("reason_required", field="reason"):
        operations.revoke_role(assignment=held, by=None, reason=" ", at=NOW)
    RoleAssignment.objects.filter(pk=held.pk).delete()
    with refused("gone"):
        operations.revoke_role(assignment=held, by=None, reason="moved on", at=NOW)


def test_a_role_that_is_granted_twice_at_once_is_held_once(committed_db: CommittedDatabase) -> None:
    human, tenant = HumanFactory(), TenantFactory()

    def grant_once() -> RoleAssignment:
        return grant(human, tenant, RoleName.VAULT_USER, None)

    assert isinstance(race(committed_db, grant_once, grant_once), operations.RoleHeld)


@pytest.mark.django_db
def test_an_operator_redefines_a_role() -> None:
    role = update(RoleName.VAULT_USER, {"vault_read": True, "vault_write": False}, OperatorFactory(), " Reads ")

    role.refresh_from_db()
    assert (role.permissions, role.description) == ({"vault_read": True, "vault_write": False}, "Reads")
    assert update(RoleName.VAULT_USER, {}).description is None


@pytest.mark.django_db
def test_nobody_else_redefines_a_role() -> None:
    admin = RoleAssignmentFactory(role_name=RoleName.TENANT_ADMIN).human
    with refused("operator_required"):
        update(RoleName.VAULT_USER, {"vault_read": True}, admin)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("permissions", "named"),
    [({"all": True}, "all"), ({"vault_raed": True}, "raed"), ({"vault_read": 1}, "vault_read")],
)
def test_a_permission_that_is_none_is_named(permissions: dict[str, Any], named: str) -> None:
    with refused("invalid", field="permissions") as caught:
        update(RoleName.READ_ONLY, permissions)
    assert named in caught.error.message


@pytest.mark.django_db
def test_super_admin_keeps_all() -> None:
    with refused("conflict", field="permissions"):
        update(RoleName.SUPER_ADMIN, {"vault_read": True})
    assert update(RoleName.SUPER_ADMIN, {"all": True}, description="Operators").description == "Operators"

"""The last active admin of a tenant can't be removed, suspended or demoted (RULES 11)."""

from collections.abc import Callable
from typing import Any

import pytest

from tenancy import operations
from tenancy.models import Human, RoleAssignment, RoleName, Tenant
from tests.acts import NOW, race, refused
from tests.database import CommittedDatabase
from tests.factories import HumanFactory, OperatorFactory, RoleAssignmentFactory, TenantFactory


def suspend(human: Human, by: Human | None) -> Any:
    return operations.suspend_human(human=human, by=by, reason="gone wild", at=NOW)


def deactivate(human: Human, by: Human | None) -> Any:
    return operations.deactivate_human(human=human, by=by, reason="has left", at=NOW)


def demote(human: Human, by: Human | None) -> Any:
    assignment = RoleAssignment.objects.filter(human=human).exclude(role__name=RoleName.READ_ONLY).first()
    return operations.revoke_role(assignment=assignment, by=by, reason="a mistake", at=NOW)


WAYS = pytest.mark.parametrize("take_away", [suspend, deactivate, demote])
TakeAway = Callable[[Human, Human | None], Any]


def admin_of(tenant: Tenant, role_name: str = RoleName.TENANT_ADMIN, **person: Any) -> Human:
    human: Human = HumanFactory(**{"tenant": tenant, **person})
    RoleAssignmentFactory(human=human, tenant=tenant, role_name=role_name)
    return human


def active_admins(tenant: Tenant) -> int:
    held = RoleAssignment.objects.filter(tenant=tenant, human__status="active", role__permissions__tenant_admin=True)
    return held.values("human").distinct().count()


@pytest.mark.django_db
@WAYS
@pytest.mark.parametrize(
    ("msp", "role_name"), [(False, RoleName.TENANT_ADMIN), (True, RoleName.MSP_ADMIN), (True, RoleName.TENANT_ADMIN)]
)
def test_the_last_admin_stays(take_away: TakeAway, msp: bool, role_name: str) -> None:
    tenant = TenantFactory(msp=msp)
    last, bystander = admin_of(tenant, role_name), HumanFactory(tenant=tenant)
    RoleAssignmentFactory(human=bystander, tenant=tenant)
    admin_of(TenantFactory(), RoleName.TENANT_ADMIN)
    with refused("last_admin"):
        take_away(last, bystander)


@pytest.mark.django_db
@WAYS
def test_one_of_two_admins_may_go(take_away: TakeAway) -> None:
    tenant = TenantFactory()
    one, other = admin_of(tenant), admin_of(tenant)

    take_away(one, other)

    assert active_admins(tenant) == 1


@pytest.mark.django_db
@WAYS
@pytest.mark.parametrize("state", ["inactive", "suspended"])
def test_an_admin_who_is_not_active_does_not_count(take_away: TakeAway, state: str) -> None:
    tenant = TenantFactory()
    last, absent = admin_of(tenant), admin_of(tenant, status=state)
    with refused("last_admin"):
        take_away(last, absent)


@pytest.mark.django_db
def test_an_admin_of_a_suspended_tenant_does_not_count_where_service_goes_on() -> None:
    tenant = TenantFactory()
    last = admin_of(tenant)
    RoleAssignmentFactory(human__tenant__suspended=True, tenant=tenant, role_name=RoleName.TENANT_ADMIN)
    with refused("last_admin"):
        suspend(last, last)


@pytest.mark.django_db
def test_while_the_tenant_itself_is_suspended_its_admins_still_count() -> None:
    tenant = TenantFactory(suspended=True)
    one, other = admin_of(tenant), admin_of(tenant)

    suspend(one, other)

    with refused("last_admin"):
        suspend(other, other)


@pytest.mark.django_db
@WAYS
def test_an_operator_may_take_the_last_admin_away(take_away: TakeAway) -> None:
    tenant = TenantFactory()

    take_away(admin_of(tenant), OperatorFactory())

    assert active_admins(tenant) == 0


@pytest.mark.django_db
def test_an_operator_needs_a_reason_to_let_the_last_admin_go() -> None:
    tenant, operator = TenantFactory(), OperatorFactory()
    last, other = admin_of(tenant), HumanFactory()
    with refused("reason_required", field="reason"):
        operations.deactivate_human(human=last, by=operator, at=NOW)
    assert operations.deactivate_human(human=other, by=operator, at=NOW).status == "inactive"


@pytest.mark.django_db
def test_an_admin_who_is_suspended_already_may_be_removed() -> None:
    tenant = TenantFactory()
    last = admin_of(tenant, suspended=True)

    demote(last, admin_of(TenantFactory()))

    assert not RoleAssignment.objects.filter(human=last).exists()


@pytest.mark.django_db
def test_one_of_two_admin_roles_may_go() -> None:
    tenant = TenantFactory(msp=True)
    last = admin_of(tenant, RoleName.MSP_ADMIN)
    RoleAssignmentFactory(human=last, tenant=tenant, role_name=RoleName.TENANT_ADMIN)

    demote(last, last)

    assert active_admins(tenant) == 1


@pytest.mark.django_db
@WAYS
def test_the_last_operator_can_not_lock_everyone_out_but_the_command_line_can(take_away: TakeAway) -> None:
    last = OperatorFactory()
    with refused("last_admin"):
        take_away(last, last)

    take_away(last, None)

    assert not Human.objects.get(pk=last.pk).is_staff


@WAYS
def test_of_two_admins_who_are_taken_away_at_once_one_stays(
    committed_db: CommittedDatabase, take_away: TakeAway
) -> None:
    tenant = TenantFactory()
    one, other = admin_of(tenant), admin_of(tenant)

    outcome = race(committed_db, lambda: take_away(one, other), lambda: take_away(other, one))

    assert isinstance(outcome, operations.LastAdmin)
    assert active_admins(tenant) == 1


def test_two_admins_who_demote_each_other_in_different_ways_do_not_both_go(committed_db: CommittedDatabase) -> None:
    tenant = TenantFactory()
    one, other = admin_of(tenant), admin_of(tenant)

    outcome = race(committed_db, lambda: demote(one, other), lambda: suspend(other, one))

    assert isinstance(outcome, operations.LastAdmin)
    assert active_admins(tenant) == 1


def test_an_admin_whose_role_is_just_being_granted_is_found(committed_db: CommittedDatabase) -> None:
    tenant, operator = TenantFactory(), OperatorFactory()
    human, role = HumanFactory(), RoleAssignmentFactory(role_name=RoleName.TENANT_ADMIN).role

    outcome = race(
        committed_db,
        lambda: operations.grant_role(human=human, tenant=tenant, role=role, by=operator, at=NOW),
        lambda: suspend(human, HumanFactory()),
    )

    assert isinstance(outcome, operations.LastAdmin)

"""Tenants: made, renamed, suspended, archived, brought back (RULES 5, 6)."""

import itertools

import pytest

from tenancy import operations
from tenancy.models import Tenant, TenantLevel, TenantStatus
from tests.acts import NOW, refused
from tests.factories import HumanFactory, OperatorFactory, TenantFactory

MSP, CUSTOMER, DEPT = TenantLevel.MSP, TenantLevel.CUSTOMER, TenantLevel.DEPT
ACTIVE, SUSPENDED, ARCHIVED = TenantStatus.ACTIVE, TenantStatus.SUSPENDED, TenantStatus.ARCHIVED
MOVES = {
    ACTIVE: operations.reactivate_tenant,
    SUSPENDED: operations.suspend_tenant,
    ARCHIVED: operations.archive_tenant,
}
ALLOWED = {(ACTIVE, SUSPENDED), (ACTIVE, ARCHIVED), (SUSPENDED, ACTIVE), (SUSPENDED, ARCHIVED), (ARCHIVED, ACTIVE)}
REFUSED = [pair for pair in itertools.product(MOVES, MOVES) if pair not in ALLOWED]

pytestmark = pytest.mark.django_db


def create(parent: Tenant | None, level: int, **given: str | None) -> Tenant:
    given = {"name": "Acme", "billing_email": "bills@acme.example", **given}
    return operations.create_tenant(parent=parent, level=level, by=None, at=NOW, **given)


@pytest.mark.parametrize(("parent_level", "level"), [(None, MSP), (None, CUSTOMER), (MSP, CUSTOMER), (CUSTOMER, DEPT)])
def test_a_tenant_is_made_where_its_level_fits(parent_level: int | None, level: int) -> None:
    parent = TenantFactory(level=parent_level) if parent_level else None

    tenant = create(parent, level, name="  Acme ", billing_email=" bills@acme.example ")

    tenant.refresh_from_db()
    assert (tenant.parent, tenant.level, tenant.name) == (parent, level, "Acme")
    assert (tenant.billing_email, tenant.status, tenant.created_at) == ("bills@acme.example", ACTIVE, NOW)


@pytest.mark.parametrize(
    ("parent_level", "level", "field"),
    [
        (None, DEPT, "level"),
        (MSP, MSP, "parent"),
        (MSP, DEPT, "parent"),
        (CUSTOMER, MSP, "parent"),
        (CUSTOMER, CUSTOMER, "parent"),
    ],
)
def test_a_level_that_does_not_fit_its_parent_is_refused(parent_level: int | None, level: int, field: str) -> None:
    parent = TenantFactory(level=parent_level) if parent_level else None
    with refused("invalid", field=field):
        create(parent, level)


@pytest.mark.parametrize(
    ("values", "field"), [({"name": "  "}, "name"), ({"billing_email": "nobody"}, "billing_email"), ({}, "level")]
)
def test_a_wrong_value_is_named(values: dict[str, str], field: str) -> None:
    with refused("invalid", field=field) as caught:
        create(None, CUSTOMER if values else 4, **values)
    assert field in caught.error.message


def test_no_billing_email_is_kept_as_none() -> None:
    assert create(None, CUSTOMER, billing_email=" ").billing_email is None


def test_nothing_is_made_below_an_archived_tenant_even_one_further_up() -> None:
    customer = TenantFactory(parent=TenantFactory(msp=True, archived=True))
    with refused("tenant_archived", field="tenant"):
        create(customer, DEPT)


def test_nothing_is_made_below_the_internal_tenant() -> None:
    internal = operations.ensure_internal_tenant(at=NOW)
    with refused("internal_tenant"):
        create(internal, CUSTOMER)


def test_a_tenant_gets_another_name_and_billing_email() -> None:
    tenant = TenantFactory(suspended=True)

    updated = operations.update_tenant(tenant=tenant, name=" New ", billing_email="", by=None, at=NOW)

    tenant.refresh_from_db()
    assert (tenant.name, tenant.billing_email, tenant.updated_at) == ("New", None, NOW)
    assert (tenant.status, updated) == (SUSPENDED, tenant)


def test_a_wrong_new_name_is_refused() -> None:
    tenant = TenantFactory()
    with refused("invalid", field="name"):
        operations.update_tenant(tenant=tenant, name="", billing_email=None, by=None, at=NOW)


@pytest.mark.parametrize(("present", "wanted"), sorted(ALLOWED))
def test_every_allowed_move_is_made(present: TenantStatus, wanted: TenantStatus) -> None:
    tenant = TenantFactory(status=present)

    moved = MOVES[wanted](tenant=tenant, by=OperatorFactory(), reason="asked to", at=NOW)

    tenant.refresh_from_db()
    assert (tenant.status, tenant.updated_at, moved.status) == (wanted, NOW, wanted)


@pytest.mark.parametrize(("present", "wanted"), REFUSED)
def test_every_other_move_is_refused_and_says_what_is_possible(present: TenantStatus, wanted: TenantStatus) -> None:
    tenant = TenantFactory(status=present)
    with refused("invalid_transition", field="status") as caught:
        MOVES[wanted](tenant=tenant, by=None, reason="asked to", at=NOW)
    for possible in (after for before, after in ALLOWED if before == present):
        assert possible in caught.error.message


@pytest.mark.parametrize("wanted", [SUSPENDED, ARCHIVED])
def test_suspending_and_archiving_need_a_reason(wanted: TenantStatus) -> None:
    tenant = TenantFactory()
    with refused("reason_required", field="reason"):
        MOVES[wanted](tenant=tenant, by=None, reason="  ", at=NOW)


def test_only_an_operator_brings_an_archived_tenant_back() -> None:
    tenant, somebody = TenantFactory(archived=True), HumanFactory()
    with refused("operator_required"):
        operations.reactivate_tenant(tenant=tenant, by=somebody, at=NOW)
    assert operations.reactivate_tenant(tenant=tenant, by=None, at=NOW).status == ACTIVE


@pytest.mark.parametrize("wanted", [SUSPENDED, ARCHIVED])
def test_the_internal_tenant_stays_in_service(wanted: TenantStatus) -> None:
    operator = OperatorFactory()
    with refused("internal_tenant"):
        MOVES[wanted](tenant=operator.tenant, by=operator, reason="a slip", at=NOW)


def test_lifting_a_suspension_restores_what_was_below() -> None:
    msp = TenantFactory(msp=True)
    active, archived = TenantFactory(parent=msp), TenantFactory(parent=msp, archived=True)

    operations.suspend_tenant(tenant=msp, by=None, reason="unpaid", at=NOW)
    assert Tenant.objects.get(effective__tenant=active).effective.status == SUSPENDED
    operations.reactivate_tenant(tenant=msp, by=None, at=NOW)

    assert Tenant.objects.get(pk=active.pk).effective.status == ACTIVE
    assert Tenant.objects.get(pk=archived.pk).effective.status == ARCHIVED

"""The internal tenant and its operators (RULES 10)."""

import pytest

from tenancy import operations
from tenancy.models import Human, RoleAssignment, Tenant, TenantLevel
from tests.acts import NOW, race, refused
from tests.database import CommittedDatabase
from tests.factories import HumanFactory, OperatorFactory, TenantFactory


def create(email: str = "ann@example.com") -> Human:
    return operations.create_operator(email=email, name="Ann", at=NOW)


@pytest.mark.django_db
def test_the_first_operator_brings_the_internal_tenant_along() -> None:
    operator = create()

    operator = Human.objects.get(pk=operator.pk)
    assert (operator.is_active, operator.is_staff, operator.has_usable_password()) == (True, True, False)
    tenant = operator.tenant
    assert (tenant.name, tenant.level, tenant.is_internal) == ("Clavitor", TenantLevel.MSP, True)


@pytest.mark.django_db
def test_a_second_operator_joins_the_internal_tenant_there_is() -> None:
    assert create("bob@example.com").tenant == create().tenant


@pytest.mark.django_db
def test_the_same_email_again_in_any_case_changes_nothing() -> None:
    operator = create()

    assert create(" ANN@example.com ") == operator
    assert (Human.objects.count(), RoleAssignment.objects.count(), Tenant.objects.count()) == (1, 1, 1)


@pytest.mark.django_db
def test_a_malformed_email_is_refused_and_makes_no_tenant() -> None:
    with refused("invalid", field="email") as caught:
        create("ann at example")
    assert "'ann at example'" in caught.error.message


@pytest.mark.django_db
def test_a_customers_address_is_refused() -> None:
    customer = TenantFactory(name="Acme")
    HumanFactory(email="ann@example.com", tenant=customer)
    with refused("not_an_operator", field="email") as caught:
        create()
    assert "Acme" in caught.error.message


@pytest.mark.django_db
def test_a_colleague_who_is_no_operator_any_more_is_not_made_one_behind_the_others_backs() -> None:
    operator = OperatorFactory()
    HumanFactory(email="ann@example.com", tenant=operator.tenant, suspended=True)
    with refused("not_an_operator", field="email") as caught:
        create()
    assert "suspended" in caught.error.message


def test_the_same_email_twice_at_once_is_one_operator(committed_db: CommittedDatabase) -> None:
    create("bob@example.com")

    outcome = race(committed_db, create, create)

    assert outcome == Human.objects.get(email="ann@example.com")


def test_two_first_operators_at_once_share_one_internal_tenant(committed_db: CommittedDatabase) -> None:
    outcome = race(committed_db, create, lambda: create("bob@example.com"))

    assert outcome.tenant == Tenant.objects.get(is_internal=True)
    assert Human.objects.count() == 2

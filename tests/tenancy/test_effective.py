"""A tenant's effective status is the worst of its own and its ancestors' (RULES 6), in every combination."""

from itertools import product

import pytest
from django.db import connection

from tenancy.models import EffectiveTenant, Tenant, TenantLevel, TenantStatus
from tests import factories

WORSE = ["active", "suspended", "archived"]  # each worse than the one before


def worst(*statuses: str) -> str:
    return max(statuses, key=WORSE.index)


def effective() -> dict[str, str]:
    """Each tenant's effective status, by its name."""
    return dict(EffectiveTenant.objects.values_list("tenant__name", "status"))


@pytest.mark.parametrize("statuses", list(product(TenantStatus.values, repeat=3)), ids="-".join)
def test_the_worst_of_the_branch(db: None, statuses: tuple[str, str, str]) -> None:
    msp = factories.TenantFactory(name="msp", msp=True, status=statuses[0])
    customer = factories.TenantFactory(name="customer", parent=msp, status=statuses[1])
    factories.TenantFactory(name="dept", parent=customer, status=statuses[2])
    assert effective() == {
        "msp": statuses[0],
        "customer": worst(*statuses[:2]),
        "dept": worst(*statuses),
    }


@pytest.mark.parametrize("statuses", list(product(TenantStatus.values, repeat=2)), ids="-".join)
def test_a_customer_may_be_the_root(db: None, statuses: tuple[str, str]) -> None:
    customer = factories.TenantFactory(name="customer", status=statuses[0])
    factories.TenantFactory(name="dept", parent=customer, status=statuses[1])
    assert effective() == {"customer": statuses[0], "dept": worst(*statuses)}


def test_neither_children_nor_neighbours_count(db: None) -> None:
    msp = factories.TenantFactory(name="msp", msp=True)
    for status in TenantStatus.values:
        factories.TenantFactory(name=status, parent=msp, status=status)
    assert effective() == {"msp": "active", "active": "active", "suspended": "suspended", "archived": "archived"}


def test_lifting_a_suspension_restores_exactly_what_was(db: None) -> None:
    msp = factories.TenantFactory(name="msp", msp=True)
    held = factories.TenantFactory(name="held", parent=msp, suspended=True)
    factories.TenantFactory(name="free", parent=msp)
    factories.TenantFactory(name="gone", parent=held, archived=True)
    before = effective()
    Tenant.objects.filter(name="msp").update(status="suspended")
    assert effective() == {"msp": "suspended", "held": "suspended", "free": "suspended", "gone": "archived"}
    Tenant.objects.filter(name="msp").update(status="active")
    assert effective() == before == {"msp": "active", "held": "suspended", "free": "active", "gone": "archived"}


def test_there_is_one_row_for_each_tenant_and_it_joins(db: None, django_assert_max_num_queries) -> None:  # noqa: ANN001
    factories.TenantFactory.create_batch(3, customer=True)
    with django_assert_max_num_queries(1):
        statuses = [tenant.effective.status for tenant in Tenant.objects.select_related("effective")]
    assert statuses == ["active"] * 6


def test_three_levels_are_all_there_can_be(db: None) -> None:
    """The view looks two parents up. That is enough because the database admits no deeper branch."""
    assert TenantLevel.values == [1, 2, 3]
    dept = factories.TenantFactory(dept=True)
    with pytest.raises(Exception, match="tenants_level_known|tenants_level_fits_parent"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenants (id, parent_id, level, name, created_at) VALUES (9, %s, 4, 'x', now())", [dept.pk]
        )

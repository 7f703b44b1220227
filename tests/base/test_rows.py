"""Rows as operations handle them."""

from datetime import timedelta

import pytest

from clavitor.base import rows
from clavitor.base.errors import Invalid
from tenancy.models import Tenant
from tests.acts import NOW
from tests.factories import HumanFactory, TenantFactory

pytestmark = pytest.mark.django_db


def test_a_lock_reads_afresh_and_leaves_the_callers_row_alone() -> None:
    stale = TenantFactory(name="Old")
    Tenant.objects.update(name="New")
    assert (rows.lock(stale).name, stale.name) == ("New", "Old")


def test_a_row_that_is_gone_is_named() -> None:
    tenant = TenantFactory()
    Tenant.objects.filter(pk=tenant.pk).delete()
    with pytest.raises(rows.Gone, match=f"tenant {tenant.pk}"):
        rows.lock(tenant)


def test_a_wrong_field_is_named_with_its_value() -> None:
    with pytest.raises(Invalid, match="'nobody'") as caught:
        rows.check_fields(HumanFactory.build(email="nobody"), "name", "email")
    assert caught.value.field == "email"


def test_a_change_saves_what_it_names_alone() -> None:
    tenant = TenantFactory(name="Old")
    Tenant.objects.update(billing_email="new@example.com", updated_at=NOW)

    rows.change(tenant, name="New")
    tenant.refresh_from_db()
    assert (tenant.name, tenant.billing_email, tenant.updated_at) == ("New", "new@example.com", NOW)

    rows.change(tenant, name="Newer", at=NOW + timedelta(days=1))
    tenant.refresh_from_db()
    assert (tenant.name, tenant.updated_at) == ("Newer", NOW + timedelta(days=1))

"""Query budgets: no list and no page of the admin asks more of the database because there are more rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenancy.models import Human, Tenant
from tests import factories
from tests.operator import page, signed_in
from vaults.models import Vault

LIST_BUDGET = 10  # session, operator, the estimate, keys, rows, and what a table's own filters ask
PAGE_BUDGET = 24  # as above, and a count for each thing that hangs on the row
FIRST_PAGE_BUDGET = 12


def log_entries(number: int) -> None:
    by = Human.objects.get(role_assignments__role__name="SuperAdmin")
    for tenant in factories.TenantFactory.create_batch(number):
        LogEntry.objects.log_actions(by.pk, [tenant], CHANGE, "Suspended: unpaid", single_object=True)


def tree_of_tenants(number: int) -> None:
    customer = factories.TenantFactory(customer=True)
    factories.TenantFactory.create_batch(number - 2, parent=customer)


MAKERS: dict[str, Callable[[int], Any]] = {
    "tenancy_tenant": tree_of_tenants,
    "tenancy_human": lambda number: factories.HumanFactory.create_batch(number, tenant__dept=True),
    "tenancy_role": lambda number: None,
    "tenancy_roleassignment": lambda number: factories.RoleAssignmentFactory.create_batch(number),
    "billing_plan": lambda number: None,
    "billing_subscription": lambda number: factories.SubscriptionFactory.create_batch(number, tenant__dept=True),
    "billing_billingevent": lambda number: [
        factories.BillingEventFactory(vault=vault, tenant=vault.tenant, subscription=vault.subscription)
        for vault in factories.VaultFactory.create_batch(number)
    ],
    "vaults_vault": lambda number: factories.VaultFactory.create_batch(number, owned=True, tenant__dept=True),
    "vaults_credential": lambda number: factories.CredentialFactory.create_batch(number, revoked=True),
    "vaults_agenttoken": lambda number: factories.AgentTokenFactory.create_batch(number),
    "sync_pop": lambda number: factories.PopFactory.create_batch(number),
    "sync_popkey": lambda number: factories.PopKeyFactory.create_batch(number),
    "admin_logentry": log_entries,
}


def name_of(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


def queries(client: Client, address: str) -> list[str]:
    """What a page asks, but for the estimate of its rows, which it needs only where another page follows."""
    client.get(address)  # what is read once a process is read now: content types
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200, address
    return [each["sql"] for each in asked if "reltuples" not in each["sql"]]


def test_every_registered_table_is_tried() -> None:
    assert {name_of(model) for model in admin.site._registry} == set(MAKERS)


@pytest.mark.parametrize("model", MAKERS)
def test_a_list_asks_the_same_at_10_rows_and_at_200(db: None, model: str) -> None:
    client, _ = signed_in()
    MAKERS[model](10)
    few = queries(client, page(model))
    MAKERS[model](190)
    many = queries(client, page(model))
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= LIST_BUDGET, "\n".join(many)


@pytest.mark.parametrize("model", MAKERS)
def test_a_row_s_page_stays_within_its_budget(db: None, model: str) -> None:
    client, _ = signed_in()
    MAKERS[model](3)
    row = next(each for each in admin.site._registry if name_of(each) == model)._default_manager.order_by("pk").last()
    asked = queries(client, page(model, "change", row.pk))
    assert len(asked) <= PAGE_BUDGET, "\n".join(asked)


def fill_tenant(number: int) -> str:
    tenant = Tenant.objects.filter(name="Full").first() or factories.TenantFactory(msp=True, name="Full")
    factories.TenantFactory.create_batch(number, parent=tenant)
    factories.HumanFactory.create_batch(number, tenant=tenant)
    factories.CredentialFactory.create_batch(number, vault__tenant=tenant)
    return page("tenancy_tenant", "change", tenant.pk)


def fill_human(number: int) -> str:
    human = Human.objects.filter(name="Full").first() or factories.HumanFactory(name="Full")
    for tenant in factories.TenantFactory.create_batch(number, dept=True):
        factories.RoleAssignmentFactory(human=human, tenant=tenant)
    return page("tenancy_human", "change", human.pk)


def fill_vault(number: int) -> str:
    vault = Vault.objects.filter(l0="00000fa0").first() or factories.VaultFactory(l0="00000fa0")
    factories.CredentialFactory.create_batch(number, vault=vault)
    factories.AgentTokenFactory.create_batch(number, vault=vault)
    return page("vaults_vault", "change", vault.pk)


@pytest.mark.parametrize("fill", [fill_tenant, fill_human, fill_vault])
def test_a_full_row_s_page_asks_the_same_with_10_belongings_and_with_200(db: None, fill: Callable[[int], str]) -> None:
    client, _ = signed_in()
    few = queries(client, fill(30))  # more than a page of an inline already
    many = queries(client, fill(170))
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= PAGE_BUDGET, "\n".join(many)


def test_the_first_page_stays_within_its_budget(db: None) -> None:
    client, _ = signed_in()
    factories.CredentialFactory.create_batch(20)
    factories.PopFactory.create_batch(20)
    asked = queries(client, "/admin/")
    assert len(asked) <= FIRST_PAGE_BUDGET, "\n".join(asked)


@pytest.mark.parametrize("field", ["tenant", "owner_human", "subscription"])
def test_a_look_up_asks_the_same_however_many_it_offers(db: None, field: str) -> None:
    client, _ = signed_in()
    address = f"/admin/autocomplete/?app_label=vaults&model_name=vault&field_name={field}&term="
    MAKERS["vaults_vault"](2)
    few = queries(client, address)
    MAKERS["vaults_vault"](15)
    assert len(few) == len(queries(client, address))

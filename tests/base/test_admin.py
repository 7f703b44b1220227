"""What every list and page of the admin has in common."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_display import NOTHING, badge, link, links, money, short_hash
from clavitor.base.admin_paging import UncountedPaginator, estimated_rows
from tenancy.models import Tenant
from tests.factories import (
    AgentTokenFactory,
    CredentialFactory,
    HumanFactory,
    PlanFactory,
    PopFactory,
    RoleAssignmentFactory,
    SubscriptionFactory,
    TenantFactory,
    VaultFactory,
)
from tests.operator import page, signed_in, text
from vaults.admin import dashboard

PASSWORD = "correct horse battery"


@pytest.fixture
def client(db: None) -> Client:
    return signed_in()[0]


def test_every_table_has_pages_of_our_own_kind() -> None:
    registered = admin.site._registry
    assert all(isinstance(each, RegistryAdmin) for each in registered.values())
    tables = {model._meta.db_table for model in registered}
    assert tables >= {
        *("tenants", "humans", "roles", "role_assignments", "subscriptions", "vaults", "credentials"),
        *("billing_events", "pop_sync_state", "agent_tokens", "plans", "pop_keys"),
    }


def test_nothing_can_be_deleted_anywhere(client: Client) -> None:
    for model, pages in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert "delete_selected" not in pages.get_actions(client.get(page(name)).wsgi_request)
        assert client.post(page(name, "delete", "1"), {"post": "yes"}).status_code in (302, 403), name


def test_every_foreign_key_that_can_be_chosen_is_looked_up_not_listed(client: Client) -> None:
    for model, pages in admin.site._registry.items():
        if not pages.creates:
            continue
        form = pages.get_form(client.get(page("tenancy_tenant")).wsgi_request)
        chosen = {name for name in form.base_fields if name in {f.name for f in model._meta.fields if f.is_relation}}
        assert chosen <= set(pages.autocomplete_fields), model


def test_a_page_shows_which_rows_it_holds_and_whether_more_follow(client: Client) -> None:
    TenantFactory.create_batch(60)
    first = text(client.get(page("tenancy_human"), {"p": 1}))
    assert "1–1 of 1" in first
    assert re.search(r"1–50 (and more|of about \d+) Next", text(client.get(page("tenancy_tenant"))))
    assert "51–61 of 61 Previous" in text(client.get(page("tenancy_tenant"), {"p": 2}))


def test_a_list_says_about_how_many_rows_there_are_once_postgresql_knows(client: Client) -> None:
    TenantFactory.create_batch(60)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tenants")
    assert estimated_rows("tenants") == 61
    assert "1–50 of about 61" in text(client.get(page("tenancy_tenant")))
    assert "1–50 and more" in text(client.get(page("tenancy_tenant"), {"level__exact": 2}))


def test_there_is_no_estimate_of_what_is_not_there(db: None) -> None:
    assert estimated_rows("no_such_table") is None


def test_a_page_beyond_the_end_is_empty_and_a_senseless_one_leads_back(client: Client) -> None:
    assert client.get(page("tenancy_tenant"), {"p": 99}).context["cl"].result_list == []
    assert client.get(page("tenancy_tenant"), {"p": 0}).status_code == 302


def test_nothing_is_counted(client: Client) -> None:
    VaultFactory.create_batch(3)
    with CaptureQueriesContext(connection) as queries:
        client.get(page("vaults_vault"))
        client.get(page("vaults_vault"), {"q": "00"})
    assert [each["sql"] for each in queries if "COUNT(" in each["sql"]] == []


def test_a_paginator_asks_for_one_row_more_than_it_shows(db: None) -> None:
    TenantFactory.create_batch(3)
    pages = UncountedPaginator(Tenant.objects.order_by("pk"), 2)
    assert (len(pages.page(1)), pages.page(1).has_next(), len(pages.page(2)), pages.page(2).has_next()) == (
        *(2, True),
        *(1, False),
    )


def test_whoever_is_not_signed_in_is_led_to_the_login(db: None) -> None:
    response = Client().get(page("vaults_vault"))
    assert response.url == f"/admin/login/?next={page('vaults_vault')}"


def test_somebody_signed_in_who_is_no_operator_is_refused_in_words(db: None) -> None:
    client = Client()
    client.force_login(HumanFactory(email="eve@x.example"))
    response = client.get(page("vaults_vault"), follow=True)
    assert response.status_code == 403
    assert "You are signed in, but not as an operator" in text(response)
    assert "eve@x.example" in text(response)


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("eve@x.example", PASSWORD, "isn't an operator's"),
        ("eve@x.example", "wrong", "don't go together"),
        ("nobody@x.example", PASSWORD, "don't go together"),
    ],
)
def test_only_operators_can_log_in(db: None, email: str, password: str, words: str) -> None:
    HumanFactory(email="eve@x.example", password=PASSWORD)
    response = Client().post("/admin/login/", {"username": email, "password": password})
    assert response.status_code == 200
    assert words in text(response)


def test_an_operator_logs_in_with_the_email_in_any_case(db: None) -> None:
    operator = signed_in()[1]
    operator.set_password(PASSWORD)
    operator.save()
    response = Client().post("/admin/login/", {"username": operator.email.upper(), "password": PASSWORD})
    assert response.url == "/admin/"


def test_the_policy_is_relaxed_under_admin_alone(client: Client) -> None:
    assert "'unsafe-eval'" in client.get("/admin/")["Content-Security-Policy"]
    assert "'unsafe-eval'" in Client().get("/admin/login/")["Content-Security-Policy"]
    assert "unsafe" not in client.get("/")["Content-Security-Policy"]


def test_the_search_over_everything_finds_by_what_is_in_hand(client: Client) -> None:
    vault = VaultFactory(l0="feedc0de", tenant=TenantFactory(name="Feed Ltd"))
    human = HumanFactory(email="eve@x.example")
    for typed, found in {
        "feedc": [page("vaults_vault", "change", vault.pk)],
        "feed": [page("tenancy_tenant", "change", vault.tenant.pk), page("vaults_vault", "change", vault.pk)],
        "eve@x.example": [page("tenancy_human", "change", human.pk)],
        str(human.pk): [page("tenancy_human", "change", human.pk)],
        "nothing of the kind": [],
    }.items():
        shown = client.get("/admin/search/", {"s": typed, "extended": 1}).content.decode()
        assert [address for address in found if address in shown] == found, typed


def test_the_first_page_tells_how_things_stand(client: Client) -> None:
    VaultFactory()
    VaultFactory(tenant=TenantFactory(suspended=True))
    words = text(client.get("/admin/"))
    assert "Vaults in force 1 of 2" in words
    assert "Its tenant, or one above, is suspended 1" in words
    assert "Tenants 2" in words
    assert "No price is set for Family, Pro, Team10" in words


def test_values_are_shown_as_people_read_them(db: None) -> None:
    assert [money(cents) for cents in (None, 0, 5, -123456)] == [NOTHING, "USD 0.00", "USD 0.05", "-USD 1,234.56"]
    assert "past due" in badge("past_due")
    assert "abcdef01…" in short_hash("abcdef0123456789")
    assert "<b>" not in badge("active", "<b>")
    tenant = TenantFactory(name="<script>")
    assert link(None) == NOTHING
    assert ">&lt;script&gt;</a>" in link(tenant)
    assert links([]) == NOTHING
    assert links([("a", ""), ("b", "/b/")]).count("<a ") == 1


@pytest.mark.parametrize(
    "address",
    [
        "/admin/tenancy/tenant/?q=%00",
        "/admin/search/?extended=1&s=a%00b",
        "/admin/autocomplete/?app_label=vaults&model_name=vault&field_name=tenant&term=a%00b",
        f"/admin/tenancy/human/?tenant__id__exact={10**30}",
        "/admin/tenancy/human/?tenant__id__exact=x",
        f"/admin/vaults/credential/?human__id__exact={10**30}",
        f"/admin/tenancy/tenant/?q={10**30}",
        "/admin/billing/billingevent/?occurred_at__year=2024&occurred_at__month=13",
        "/admin/billing/billingevent/?occurred_at__year=x",
        "/admin/vaults/vault/?p=x",
        f"/admin/vaults/vault/?p={10**30}",
        f"/admin/tenancy/tenant/{10**30}/change/",
        f"/admin/tenancy/tenant/-/suspend/?pk={10**30}",
    ],
)
def test_senseless_addresses_are_answered_not_failed(client: Client, address: str) -> None:
    assert client.get(address).status_code in (200, 302, 404)


def test_the_first_page_lists_what_wants_a_look(client: Client) -> None:
    SubscriptionFactory(past_due=True)
    PopFactory(pop_id="pop-a", failing=True)
    PopFactory.create_batch(4, paused=True)
    PlanFactory._meta.model.objects.update(price_per_year_cents=1)
    words = text(client.get("/admin/"))
    assert "1 subscription is past due" in words
    assert "pop-a: It reported: disk full" in words
    assert "4 POPs (" in words
    assert "and others): An operator paused it" in words
    assert "No price is set" not in words


def test_very_many_vaults_are_judged_by_a_sample(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    VaultFactory(l0="10000000")
    VaultFactory(l0="f0000000")
    monkeypatch.setattr(dashboard, "estimated_rows", lambda table: 2 * dashboard.MOST_COUNTED)
    told = dashboard.vaults(timezone.now())
    assert (told["total"], told["active"], told["about"]) == (2, 2, True)


def test_rows_are_offered_and_confirmed_under_telling_names(client: Client) -> None:
    token, device = AgentTokenFactory(name="CI"), CredentialFactory(revoked=True, human__name="Eve")
    role = RoleAssignmentFactory(human__name="Eve")
    for model, row, words in (
        ("vaults_agenttoken", token, f"CI for vault {token.vault.pk}, active"),
        ("vaults_credential", device, f"{device.p0} of Eve for vault {device.vault.pk}"),
        ("tenancy_roleassignment", role, f"ReadOnly of Eve on {role.tenant.name}"),
    ):
        assert admin.site._registry[type(row)].describe(row) == words
        assert client.get(page(model)).status_code == 200
    assert "revoked" in text(client.get(page("vaults_credential")))


def test_a_list_in_a_pop_up_offers_no_transitions(client: Client) -> None:
    TenantFactory()
    chooser = 'name="action"'
    assert chooser in client.get(page("tenancy_tenant")).content.decode()
    assert chooser not in client.get(page("tenancy_tenant"), {"_popup": 1}).content.decode()

"""The operators' pages for tenants, people and roles: what they show, refuse, and leave behind."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from tenancy.models import Human, Role, RoleAssignment, RoleName, Tenant
from tests.factories import (
    CredentialFactory,
    HumanFactory,
    RoleAssignmentFactory,
    RoleFactory,
    TenantFactory,
    VaultFactory,
)
from tests.operator import no_rows_of, page, signed_in, text, told, transition


@pytest.fixture
def client(db: None) -> Client:
    return signed_in()[0]


def tree() -> tuple[Tenant, Tenant, Tenant]:
    msp = TenantFactory(msp=True, name="Acme MSP")
    customer = TenantFactory(parent=msp, name="Beta Ltd")
    return msp, customer, TenantFactory(parent=customer, name="Sales")


def test_the_tree_is_listed_with_each_tenant_below_its_parent(client: Client) -> None:
    tree()
    TenantFactory(name="Beta Aardvark")
    TenantFactory(msp=True, name="acme Zebra")
    rows = [row.name for row in client.get(page("tenancy_tenant")).context["cl"].result_list]
    assert rows == ["Acme MSP", "Beta Ltd", "Sales", "acme Zebra", "Beta Aardvark", "Clavitor"]


def test_a_tenant_is_named_with_those_above_it(client: Client) -> None:
    *_, dept = tree()
    assert "Acme MSP › Beta Ltd › Sales" in text(client.get(page("tenancy_tenant", "change", dept.pk)))


def test_the_list_says_through_whom_a_tenant_is_out_of_service(client: Client) -> None:
    msp, *_ = tree()
    Tenant.objects.filter(pk=msp.pk).update(status="suspended")
    assert text(client.get(page("tenancy_tenant"))).count("suspended by Acme MSP") == 2


def test_a_filter_narrows_to_one_tenant_and_all_below(client: Client) -> None:
    msp, customer, dept = tree()
    HumanFactory(name="Elsewhere")
    inside = HumanFactory(tenant=dept)
    tenants = client.get(page("tenancy_tenant"), {"parent__id__exact": customer.pk}).context["cl"].result_list
    people = client.get(page("tenancy_human"), {"tenant__id__exact": msp.pk}).context["cl"].result_list
    assert ([row.pk for row in tenants], [row.pk for row in people]) == ([customer.pk, dept.pk], [inside.pk])


@pytest.mark.parametrize(
    ("typed", "found"),
    [("ada.l", 1), ("ADA.L@x.example", 1), ("lovel", 1), ("zzz", 0), ("", 3), ("%", 0), ("a_a", 0), ("9" * 30, 0)],
)
def test_people_are_found_by_how_email_or_name_begins(client: Client, typed: str, found: int) -> None:
    HumanFactory(email="Ada.L@X.example", name="Lovelace, Ada")
    HumanFactory(email="other@x.example", name="Other")
    assert len(client.get(page("tenancy_human"), {"q": typed}).context["cl"].result_list) == found


def test_people_are_found_by_id(client: Client) -> None:
    human = HumanFactory()
    HumanFactory()
    assert client.get(page("tenancy_human"), {"q": str(human.pk)}).context["cl"].result_list == [human]


def test_a_new_tenant_is_made_by_the_operation(client: Client) -> None:
    msp, *_ = tree()
    response = client.post(page("tenancy_tenant", "add"), {"parent": msp.pk, "level": 2, "name": " New Ltd "})
    assert response.status_code == 302
    assert Tenant.objects.get(name="New Ltd").parent == msp
    assert LogEntry.objects.get().get_change_message() == "Added."


def test_a_refused_tenant_leaves_nothing_and_says_what_is_wrong(client: Client) -> None:
    archived = TenantFactory(msp=True, archived=True, name="Gone")
    response = client.post(page("tenancy_tenant", "add"), {"parent": archived.pk, "level": 2, "name": "New"})
    assert response.status_code == 200
    assert "Gone is archived, itself or above it. Reactivate it first." in response.context["errors"][0]
    assert not Tenant.objects.filter(name="New").exists()
    assert not LogEntry.objects.exists()
    assert told(response) == []


def test_a_refusal_stands_at_the_field_at_fault(client: Client) -> None:
    HumanFactory(email="taken@x.example")
    human = HumanFactory()
    answer = {"name": human.name, "email": "TAKEN@x.example", **no_rows_of("role_assignments")}
    response = client.post(page("tenancy_human", "change", human.pk), answer)
    assert response.status_code == 200
    assert "already, perhaps in other case" in str(response.context["adminform"].form.errors)
    assert Human.objects.get(pk=human.pk).email == human.email


def test_an_operation_s_refusal_stands_at_its_field(client: Client) -> None:
    human, tenant = HumanFactory(), TenantFactory()
    role = RoleFactory(name=RoleName.SUPER_ADMIN)
    response = client.post(
        page("tenancy_roleassignment", "add"), {"human": human.pk, "tenant": tenant.pk, "role": role.pk}
    )
    assert "SuperAdmin is held on the internal tenant" in str(response.context["adminform"].form.errors)
    assert not RoleAssignment.objects.filter(human=human).exists()
    assert not LogEntry.objects.exists()


def test_suspending_shows_what_it_reaches_and_asks_why(client: Client) -> None:
    msp, _, dept = tree()
    CredentialFactory(vault=VaultFactory(tenant=dept))
    words = text(client.get(transition("tenancy_tenant", "suspend", msp.pk)))
    assert "This reaches 2 tenants below, 1 person, 1 vault, 1 device, no live agent tokens." in words
    assert "Reason" in words


def test_a_transition_without_a_reason_changes_nothing(client: Client) -> None:
    msp, *_ = tree()
    response = client.post(transition("tenancy_tenant", "suspend", msp.pk), {"reason": "  "})
    assert response.context["form"].errors["reason"] == ["This field is required."]
    assert Tenant.objects.get(pk=msp.pk).status == "active"


def test_a_transition_is_done_and_logged_with_its_reason(client: Client) -> None:
    msp, *_ = tree()
    response = client.post(transition("tenancy_tenant", "suspend", msp.pk), {"reason": "unpaid since May"})
    assert response.url == page("tenancy_tenant", "change", msp.pk)
    assert Tenant.objects.get(pk=msp.pk).status == "suspended"
    assert LogEntry.objects.get().get_change_message() == "Suspended: unpaid since May"
    assert told(response) == ["Suspended: Acme MSP."]


def test_a_refused_transition_says_why_on_its_page(client: Client) -> None:
    gone = TenantFactory(archived=True)
    response = client.post(transition("tenancy_tenant", "suspend", gone.pk), {"reason": "x"})
    assert response.status_code == 200
    assert "is archived and can't become suspended" in text(response)
    assert not LogEntry.objects.exists()


def test_many_rows_are_reported_one_by_one(client: Client) -> None:
    fine, gone = TenantFactory(name="Fine"), TenantFactory(name="Gone", archived=True)
    chosen = {"action": "suspend", "_selected_action": [fine.pk, gone.pk], "index": 0}
    confirmation = client.post(page("tenancy_tenant"), chosen).url
    assert "will be refused" in text(client.get(confirmation))
    response = client.post(confirmation, {"reason": "x"})
    assert response.url == page("tenancy_tenant")
    done, refused = told(response)
    assert done == "Suspended 1 of 2: Fine."
    assert refused.startswith("Gone: Tenant Gone is archived")
    assert LogEntry.objects.count() == 1


def test_only_what_is_possible_now_has_a_button(client: Client) -> None:
    suspended = TenantFactory(suspended=True)
    buttons = client.get(page("tenancy_tenant", "change", suspended.pk)).context["actions_detail"]
    assert [each["title"] for each in buttons] == ["Add", "Reactivate", "Archive"]


@pytest.mark.parametrize("address", ["?pk=1", "", "?pk=x"])
def test_a_transition_of_nothing_is_not_found(client: Client, address: str) -> None:
    assert client.get(f"{page('tenancy_tenant', 'transition', 'suspend')}{address}").status_code == 404


def test_an_unknown_transition_is_not_found(client: Client) -> None:
    assert client.get(transition("tenancy_tenant", "explode", TenantFactory().pk)).status_code == 404


def test_a_taken_back_role_is_gone_and_the_way_leads_to_the_list(client: Client) -> None:
    assignment = RoleAssignmentFactory()
    response = client.post(transition("tenancy_roleassignment", "revoke", assignment.pk), {"reason": "left"})
    assert response.url == page("tenancy_roleassignment")
    assert not RoleAssignment.objects.filter(pk=assignment.pk).exists()


def test_a_person_s_roles_stand_on_their_page(client: Client) -> None:
    *_, dept = tree()
    assignment = RoleAssignmentFactory(tenant=dept, role_name=RoleName.BILLING_ADMIN)
    words = text(client.get(page("tenancy_human", "change", assignment.human.pk)))
    assert "BillingAdmin" in words
    assert "Acme MSP › Beta Ltd › Sales" in words


def test_a_person_s_page_neither_shows_nor_takes_a_password(client: Client) -> None:
    human = HumanFactory(password="correct horse battery")
    fields = client.get(page("tenancy_human", "change", human.pk)).context["adminform"].form.fields
    assert set(fields) == {"name", "email"}
    answer = {"name": "New", "email": human.email, "password": "x", "status": "x", **no_rows_of("role_assignments")}
    client.post(page("tenancy_human", "change", human.pk), answer)
    changed = Human.objects.get(pk=human.pk)
    assert (changed.name, changed.password, changed.status) == ("New", human.password, human.status)


def test_a_role_s_permissions_are_check_boxes(client: Client) -> None:
    role = RoleFactory(name=RoleName.READ_ONLY)
    answer = {"permissions": ["vault_read", "billing_view"], "description": "Reads"}
    client.post(page("tenancy_role", "change", role.pk), answer)
    assert Role.objects.get(pk=role.pk).permissions == {"vault_read": True, "billing_view": True}


def test_a_parent_is_offered_with_its_path_and_never_a_department(client: Client) -> None:
    tree()
    asked = {"term": "", "app_label": "tenancy", "model_name": "tenant", "field_name": "parent"}
    offered = client.get("/admin/autocomplete/", asked).json()["results"]
    assert [each["text"] for each in offered] == ["Acme MSP", "Acme MSP › Beta Ltd"]

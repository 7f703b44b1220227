"""The operators' admin in a real browser: signing in, finding, suspending, a secret shown once; desk and phone."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DARK = {"color_scheme": "dark"}
MAIN_PAGES = [
    *("/admin/", "/admin/tenancy/tenant/", "/admin/tenancy/human/", "/admin/tenancy/role/"),
    *("/admin/tenancy/roleassignment/", "/admin/vaults/vault/", "/admin/vaults/vault/feedc0de/change/"),
    *("/admin/vaults/credential/", "/admin/vaults/agenttoken/", "/admin/vaults/agenttoken/add/"),
    *("/admin/billing/subscription/", "/admin/billing/plan/", "/admin/billing/plan/Pro/change/"),
    *("/admin/billing/billingevent/", "/admin/sync/pop/", "/admin/sync/pop/add/", "/admin/sync/popkey/"),
    *("/admin/admin/logentry/", "/admin/vaults/vault/-/suspend/?pk=feedc0de"),
]


@pytest.mark.parametrize("page", [{}, PHONE, DARK], ids=["desk", "phone", "dark"], indirect=True)
def test_every_main_page_fits_the_screen_and_nothing_is_blocked(operator: Page) -> None:
    for address in MAIN_PAGES:
        response = operator.goto(address)
        assert response is not None
        assert response.status == 200, address
        width = operator.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, f"{address} is {width} px too wide"


def test_a_wrong_password_is_told(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Email").fill("ada@clavitor.test")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("don't go together")).to_be_visible()


def test_a_tenant_is_suspended_with_a_reason_and_its_vault_follows(operator: Page) -> None:
    operator.goto("/admin/tenancy/tenant/")
    operator.get_by_role("link", name="Acme MSP", exact=True).click()
    operator.get_by_role("link", name="Suspend").click()
    expect(operator.locator("#hits")).to_contain_text(
        "2 tenants below, 1 person, 1 vault, 1 device, 1 live agent token"
    )
    operator.get_by_role("button", name="Suspend").click()
    expect(operator.get_by_text("This field is required.")).to_be_visible()
    operator.get_by_label("Reason").fill("unpaid since May")
    operator.get_by_role("button", name="Suspend").click()
    expect(operator.get_by_text("Suspended: Acme MSP.")).to_be_visible()
    operator.goto("/admin/vaults/vault/")
    expect(operator.get_by_text("Its tenant, or one above, is suspended")).to_be_visible()
    operator.goto("/admin/admin/logentry/")
    expect(operator.get_by_text("Suspended: unpaid since May")).to_be_visible()


def test_many_vaults_are_chosen_and_confirmed(operator: Page) -> None:
    operator.goto("/admin/vaults/vault/")
    operator.locator("input.action-select").first.check()
    operator.locator("select[name=action]").select_option("archive")
    operator.get_by_role("button", name="Run").click()
    expect(operator.get_by_role("heading", name="Archive: feedc0de")).to_be_visible()


def test_a_token_is_issued_and_its_secret_shown_once(operator: Page) -> None:
    operator.goto("/admin/vaults/vault/feedc0de/change/")
    operator.locator("a", has_text=re.compile(r"\bAdd\b")).first.click()
    operator.get_by_role("link", name="Issue a token").click()
    operator.get_by_label("Name").fill("Claude Code")
    operator.get_by_role("button", name="Save", exact=True).click()
    secret = operator.locator("#secret").inner_text()
    assert re.fullmatch(r"cva_[0-9A-Za-z]{49}", secret)
    operator.get_by_role("link", name="I have it").click()
    expect(operator.get_by_text("Claude Code").first).to_be_visible()
    assert secret not in operator.content()


def test_anything_is_found_from_anywhere(operator: Page) -> None:
    operator.wait_for_load_state("networkidle")  # the shortcut is there once the page's scripts are
    operator.keyboard.press("Control+k")
    operator.locator("#search-input-command").press_sequentially("feedc")
    operator.get_by_text("feedc0de, Acme MSP › Beta Ltd › Sales").click()
    expect(operator).to_have_url(re.compile(r"/admin/vaults/vault/feedc0de/change/"))


def test_a_tenant_is_looked_up_by_name(operator: Page) -> None:
    operator.goto("/admin/vaults/vault/add/")
    operator.locator("#id_tenant + .select2").click()
    operator.keyboard.type("sal")
    expect(operator.get_by_role("option", name="Acme MSP › Beta Ltd › Sales")).to_be_visible()


def test_what_lies_in_a_vault_is_under_its_tabs(operator: Page) -> None:
    operator.goto("/admin/vaults/vault/feedc0de/change/")
    expect(operator.get_by_role("link", name="Deploy CI")).to_be_hidden()
    operator.get_by_role("link", name="Agent tokens", exact=True).last.click()
    expect(operator.get_by_role("link", name=re.compile("Deploy CI"))).to_be_visible()

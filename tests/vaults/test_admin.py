"""The operators' pages for vaults, devices and tokens."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from clavitor.base.secrets import hash_secret
from tests.factories import (
    AgentTokenFactory,
    CredentialFactory,
    HumanFactory,
    SubscriptionFactory,
    TenantFactory,
    VaultFactory,
)
from tests.operator import page, signed_in, text, transition
from vaults.models import AgentToken, Credential, Vault


@pytest.fixture
def client(db: None) -> Client:
    return signed_in()[0]


def test_a_vault_shows_what_is_in_force_and_why(client: Client) -> None:
    vault = VaultFactory(tenant=TenantFactory(suspended=True))
    words = text(client.get(page("vaults_vault", "change", vault.pk)))
    assert "Its tenant, or one above, is suspended" in words
    assert "suspended" in words


def test_a_vault_past_its_subscription_s_end_is_shown_suspended(client: Client) -> None:
    tenant = TenantFactory()
    ended = SubscriptionFactory(tenant=tenant, status="cancelled", ends_at=timezone.now() - timedelta(hours=1))
    VaultFactory(tenant=tenant, subscription=ended)
    assert "suspended Its subscription has ended" in text(client.get(page("vaults_vault")))


@pytest.mark.parametrize(("typed", "found"), [("00aa", 1), ("00AA00ff", 1), ("00ab", 0), ("nothex", 0)])
def test_vaults_are_found_by_how_their_l0_begins(client: Client, typed: str, found: int) -> None:
    VaultFactory(l0="00aa00ff")
    assert len(client.get(page("vaults_vault"), {"q": typed}).context["cl"].result_list) == found


def test_devices_are_found_by_p0_vault_and_person(client: Client) -> None:
    device = CredentialFactory(p0="0badcafe", vault__l0="feedc0de", human__email="eve@x.example")
    CredentialFactory()
    for typed in ("0badc", "feedc", "EVE@x.example", str(device.pk)):
        assert client.get(page("vaults_credential"), {"q": typed}).context["cl"].result_list == [device], typed


def test_a_device_shows_its_credential_id_as_base64url(client: Client) -> None:
    device = CredentialFactory(credential_id=b"\xfb\xff\xfe")
    assert "-__-" in text(client.get(page("vaults_credential", "change", device.pk)))


def test_a_device_is_enrolled_from_base64url(client: Client) -> None:
    vault, human = VaultFactory(), HumanFactory()
    answer = {"vault": vault.pk, "human": human.pk, "p0": "0badcafe", "wl3_path": "0b/0badcafe/20260405_abc.cla"}
    response = client.post(page("vaults_credential", "add"), {**answer, "credential_id_text": "-__-"})
    assert response.status_code == 302
    assert bytes(Credential.objects.get().credential_id) == b"\xfb\xff\xfe"


def test_what_is_not_base64url_is_refused_at_its_field(client: Client) -> None:
    response = client.post(page("vaults_credential", "add"), {"credential_id_text": "a b+c"})
    assert "isn't base64url" in response.context["adminform"].form.errors["credential_id_text"][0]


def test_a_device_that_is_enrolled_already_is_refused_at_its_field(client: Client) -> None:
    device = CredentialFactory(credential_id=b"\xfb\xff\xfe")
    answer = {"vault": device.vault.pk, "human": device.human.pk, "p0": device.p0, "wl3_path": device.wl3_path}
    response = client.post(page("vaults_credential", "add"), {**answer, "credential_id_text": "-__-"})
    assert "is enrolled already" in str(response.context["adminform"].form.errors["credential_id_text"])
    assert not LogEntry.objects.exists()


def issue(client: Client, vault: Vault, **answers: str) -> str:
    response = client.post(page("vaults_agenttoken", "add"), {"vault": vault.pk, "name": "Deploy CI", **answers})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.context["secret"]


def test_a_token_s_secret_is_shown_once(client: Client) -> None:
    secret = issue(client, VaultFactory(), scopes="0001")
    token = AgentToken.objects.get()
    assert token.token_hash == hash_secret(secret)
    for address in (page("vaults_agenttoken", "change", token.pk), page("vaults_agenttoken"), page("admin_logentry")):
        again = client.get(address).content.decode()
        assert secret not in again
        assert token.token_hash not in again
    assert token.token_hash[:8] in text(client.get(page("vaults_agenttoken", "change", token.pk)))


def test_a_token_ends_in_90_days_by_default_and_never_if_asked(client: Client) -> None:
    vault = VaultFactory()
    initial = client.get(page("vaults_agenttoken", "add")).context["adminform"].form["expires_at"].initial
    issue(client, vault, expires_at=f"{initial:%Y-%m-%dT%H:%M}")
    issue(client, vault, expires_at="")
    never, ninety_days = AgentToken.objects.order_by("-pk").values_list("expires_at", flat=True)
    assert never is None
    assert abs(ninety_days - timezone.now() - timedelta(days=90)) < timedelta(minutes=2)


def test_a_token_refused_by_the_operation_leaves_nothing(client: Client) -> None:
    vault = VaultFactory(suspended=True)
    response = client.post(page("vaults_agenttoken", "add"), {"vault": vault.pk, "name": "CI"})
    assert "is suspended" in str(response.context["adminform"].form.errors["vault"])
    assert not AgentToken.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_token_past_its_end_is_shown_expired_before_any_job_says_so(client: Client) -> None:
    token = AgentTokenFactory(overdue=True)
    assert "expired" in text(client.get(page("vaults_vault", "change", token.vault.pk)))


def test_revoking_reaches_the_token_and_the_device(client: Client) -> None:
    token, device = AgentTokenFactory(), CredentialFactory()
    client.post(transition("vaults_agenttoken", "revoke", token.pk), {"reason": "leaked"})
    client.post(transition("vaults_credential", "revoke", device.pk), {"reason": "lost"})
    assert AgentToken.objects.get().status == "revoked"
    assert Credential.objects.get().is_revoked
    messages = {entry.get_change_message() for entry in LogEntry.objects.all()}
    assert messages == {"Revoked: leaked", "Revoked: lost"}


def test_a_plan_is_overridden_and_the_override_lifted(client: Client) -> None:
    vault = VaultFactory()
    for plan, kept in (("Team100", "Team100"), ("", None)):
        client.post(transition("vaults_vault", "override-plan", vault.pk), {"plan": plan, "reason": "a trial"})
        assert Vault.objects.get().plan_override == kept


def test_a_taken_l0_is_refused(client: Client) -> None:
    taken = VaultFactory()
    response = client.post(page("vaults_vault", "add"), {"l0": taken.l0, "tenant": taken.tenant.pk})
    assert response.status_code == 200
    assert Vault.objects.count() == 1


def test_a_vault_s_state_can_not_be_posted(client: Client) -> None:
    vault = VaultFactory()
    assert client.post(page("vaults_vault", "change", vault.pk), {"status": "archived"}).status_code == 403
    assert Vault.objects.get().status == "active"

"""Agent tokens: issued, revoked (RULES 16, 31, 32)."""

from datetime import timedelta
from typing import Any

import pytest

from billing.models import BillingEvent, Plan
from clavitor.base import secrets
from tests.acts import NOW, everything, race, refused
from tests.database import CommittedDatabase
from tests.factories import AgentTokenFactory, HumanFactory, SubscriptionFactory, TenantFactory, VaultFactory
from vaults import operations
from vaults.models import AgentToken, Vault


def issue(vault: Vault, **given: Any) -> tuple[AgentToken, str]:
    given = {"name": "Deploy CI", "scopes": "", "all_access": False, "by": None, **given}
    return operations.issue_agent_token(vault=vault, at=NOW, **given)


@pytest.mark.django_db
def test_a_token_is_issued_its_secret_given_once_and_its_hash_kept() -> None:
    vault, human = VaultFactory(), HumanFactory()

    token, secret = issue(vault, name=" Claude Code ", scopes=["00a1", "0001"], by=human)

    assert secrets.is_well_formed(secret, "cva_")
    token = AgentToken.objects.get(pk=token.pk)
    assert token.token_hash == secrets.hash_secret(secret)
    assert (token.vault, token.name, token.scopes, token.all_access) == (vault, "Claude Code", "0001,00a1", False)
    assert (token.created_by, token.created_at, token.status) == (human, NOW, "active")
    assert token.expires_at == NOW + timedelta(days=90)


@pytest.mark.django_db
def test_its_event_tells_what_it_may_read_but_no_secret() -> None:
    vault, human = VaultFactory(), HumanFactory()

    token, secret = issue(vault, all_access=True, by=human)

    event = BillingEvent.objects.get()
    assert (event.event_type, event.vault, event.subscription) == ("token_issued", vault, vault.subscription)
    assert (event.tenant, event.human, event.occurred_at) == (vault.tenant, human, NOW)
    assert event.details == {
        "agent_token": str(token.pk),
        "name": "Deploy CI",
        "scopes": "",
        "all_access": True,
        "expires_at": "2027-02-20T12:00:00Z",
    }
    assert secret not in repr(everything())


@pytest.mark.django_db
def test_never_is_a_choice_and_so_is_a_day() -> None:
    vault = VaultFactory()
    assert issue(vault, expires_at=None)[0].expires_at is None
    assert issue(vault, expires_at=NOW + timedelta(days=1))[0].expires_at == NOW + timedelta(days=1)
    with refused("invalid", field="expires_at"):
        issue(vault, expires_at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ([], ""),
        ("00A1, 0001 ,00a1,", "0001,00a1"),
        (["ffff", "0a00", "FFFF"], "0a00,ffff"),
    ],
)
def test_scopes_are_sorted_unique_and_lowercase(given: Any, kept: str) -> None:
    assert issue(VaultFactory(), scopes=given)[0].scopes == kept


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field", "named"),
    [
        ({"scopes": "0001,12345,xyz1"}, "scopes", "12345, xyz1"),
        ({"scopes": "0001", "all_access": True}, "scopes", "all access"),
        ({"scopes": [f"{number:04x}" for number in range(801)]}, "scopes", "4000"),
        ({"name": " "}, "name", "name"),
    ],
)
def test_a_wrong_value_is_named(wrong: dict[str, Any], field: str, named: str) -> None:
    vault = VaultFactory()
    with refused("invalid", field=field) as caught:
        issue(vault, **wrong)
    assert named in caught.error.message


@pytest.mark.django_db
def test_a_vault_takes_its_tokens_and_dead_ones_free_their_place() -> None:
    vault = VaultFactory(subscription__max_tokens=2)
    AgentTokenFactory(vault=vault, revoked=True)
    AgentTokenFactory(vault=vault, expired=True)
    AgentTokenFactory(vault=vault, expires_at=NOW)  # over, though no job has stamped it yet
    AgentTokenFactory(vault=vault, endless=True)
    token, _ = issue(vault)
    with refused("token_limit_reached", field="vault") as caught:
        issue(vault)
    assert "2 agent tokens" in caught.error.message

    operations.revoke_agent_token(token=token, by=None, reason="unused", at=NOW)

    assert issue(vault)[0].pk


@pytest.mark.django_db
@pytest.mark.parametrize("inheriting", [True, False])
def test_the_plan_caps_the_live_tokens_over_all_vaults(inheriting: bool) -> None:
    Plan.objects.filter(name="Team10").update(max_agents=3)
    subscription = SubscriptionFactory(tenant=TenantFactory(msp=True), plan="Team10")
    customer = TenantFactory(parent=subscription.tenant)
    named = VaultFactory(tenant=customer, subscription=subscription)
    AgentTokenFactory(vault=named)
    AgentTokenFactory(vault=VaultFactory(tenant=TenantFactory(parent=customer), inheriting=True))
    AgentTokenFactory(vault__tenant__parent=subscription.tenant)  # of a tenant with a subscription of its own
    vault = VaultFactory(tenant=customer, inheriting=True) if inheriting else named
    issue(vault)
    with refused("token_limit_reached", field="vault") as caught:
        issue(vault)
    assert "over all its vaults" in caught.error.message


@pytest.mark.django_db
def test_an_override_raises_the_vaults_limit_but_not_the_subscriptions() -> None:
    Plan.objects.filter(name="Team10").update(max_agents=2)
    vault = VaultFactory(subscription__plan="Team10", subscription__max_tokens=1, plan_override="Team25")
    issue(vault)
    issue(vault)
    with refused("token_limit_reached", field="vault"):
        issue(vault)


def test_two_tokens_at_once_do_not_pass_the_vaults_limit(committed_db: CommittedDatabase) -> None:
    vault = VaultFactory(subscription__max_tokens=1)

    outcome = race(committed_db, lambda: issue(vault), lambda: issue(vault))

    assert isinstance(outcome, operations.TokenLimitReached)
    assert AgentToken.objects.count() == 1


def test_two_tokens_at_once_for_two_vaults_do_not_pass_the_plans_cap(committed_db: CommittedDatabase) -> None:
    Plan.objects.filter(name="Team10").update(max_agents=1)
    subscription = SubscriptionFactory(plan="Team10")
    named = VaultFactory(tenant=subscription.tenant, subscription=subscription)
    inheriting = VaultFactory(tenant=subscription.tenant, inheriting=True)

    outcome = race(committed_db, lambda: issue(named), lambda: issue(inheriting))

    assert isinstance(outcome, operations.TokenLimitReached)
    assert AgentToken.objects.get().vault == named


@pytest.mark.django_db
def test_a_token_is_revoked_and_recorded() -> None:
    token, admin = AgentTokenFactory(), HumanFactory()

    operations.revoke_agent_token(token=token, by=admin, reason=" leaked ", at=NOW)

    token.refresh_from_db()
    assert token.status == "revoked"
    event = BillingEvent.objects.get()
    assert (event.event_type, event.vault, event.human) == ("token_revoked", token.vault, admin)
    assert (event.subscription, event.tenant) == (token.vault.subscription, token.vault.tenant)
    assert event.details == {"agent_token": str(token.pk), "name": token.name, "reason": "leaked"}


@pytest.mark.django_db
@pytest.mark.parametrize("dead", ["revoked", "expired"])
def test_revoked_and_expired_are_final(dead: str) -> None:
    token = AgentTokenFactory(**{dead: True})
    with refused("invalid_transition", field="status"):
        operations.revoke_agent_token(token=token, by=None, reason="again", at=NOW)


@pytest.mark.django_db
def test_revoking_needs_a_reason() -> None:
    token = AgentTokenFactory()
    with refused("reason_required", field="reason"):
        operations.revoke_agent_token(token=token, by=None, reason="", at=NOW)


def test_a_limit_that_is_just_being_lowered_binds(committed_db: CommittedDatabase) -> None:
    Plan.objects.filter(name="Personal").update(max_tokens=0)
    vault = VaultFactory()

    outcome = race(
        committed_db,
        lambda: operations.override_plan(vault=vault, plan="Personal", by=None, reason="misuse", at=NOW),
        lambda: issue(vault),
    )

    assert isinstance(outcome, operations.TokenLimitReached)

"""A vault takes new devices and tokens while it is in service, and only then (RULES 27)."""

from datetime import timedelta

import pytest

from tests.acts import NOW, refused
from tests.factories import SubscriptionFactory, TenantFactory, VaultFactory
from vaults import operations
from vaults.models import Vault

pytestmark = pytest.mark.django_db


def issue(vault: Vault) -> object:
    return operations.issue_agent_token(vault=vault, name="CI", scopes="", all_access=False, by=None, at=NOW)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"suspended": True}, "The vault is suspended"),
        ({"archived": True}, "The vault is archived"),
        ({"tenant__suspended": True}, "Its tenant, or one above, is suspended"),
        ({"tenant__parent__archived": True, "tenant__customer": True}, "Its tenant, or one above, is archived"),
        ({"subscription__suspended": True}, "Its subscription is suspended"),
        ({"inheriting": True}, "It has no subscription"),
    ],
)
def test_a_vault_that_is_not_in_service_takes_nothing_and_says_why(state: dict[str, bool], said: str) -> None:
    vault = VaultFactory(**state)
    with refused("vault_not_in_service", field="vault") as caught:
        issue(vault)
    assert said in caught.error.message


def test_a_cancelled_subscription_serves_until_its_end() -> None:
    tenant = TenantFactory()
    SubscriptionFactory(tenant=tenant, status="cancelled", ends_at=NOW + timedelta(seconds=1))
    assert issue(VaultFactory(tenant=tenant, inheriting=True))

    over = VaultFactory(subscription__cancelled=True, subscription__ends_at=NOW)
    with refused("vault_not_in_service", field="vault") as caught:
        issue(over)
    assert "2026-11-22T12:00:00Z" in caught.error.message

"""A vault enters the registry (RULES 16, 17, 28)."""

from typing import Any

import pytest

from billing.models import BillingEvent, Subscription
from tenancy.models import Tenant
from tests.acts import NOW, race, refused
from tests.database import CommittedDatabase
from tests.factories import HumanFactory, SubscriptionFactory, TenantFactory, VaultFactory
from vaults import operations
from vaults.models import EffectiveVault, Vault


def register(tenant: Tenant, subscription: Subscription | None = None, **given: Any) -> Vault:
    given = {"l0": "6087adf5", "owner_human": None, "by": None, **given}
    return operations.register_vault(tenant=tenant, subscription=subscription, at=NOW, **given)


@pytest.mark.django_db
def test_a_vault_is_registered_and_recorded() -> None:
    subscription, human = SubscriptionFactory(), HumanFactory()

    register(subscription.tenant, subscription, owner_human=human, by=human)

    vault = Vault.objects.get(pk="6087adf5")
    assert (vault.tenant, vault.subscription, vault.owner_human) == (subscription.tenant, subscription, human)
    assert (vault.status, vault.created_at) == ("active", NOW)
    event = BillingEvent.objects.get()
    assert (event.event_type, event.vault, event.tenant) == ("vault_created", vault, subscription.tenant)
    assert (event.subscription, event.human, event.occurred_at) == (subscription, human, NOW)
    assert event.details == {"owner_human_id": str(human.pk)}


@pytest.mark.django_db
@pytest.mark.parametrize("l0", ["6087ADF5", "6087adf", "6087adf5a", "6087adg5", "", "6087adf5\n"])
def test_an_l0_is_eight_lowercase_hex_digits(l0: str) -> None:
    tenant = TenantFactory()
    with refused("invalid", field="l0"):
        register(tenant, l0=l0)


@pytest.mark.django_db
def test_a_taken_l0_is_never_overwritten() -> None:
    archived = VaultFactory(archived=True)
    tenant = TenantFactory()
    with refused("l0_taken", field="l0"):
        register(tenant, l0=archived.pk)


def test_of_two_registrations_of_one_l0_at_once_the_second_is_refused(committed_db: CommittedDatabase) -> None:
    here, there = TenantFactory(), TenantFactory()

    outcome = race(committed_db, lambda: register(here), lambda: register(there))

    assert isinstance(outcome, operations.L0Taken)
    assert Vault.objects.get().tenant == here


@pytest.mark.django_db
@pytest.mark.parametrize("payer", ["tenant", "parent", "grandparent"])
@pytest.mark.parametrize("named", [True, False])
def test_the_tenant_or_one_above_it_pays(payer: str, named: bool) -> None:
    dept = TenantFactory(parent=TenantFactory(customer=True))
    payers = {"tenant": dept, "parent": dept.parent, "grandparent": dept.parent.parent}
    subscription = SubscriptionFactory(tenant=payers[payer])

    vault = register(dept, subscription if named else None)

    assert EffectiveVault.objects.get(pk=vault.pk).subscription == subscription
    assert BillingEvent.objects.get().subscription == subscription


@pytest.mark.django_db
def test_nobody_else_pays() -> None:
    customer = TenantFactory(customer=True)
    sister, below = TenantFactory(parent=customer.parent), TenantFactory(parent=customer)
    for stranger in (sister, below):
        subscription = SubscriptionFactory(tenant=stranger)
        with refused("invalid", field="subscription"):
            register(customer, subscription)


@pytest.mark.django_db
def test_an_archived_subscription_pays_for_nothing() -> None:
    subscription = SubscriptionFactory(archived=True)
    with refused("invalid", field="subscription"):
        register(subscription.tenant, subscription)


@pytest.mark.django_db
def test_nothing_is_registered_in_an_archived_tenant() -> None:
    tenant = TenantFactory(parent=TenantFactory(archived=True))
    with refused("tenant_archived", field="tenant"):
        register(tenant)


@pytest.mark.django_db
def test_without_any_subscription_it_is_known_but_not_in_service() -> None:
    vault = register(TenantFactory())
    effective = EffectiveVault.objects.get(pk=vault.pk)
    assert (effective.status, effective.status_reason) == ("suspended", "no_subscription")


@pytest.mark.django_db
@pytest.mark.parametrize("named", [True, False])
def test_active_and_suspended_vaults_count_whether_they_name_the_subscription_or_inherit_it(named: bool) -> None:
    dept = TenantFactory(parent=TenantFactory(customer=True))
    subscription = SubscriptionFactory(tenant=dept.parent.parent, max_vaults=3)
    VaultFactory(tenant=dept.parent, subscription=subscription, suspended=True)
    VaultFactory(tenant=dept.parent, inheriting=True)
    VaultFactory(tenant=dept, inheriting=True, archived=True)
    VaultFactory(tenant=TenantFactory(parent=dept.parent.parent))  # of a tenant with a subscription of its own

    register(dept, subscription if named else None)

    with refused("vault_limit_reached", field="subscription") as caught:
        register(dept, subscription if named else None, l0="00000001")
    assert "3 vaults" in caught.error.message


def test_two_vaults_at_once_do_not_pass_the_limit(committed_db: CommittedDatabase) -> None:
    msp = TenantFactory(msp=True)
    subscription = SubscriptionFactory(tenant=msp, max_vaults=1)
    here, there = TenantFactory(parent=msp), TenantFactory(parent=msp)

    outcome = race(committed_db, lambda: register(here, subscription), lambda: register(there, l0="00000001"))

    assert isinstance(outcome, operations.VaultLimitReached)
    assert Vault.objects.get().tenant == here

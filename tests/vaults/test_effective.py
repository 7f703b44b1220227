"""What is in force for a vault (RULES 16, 17, 27): the view against the rules' own words in Python, exhaustively."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest

from billing.models import Plan, PlanName, Subscription, SubscriptionStatus
from tenancy.models import Tenant, TenantStatus
from tests import factories
from vaults.models import EffectiveVault, Vault, VaultStatus

WORSE = ["active", "suspended", "archived"]
IN_SERVICE = ("trialing", "active", "past_due")
START = datetime(2026, 1, 1, tzinfo=UTC)


def of_subscription(status: str | None) -> str:
    """RULES 27: what a subscription's state means for a vault. A cancelled one serves on; `ends_at` travels."""
    if status is None:
        return "suspended"
    return status if status in ("suspended", "archived") else "active"


def expected(vault: str, tenant: str, subscription: str | None) -> tuple[str, str | None]:
    """(effective status, reason): the worst of the three, and of those that are that bad the first is the reason."""
    parts = {"vault": vault, "tenant": tenant, "subscription": of_subscription(subscription)}
    worst = max(parts.values(), key=WORSE.index)
    if worst == "active":
        return worst, None
    first = next(part for part, status in parts.items() if status == worst)
    without = first == "subscription" and subscription is None
    return worst, "no_subscription" if without else f"{first}_{worst}"


def in_force() -> EffectiveVault:
    """The effective row of the one vault."""
    return EffectiveVault.objects.get()


@pytest.mark.parametrize("subscription", [*SubscriptionStatus.values, None])
def test_the_worst_of_vault_tenant_and_subscription(db: None, subscription: str | None) -> None:
    customer = factories.TenantFactory()
    dept = factories.TenantFactory(parent=customer)
    terms = factories.SubscriptionFactory(tenant=dept, status=subscription) if subscription else None
    factories.VaultFactory(tenant=dept, subscription=terms)
    for vault, tenant, above in product(VaultStatus.values, TenantStatus.values, TenantStatus.values):
        Vault.objects.update(status=vault)
        Tenant.objects.filter(id=dept.pk).update(status=tenant)
        Tenant.objects.filter(id=customer.pk).update(status=above)
        found = in_force()
        of_tenant = max(tenant, above, key=WORSE.index)
        assert (found.status, found.status_reason) == expected(vault, of_tenant, subscription), (vault, tenant, above)


@pytest.mark.parametrize("ends_at", [START - timedelta(days=1), START + timedelta(days=36500), None])
@pytest.mark.parametrize("status", ["active", "cancelled"])
def test_the_clock_is_never_read_and_the_end_travels(db: None, status: str, ends_at: datetime | None) -> None:
    factories.VaultFactory(subscription__status=status, subscription__ends_at=ends_at)
    found = in_force()
    assert (found.status, found.ends_at) == ("active", ends_at)


def test_limits_and_plan_are_the_subscriptions_own(db: None) -> None:
    """RULES 15: a copy at its start, whatever the catalogue says today."""
    vault = factories.VaultFactory(subscription__plan="Pro", subscription__max_devices=3, subscription__max_tokens=4)
    Plan.objects.update(max_devices=77, max_tokens=77)
    found = in_force()
    assert (found.plan, found.max_devices, found.max_tokens) == ("Pro", 3, 4)
    assert found.subscription == vault.subscription


@pytest.mark.parametrize("plan", PlanName.values)
def test_an_override_replaces_the_limits_per_vault_and_nothing_else(db: None, plan: str) -> None:
    """RULES 16. From the catalogue as it is: an override has no price to lock."""
    Plan.objects.filter(name=plan).update(max_devices=42, max_tokens=43)
    factories.VaultFactory(plan_override=plan, subscription__suspended=True, subscription__ends_at=START)
    found = in_force()
    assert (found.plan, found.max_devices, found.max_tokens) == (plan, 42, 43)
    assert (found.status, found.status_reason, found.ends_at) == ("suspended", "subscription_suspended", START)


def test_an_override_is_no_subscription(db: None) -> None:
    factories.VaultFactory(plan_override="Pro", subscription=None)
    found = in_force()
    assert (found.status, found.status_reason, found.subscription) == ("suspended", "no_subscription", None)


class TestInheriting:
    """RULES 17: a vault that names no subscription has the nearest live one upward."""

    @pytest.fixture
    def branch(self, db: None) -> tuple[Tenant, Tenant, Tenant]:
        """A department with a vault that names no subscription, then its customer, then the MSP."""
        msp = factories.TenantFactory(msp=True)
        customer = factories.TenantFactory(parent=msp)
        dept = factories.TenantFactory(parent=customer)
        factories.VaultFactory(tenant=dept, inheriting=True)
        return dept, customer, msp

    def test_the_nearest_that_is_not_archived(self, branch: tuple[Tenant, Tenant, Tenant]) -> None:
        near_to_far = [factories.SubscriptionFactory(tenant=tenant) for tenant in branch]
        elsewhere = factories.TenantFactory()
        for statuses in product([*SubscriptionStatus.values, None], repeat=3):
            for tenant, one, status in zip(branch, near_to_far, statuses, strict=True):
                one.status, one.tenant = status or "active", tenant if status else elsewhere
            Subscription.objects.bulk_update(near_to_far, ["status", "tenant"])
            nearest = next((i for i, status in enumerate(statuses) if status not in (None, "archived")), None)
            found = in_force()
            assert found.subscription == (None if nearest is None else near_to_far[nearest]), statuses
            status = None if nearest is None else statuses[nearest]
            assert (found.status, found.status_reason) == expected("active", "active", status), statuses

    @pytest.mark.parametrize(("better", "worse"), [
        *product(IN_SERVICE, ("suspended", "cancelled", "archived")),
        ("suspended", "cancelled"), ("suspended", "archived"), ("cancelled", "archived"),
    ])  # fmt: skip
    def test_of_several_of_one_tenant_the_one_in_service(
        self, branch: tuple[Tenant, Tenant, Tenant], better: str, worse: str
    ) -> None:
        """However old it is, and whichever was added first."""
        old = factories.SubscriptionFactory(tenant=branch[0], status=better, started_at=START)
        factories.SubscriptionFactory(tenant=branch[0], status=worse, started_at=START + timedelta(days=9))
        assert in_force().subscription == old

    @pytest.mark.parametrize("order", list(permutations([1, 2, 3])), ids=str)
    @pytest.mark.parametrize("statuses", [IN_SERVICE, ("suspended",) * 3, ("cancelled",) * 3], ids="-".join)
    def test_of_equals_the_latest(
        self, branch: tuple[Tenant, Tenant, Tenant], statuses: tuple[str, str, str], order: tuple[int, int, int]
    ) -> None:
        for day, status in zip(order, statuses, strict=True):
            factories.SubscriptionFactory(tenant=branch[0], status=status, started_at=START + timedelta(days=day))
        assert in_force().subscription == Subscription.objects.get(started_at=START + timedelta(days=3))

    def test_of_those_that_began_together_the_one_added_last(self, branch: tuple[Tenant, Tenant, Tenant]) -> None:
        added = [factories.SubscriptionFactory(tenant=branch[0], started_at=START) for _ in range(3)]
        assert in_force().subscription == added[-1]

    @pytest.mark.parametrize("elsewhere", ["neighbour", "child", "stranger"])
    def test_nobody_elses(self, branch: tuple[Tenant, Tenant, Tenant], elsewhere: str) -> None:
        dept, customer, _ = branch
        Vault.objects.update(tenant=customer if elsewhere == "child" else dept)
        made: Callable[[], Tenant] = {
            "neighbour": lambda: factories.TenantFactory(parent=customer),
            "child": lambda: dept,
            "stranger": factories.TenantFactory,
        }[elsewhere]
        factories.SubscriptionFactory(tenant=made())
        assert in_force().status_reason == "no_subscription"

    def test_one_that_is_named_goes_before_all_that_are_nearer(self, branch: tuple[Tenant, Tenant, Tenant]) -> None:
        """Even an archived one: an operator's explicit choice isn't replaced in silence."""
        factories.SubscriptionFactory(tenant=branch[0])
        named = factories.SubscriptionFactory(tenant=branch[2], archived=True)
        Vault.objects.update(subscription=named)
        found = in_force()
        assert (found.subscription, found.status_reason) == (named, "subscription_archived")

    def test_limits_and_end_are_inherited_too(self, branch: tuple[Tenant, Tenant, Tenant]) -> None:
        factories.SubscriptionFactory(
            tenant=branch[2], plan="Team100", max_devices=8, max_tokens=9, status="cancelled", ends_at=START
        )
        found = in_force()
        assert (found.plan, found.max_devices, found.max_tokens, found.ends_at) == ("Team100", 8, 9, START)


def test_every_vault_has_one_row(db: None) -> None:
    tenant = factories.TenantFactory()
    factories.SubscriptionFactory.create_batch(3, tenant=tenant)
    factories.VaultFactory.create_batch(4, tenant=tenant, inheriting=True)
    assert EffectiveVault.objects.count() == 4

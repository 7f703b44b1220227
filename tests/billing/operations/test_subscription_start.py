"""The start of a subscription (RULES 14, 15, 18)."""

from datetime import timedelta
from typing import Any

import pytest

from billing import operations
from billing.models import BillingEvent, Plan, Subscription
from tests.acts import NOW, refused
from tests.factories import OperatorFactory, TenantFactory

pytestmark = pytest.mark.django_db


def start(tenant: Any, plan: Plan | str = "Team25", billing_cycle: str = "annual", **given: Any) -> Subscription:
    given = {"trial": False, "by": None, **given}
    return operations.start_subscription(tenant=tenant, plan=plan, billing_cycle=billing_cycle, at=NOW, **given)


def test_it_copies_limits_and_price_and_keeps_them() -> None:
    plan = Plan.objects.get(name="Team25")
    subscription = start(TenantFactory(), plan)
    Plan.objects.update(max_vaults=1, max_devices=1, max_tokens=1, price_per_year_cents=1)

    subscription.refresh_from_db()

    assert (subscription.plan, subscription.max_vaults, subscription.price_per_year_cents) == ("Team25", 26, 49900)
    assert (subscription.max_devices, subscription.max_tokens) == (plan.max_devices, plan.max_tokens)


def test_without_a_trial_it_is_active_and_due_at_once() -> None:
    subscription = start(TenantFactory())
    assert (subscription.status, subscription.started_at, subscription.created_at) == ("active", NOW, NOW)
    assert (subscription.next_invoice_at, subscription.ends_at) == (NOW, None)


def test_a_trial_lasts_seven_days_and_ends_nothing_by_itself() -> None:
    subscription = start(TenantFactory(), trial=True)
    assert (subscription.status, subscription.started_at, subscription.ends_at) == ("trialing", NOW, None)
    assert subscription.next_invoice_at == NOW + timedelta(days=7)


def test_its_event_tells_what_was_agreed() -> None:
    operator = OperatorFactory()

    subscription = start(TenantFactory(), by=operator)

    event = BillingEvent.objects.get()
    assert (event.event_type, event.tenant, event.subscription, event.human) == (
        "subscription_created",
        subscription.tenant,
        subscription,
        operator,
    )
    assert (event.details["plan"], event.details["max_vaults"], event.details["price_per_year_cents"]) == (
        "Team25",
        26,
        49900,
    )


def test_a_plan_without_a_price_is_not_sold() -> None:
    tenant = TenantFactory()
    with refused("price_unset", field="plan") as caught:
        start(tenant, "Pro")
    assert "Pro" in caught.error.message


@pytest.mark.parametrize(
    ("name", "sold"), [("Personal", False), ("Team25", False), ("Team100", True), ("Team500", True)]
)
def test_only_from_team100_on_a_plan_is_sold_by_the_month(name: str, sold: bool) -> None:
    tenant = TenantFactory()
    Plan.objects.update(price_per_year_cents=100)
    if sold:
        assert start(tenant, name, "monthly").billing_cycle == "monthly"
    else:
        with refused("cycle_not_sold", field="billing_cycle"):
            start(tenant, name, "monthly")


@pytest.mark.parametrize(
    ("plan", "billing_cycle", "field"), [("Team26", "annual", "plan"), ("Team25", "weekly", "billing_cycle")]
)
def test_what_is_unknown_is_named(plan: str, billing_cycle: str, field: str) -> None:
    tenant = TenantFactory()
    with refused("invalid", field=field):
        start(tenant, plan, billing_cycle)


def test_nothing_is_sold_to_an_archived_tenant() -> None:
    tenant = TenantFactory(archived=True)
    with refused("tenant_archived", field="tenant"):
        start(tenant)

"""The catalogue of plans (RULES 14)."""

from typing import Any

import pytest

from billing import operations
from billing.models import BillingEvent, Plan
from tests.acts import NOW, refused
from tests.factories import HumanFactory, OperatorFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


def update(plan: Plan, by: Any = None, **changes: Any) -> Plan:
    """`plan` with all its present values but the given ones."""
    facts = ("max_vaults", "max_agents", "max_devices", "max_tokens", "price_per_year_cents", "sells_monthly")
    values = {name: getattr(plan, name) for name in (*facts, "to_confirm")}
    return operations.update_plan(plan=plan, by=by, at=NOW, **{**values, **changes})


def test_an_operator_sets_a_price_and_confirms_a_default() -> None:
    operator, pro = OperatorFactory(), Plan.objects.get(name="Pro")

    update(pro, operator, price_per_year_cents=9900, to_confirm=["max_tokens", "max_tokens"])

    pro.refresh_from_db()
    assert (pro.price_per_year_cents, pro.to_confirm) == (9900, ["max_tokens"])
    event = BillingEvent.objects.get()
    assert (event.event_type, event.tenant, event.human) == ("plan_updated", operator.tenant, operator)
    assert event.details == {
        "plan": "Pro",
        "price_per_year_cents": [None, 9900],
        "to_confirm": [["max_devices", "max_tokens"], ["max_tokens"]],
    }


def test_a_subscription_keeps_what_it_copied() -> None:
    subscription = SubscriptionFactory(plan="Team10", max_vaults=11)

    update(Plan.objects.get(name="Team10"), max_vaults=1)

    subscription.refresh_from_db()
    assert subscription.max_vaults == 11


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"max_vaults": -1}, "max_vaults"),
        ({"max_agents": "many"}, "max_agents"),
        ({"price_per_year_cents": -1}, "price_per_year_cents"),
        ({"to_confirm": ["max_vaults", "colour"]}, "to_confirm"),
    ],
)
def test_a_wrong_value_is_refused(changes: dict[str, Any], field: str) -> None:
    operator = OperatorFactory()
    with refused("invalid", field=field):
        update(Plan.objects.get(name="Pro"), operator, **changes)


def test_nobody_else_changes_the_catalogue() -> None:
    somebody = HumanFactory()
    with refused("operator_required"):
        update(Plan.objects.get(name="Pro"), somebody, price_per_year_cents=1)

"""The operators' pages for plans, subscriptions and billing events."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from billing.models import BillingEvent, Plan, Subscription
from tests.factories import BillingEventFactory, SubscriptionFactory, TenantFactory, VaultFactory
from tests.operator import page, signed_in, text, transition


@pytest.fixture
def client(db: None) -> Client:
    return signed_in()[0]


def test_a_subscription_starts_with_what_its_plan_holds_and_costs(client: Client) -> None:
    answer = {"tenant": TenantFactory().pk, "plan": "Team25", "billing_cycle": "annual", "trial": "on"}
    assert client.post(page("billing_subscription", "add"), answer).status_code == 302
    started = Subscription.objects.get()
    assert (started.status, started.max_vaults, started.price_per_year_cents) == ("trialing", 26, 49900)


@pytest.mark.parametrize(
    ("plan", "cycle", "field", "words"),
    [("Pro", "annual", "plan", "has no price"), ("Team25", "monthly", "billing_cycle", "by the year only")],
)
def test_what_is_not_sold_is_refused_at_its_field(
    client: Client, plan: str, cycle: str, field: str, words: str
) -> None:
    answer = {"tenant": TenantFactory().pk, "plan": plan, "billing_cycle": cycle}
    response = client.post(page("billing_subscription", "add"), answer)
    assert words in str(response.context["adminform"].form.errors[field])
    assert not Subscription.objects.exists()
    assert not LogEntry.objects.exists()


def test_cancelling_serves_until_the_end_that_was_given(client: Client) -> None:
    subscription = SubscriptionFactory()
    ends_at = (timezone.now() + timedelta(days=30)).replace(second=0, microsecond=0)
    answer = {"ends_at": f"{ends_at:%Y-%m-%dT%H:%M}", "reason": "they asked"}
    client.post(transition("billing_subscription", "cancel", subscription.pk), answer)
    subscription.refresh_from_db()
    assert (subscription.status, subscription.ends_at) == ("cancelled", ends_at)


def test_cancelling_without_an_end_ends_it_now(client: Client) -> None:
    subscription = SubscriptionFactory()
    client.post(transition("billing_subscription", "cancel", subscription.pk), {"reason": "refund"})
    subscription.refresh_from_db()
    assert subscription.ends_at is not None
    assert subscription.ends_at <= timezone.now()


def test_an_end_in_the_past_is_refused_at_its_field(client: Client) -> None:
    subscription = SubscriptionFactory()
    answer = {"ends_at": "2020-01-01T00:00", "reason": "x"}
    response = client.post(transition("billing_subscription", "cancel", subscription.pk), answer)
    assert "is past" in str(response.context["form"].errors["ends_at"])


def test_suspending_reaches_the_vaults_it_pays_for_named_or_not(client: Client) -> None:
    subscription = SubscriptionFactory()
    VaultFactory(tenant=subscription.tenant, subscription=subscription)
    VaultFactory(tenant=TenantFactory(parent=subscription.tenant), inheriting=True)
    VaultFactory()
    words = text(client.get(transition("billing_subscription", "suspend", subscription.pk)))
    assert "This reaches 2 vaults, no devices." in words


def test_a_plan_is_edited_and_confirmed(client: Client) -> None:
    limits = {"max_vaults": 1, "max_agents": 50, "max_devices": 20, "max_tokens": 50}
    answer = {**limits, "price_per_year_cents": 9900, "to_confirm": ["max_tokens"]}
    assert client.post(page("billing_plan", "change", "Pro"), answer).status_code == 302
    plan = Plan.objects.get(name="Pro")
    assert (plan.max_devices, plan.price_per_year_cents, plan.to_confirm) == (20, 9900, ["max_tokens"])


def test_a_price_is_shown_as_money_and_a_missing_one_as_missing(client: Client) -> None:
    words = text(client.get(page("billing_plan")))
    assert "Team25 USD 499.00" in words
    assert "Pro not set" in words


def test_events_are_for_reading_alone(client: Client) -> None:
    event = BillingEventFactory()
    assert client.get(page("billing_billingevent", "add")).status_code == 403
    assert client.post(page("billing_billingevent", "change", event.pk), {"event_type": "x"}).status_code == 403
    assert client.get(page("billing_billingevent", "delete", event.pk)).status_code == 403
    assert BillingEvent.objects.get().event_type == "subscription_created"


def test_events_are_narrowed_by_date_without_reading_them_all(client: Client) -> None:
    old = BillingEventFactory(occurred_at=timezone.now().replace(year=2024, month=5, day=17))
    BillingEventFactory()
    changes = client.get(page("billing_billingevent")).context["cl"]
    assert [step.title for step in changes.date_steps][:2] == ["2024", "2025"]
    narrowed = {"occurred_at__year": 2024, "occurred_at__month": 5}
    changes = client.get(page("billing_billingevent"), narrowed).context["cl"]
    assert changes.result_list == [old]
    assert [step.title for step in changes.date_steps][:3] == ["All dates", "2024", "1"]
    assert len(changes.date_steps) == 2 + 31
    narrowed = {**narrowed, "occurred_at__day": 17}
    assert [step.title for step in client.get(page("billing_billingevent"), narrowed).context["cl"].date_steps] == [
        "All dates",
        "2024",
        "May",
    ]

"""A subscription's states (RULES 18, 19)."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from billing import operations
from billing.models import BillingEvent, Subscription, SubscriptionStatus
from tests.acts import NOW, refused
from tests.factories import HumanFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=30)


def cancel(**given: Any) -> Subscription:
    return operations.cancel_subscription(ends_at=LATER, **given)


MOVES: dict[str, Callable[..., Subscription]] = {
    "active": operations.reactivate_subscription,
    "past_due": operations.mark_past_due,
    "suspended": operations.suspend_subscription,
    "cancelled": cancel,
    "archived": operations.archive_subscription,
}
# RULES 18, word for word
ALLOWED = {
    "trialing": {"active", "cancelled"},
    "active": {"past_due", "suspended", "cancelled"},
    "past_due": {"active", "suspended", "cancelled"},
    "suspended": {"active", "cancelled"},
    "cancelled": {"archived"},
    "archived": set(),
}
PAIRS = list(itertools.product(SubscriptionStatus.values, MOVES))
EVENTS = {
    "active": "subscription_reactivated",
    "past_due": "subscription_past_due",
    "suspended": "subscription_suspended",
    "cancelled": "subscription_cancelled",
    "archived": "subscription_archived",
}


@pytest.mark.parametrize(("present", "wanted"), [pair for pair in PAIRS if pair[1] in ALLOWED[pair[0]]])
def test_every_allowed_move_is_made_and_recorded(present: str, wanted: str) -> None:
    subscription, human = SubscriptionFactory(status=present), HumanFactory()

    moved = MOVES[wanted](subscription=subscription, by=human, reason=" said so ", at=NOW)

    subscription.refresh_from_db()
    assert (subscription.status, subscription.updated_at, moved.status) == (wanted, NOW, wanted)
    event = BillingEvent.objects.get()
    assert (event.event_type, event.subscription, event.tenant) == (EVENTS[wanted], subscription, subscription.tenant)
    assert (event.human, event.occurred_at) == (human, NOW)
    assert (event.details["reason"], event.details["status"]) == ("said so", [present, wanted])


@pytest.mark.parametrize(("present", "wanted"), [pair for pair in PAIRS if pair[1] not in ALLOWED[pair[0]]])
def test_every_other_move_is_refused_and_says_what_is_possible(present: str, wanted: str) -> None:
    subscription = SubscriptionFactory(status=present)
    with refused("invalid_transition", field="status") as caught:
        MOVES[wanted](subscription=subscription, by=None, reason="said so", at=NOW)
    assert all(possible in caught.error.message for possible in ALLOWED[present] or {"final"})


@pytest.mark.parametrize(("present", "wanted"), [("active", "suspended"), ("cancelled", "archived")])
def test_suspending_and_archiving_need_a_reason(present: str, wanted: str) -> None:
    subscription = SubscriptionFactory(status=present)
    with refused("reason_required", field="reason"):
        MOVES[wanted](subscription=subscription, by=None, reason="", at=NOW)


def test_cancelling_sets_the_end_and_service_runs_until_then() -> None:
    subscription = SubscriptionFactory()

    cancel(subscription=subscription, by=None, at=NOW)

    subscription.refresh_from_db()
    assert subscription.ends_at == LATER
    assert BillingEvent.objects.get().details["ends_at"] == LATER.isoformat()


def test_it_may_end_now_but_not_before() -> None:
    subscription = SubscriptionFactory()
    with refused("invalid", field="ends_at"):
        operations.cancel_subscription(
            subscription=subscription, ends_at=NOW - timedelta(seconds=1), by=None, reason="", at=NOW
        )
    ended = operations.cancel_subscription(subscription=subscription, ends_at=NOW, by=None, at=NOW)
    assert ended.ends_at == NOW

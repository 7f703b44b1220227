"""Plans, subscriptions, billing events."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from billing.models import BillingCycle, BillingEvent, Plan, PlanName, Subscription, SubscriptionStatus
from tests.factories.tenancy import TenantFactory


class PlanFactory(DjangoModelFactory[Plan]):
    """One of the ten plans, which a migration made; no other may exist."""

    class Meta:
        model = Plan
        django_get_or_create = ("name",)

    name = PlanName.TEAM10
    max_vaults = 11
    max_agents = 100
    max_devices = 10
    max_tokens = 100


class SubscriptionFactory(DjangoModelFactory[Subscription]):
    """An active Team10, paid by the year, without an end."""

    class Meta:
        model = Subscription

    class Params:
        trialing = factory.Trait(status=SubscriptionStatus.TRIALING)
        past_due = factory.Trait(status=SubscriptionStatus.PAST_DUE)
        suspended = factory.Trait(status=SubscriptionStatus.SUSPENDED)
        cancelled = factory.Trait(
            status=SubscriptionStatus.CANCELLED,
            ends_at=factory.LazyAttribute(lambda subscription: subscription.started_at + timedelta(days=365)),
        )
        archived = factory.Trait(status=SubscriptionStatus.ARCHIVED, ends_at=factory.LazyFunction(timezone.now))
        paddle = factory.Trait(paddle_subscription_id=factory.Sequence("sub_{}".format))

    tenant = factory.SubFactory(TenantFactory)
    plan = PlanName.TEAM10
    status = SubscriptionStatus.ACTIVE
    started_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=30))
    billing_cycle = BillingCycle.ANNUAL
    max_vaults = 11
    max_devices = 10
    max_tokens = 100
    price_per_year_cents = 24_900
    created_at = factory.SelfAttribute("started_at")


class BillingEventFactory(DjangoModelFactory[BillingEvent]):
    """Something happened to a tenant. Rows of it stay for ever: they can't be changed or deleted."""

    class Meta:
        model = BillingEvent

    class Params:
        payment = factory.Trait(event_type="payment_received", amount_cents=24_900)

    tenant = factory.SubFactory(TenantFactory)
    event_type = "subscription_created"
    occurred_at = factory.LazyFunction(timezone.now)

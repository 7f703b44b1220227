"""The start of a subscription (RULES 14, 15, 18)."""

from datetime import datetime, timedelta

from django.db import transaction

from billing.models import BillingCycle, Plan, Subscription, SubscriptionStatus
from billing.operations.event import EventType, record_event
from clavitor.base import rows
from clavitor.base.errors import Conflict, Invalid
from tenancy import operations as tenancy
from tenancy.models import Human, Tenant

TRIAL = timedelta(days=7)


class PriceUnset(Conflict):
    """A plan whose price nobody has set can't be sold (RULES 14)."""

    code = "price_unset"


class CycleNotSold(Invalid):
    """Below Team100 plans are billed annually (RULES 14)."""

    code = "cycle_not_sold"


@transaction.atomic
def start_subscription(
    *, tenant: Tenant, plan: Plan | str, billing_cycle: str, trial: bool, by: Human | None, at: datetime
) -> Subscription:
    """`tenant` has `plan` (or the plan of that name) from `at` on, with the limits and the price of now (RULES 15).

    With `trial` it is trialing, and its first invoice is due after 7 days; else it is active and due at once.
    Raises PriceUnset, CycleNotSold, Invalid, TenantArchived.
    """
    tenant = rows.lock(tenant)
    tenancy.require_not_archived(tenant)
    plan = _plan(plan)
    _require_cycle(plan, billing_cycle)
    subscription = Subscription.objects.create(
        tenant=tenant,
        plan=plan.name,
        status=SubscriptionStatus.TRIALING if trial else SubscriptionStatus.ACTIVE,
        started_at=at,
        billing_cycle=billing_cycle,
        next_invoice_at=at + TRIAL if trial else at,
        max_vaults=plan.max_vaults,
        max_devices=plan.max_devices,
        max_tokens=plan.max_tokens,
        price_per_year_cents=_price(plan),
        created_at=at,
    )
    _record(subscription, by=by, at=at)
    return subscription


def _plan(plan: Plan | str) -> Plan:
    name = plan.name if isinstance(plan, Plan) else plan
    found = Plan.objects.filter(name=name).first()
    if found is None:
        raise Invalid(f"There is no plan {name!r} in the catalogue. See Plans for those there are.", field="plan")
    return found


def _price(plan: Plan) -> int:
    if plan.price_per_year_cents is None:
        raise PriceUnset(f"{plan} has no price, so it can't be sold. Set one in the catalogue first.", field="plan")
    return plan.price_per_year_cents


def _require_cycle(plan: Plan, billing_cycle: str) -> None:
    if billing_cycle not in BillingCycle.values:
        raise Invalid(
            f"billing_cycle {billing_cycle!r} is none of {', '.join(BillingCycle.values)}.", field="billing_cycle"
        )
    if billing_cycle == BillingCycle.MONTHLY and not plan.sells_monthly:
        raise CycleNotSold(f"{plan} is sold by the year only. Choose annual.", field="billing_cycle")


def _record(subscription: Subscription, *, by: Human | None, at: datetime) -> None:
    facts = ("plan", "status", "billing_cycle", "max_vaults", "max_devices", "max_tokens", "price_per_year_cents")
    record_event(
        event_type=EventType.SUBSCRIPTION_CREATED,
        tenant=subscription.tenant,
        subscription=subscription,
        by=by,
        at=at,
        details={name: getattr(subscription, name) for name in facts},
    )

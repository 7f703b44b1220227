"""Plans, subscriptions, and the billing events."""

from billing.models.event import BillingEvent
from billing.models.plan import BillingCycle, Plan, PlanName
from billing.models.subscription import InvoiceTerms, Subscription, SubscriptionStatus

__all__ = [
    "BillingCycle",
    "BillingEvent",
    "InvoiceTerms",
    "Plan",
    "PlanName",
    "Subscription",
    "SubscriptionStatus",
]

"""The operators' pages for plans, subscriptions and billing events."""

from billing.admin import dashboard, event, hanging, plan, subscription

__all__ = ["dashboard", "event", "hanging", "plan", "subscription"]

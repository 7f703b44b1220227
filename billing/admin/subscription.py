"""The operators' pages for subscriptions. Limits and price are copied at the start and never edited (RULES 15)."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from billing import operations
from billing.models import BillingCycle, Subscription, SubscriptionStatus
from billing.operations.subscription import TRANSITIONS
from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_display import badge, money
from clavitor.base.admin_forms import MomentInput
from clavitor.base.admin_search import by_id
from clavitor.base.admin_transition import ReasonForm, Transition, from_states
from tenancy.admin import tree


class StartForm(forms.ModelForm):
    """What a new subscription needs; limits and price come from the plan."""

    billing_cycle = forms.ChoiceField(
        choices=BillingCycle.choices,
        initial=BillingCycle.ANNUAL,
        widget=UnfoldAdminSelectWidget,
        help_text="Monthly only from Team100 on.",
    )
    trial = forms.BooleanField(
        required=False, widget=UnfoldBooleanSwitchWidget, help_text="7 days without charge, then the first invoice."
    )

    class Meta:
        model = Subscription
        fields = ("tenant", "plan", "billing_cycle")


class CancelForm(ReasonForm):
    """When it ends, and why."""

    ends_at = forms.DateTimeField(
        required=False, widget=MomentInput, label="Ends at", help_text="UTC; it serves until then. Empty: now."
    )
    field_order = ("ends_at", "reason")


def _cancel(*, ends_at: datetime | None, at: datetime, **others: Any) -> Subscription:
    return operations.cancel_subscription(ends_at=ends_at or at, at=at, **others)


def _to(status: SubscriptionStatus) -> Any:
    return from_states(TRANSITIONS, status)


PAST_DUE = Transition(
    name="past-due",
    label="Mark past due",
    done="Marked past due",
    operation=operations.mark_past_due,
    available=_to(SubscriptionStatus.PAST_DUE),
    explanation="A payment is late. Service goes on as before.",
    icon="schedule",
    hits_others=False,
)
REACTIVATE = Transition(
    name="reactivate",
    label="Reactivate",
    done="Reactivated",
    operation=operations.reactivate_subscription,
    available=_to(SubscriptionStatus.ACTIVE),
    explanation="Active again: its vaults are in service, unless something else keeps them out.",
    icon="play_circle",
    variant=ActionVariant.SUCCESS,
)
SUSPEND = Transition(
    name="suspend",
    label="Suspend",
    done="Suspended",
    operation=operations.suspend_subscription,
    available=_to(SubscriptionStatus.SUSPENDED),
    explanation="Suspends its vaults at every POP until it is reactivated.",
    icon="pause_circle",
    variant=ActionVariant.WARNING,
)
CANCEL = Transition(
    name="cancel",
    label="Cancel subscription",
    done="Cancelled",
    operation=_cancel,
    available=_to(SubscriptionStatus.CANCELLED),
    explanation="It serves until its end; then its vaults are suspended. A cancelled one can't be revived.",
    icon="event_busy",
    variant=ActionVariant.DANGER,
    form=CancelForm,
)
ARCHIVE = Transition(
    name="archive",
    label="Archive",
    done="Archived",
    operation=operations.archive_subscription,
    available=_to(SubscriptionStatus.ARCHIVED),
    explanation="Puts a cancelled subscription away: its vaults are archived, or follow another one. Final.",
    icon="archive",
    variant=ActionVariant.DANGER,
)


@admin.register(Subscription)
class SubscriptionAdmin(RegistryAdmin):
    """Started here, changed by transitions alone."""

    subject = "subscription"
    creates = operations.start_subscription
    add_form = StartForm
    transitions = (PAST_DUE, REACTIVATE, SUSPEND, CANCEL, ARCHIVE)
    related = (f"tenant__{tree.ABOVE}",)
    lookups = (by_id(), by_id("tenant_id"))
    search_fields = ("pk", "tenant__pk")
    search_help_text = "The id of a subscription or of its tenant"
    list_display = (
        *("plan_name", "tenant_path", "state", "billing_cycle", "price"),
        *("started_at", "ends_at", "next_invoice_at"),
    )
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("plan", ChoicesDropdownFilter),
        ("billing_cycle", ChoicesDropdownFilter),
        ("tenant", tree.TenantFilter),
    )
    list_filter_submit = True
    sortable_by = ()
    autocomplete_fields = ("tenant",)
    add_fieldsets = ((None, {"fields": ("tenant", "plan", "billing_cycle", "trial")}),)
    fieldsets = (
        (None, {"fields": (("plan_name", "tenant_path"), "state", "belongings")}),
        (
            "Terms",
            {"fields": (("started_at", "ends_at"), ("next_invoice_at", "invoice_terms"), "paddle_subscription_id")},
        ),
        (
            "Limits and price, kept since its start",
            {"fields": (("max_vaults", "billing_cycle"), ("max_devices", "price"), "max_tokens")},
        ),
        ("Facts", {"fields": ("id", ("created_at", "updated_at"))}),
    )
    readonly_fields = ("id", "plan_name", "tenant_path", "state", "price", "belongings", "created_at", "updated_at")

    def describe(self, row: Subscription) -> str:
        return f"{row.plan} of {tree.path(row.tenant)}, {row.get_status_display().lower()}"

    @admin.display(description="Plan")
    def plan_name(self, obj: Subscription) -> str:
        return obj.plan

    @admin.display(description="Tenant")
    def tenant_path(self, obj: Subscription) -> SafeString:
        return tree.path_link(obj.tenant)

    @admin.display(description="Status")
    def state(self, obj: Subscription) -> SafeString:
        return badge(obj.status)

    @admin.display(description="Price a year")
    def price(self, obj: Subscription) -> str:
        return money(obj.price_per_year_cents)

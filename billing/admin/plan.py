"""The operators' pages for the catalogue of plans."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from billing import operations
from billing.models import Plan
from billing.operations.plan import EDITABLE
from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_display import badge, money
from clavitor.base.admin_search import by_beginning


class PlanForm(forms.ModelForm):
    """What is still to confirm, as check boxes."""

    to_confirm = forms.MultipleChoiceField(
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
        choices=[(name, name) for name in EDITABLE],
        help_text="These hold defaults that nobody confirmed. Take one off once its value is what the company wants.",
    )

    class Meta:
        model = Plan
        fields = (*EDITABLE, "to_confirm")


@admin.register(Plan)
class PlanAdmin(RegistryAdmin):
    """Ten plans, whose names are fixed. A change counts for subscriptions that start later (RULES 15)."""

    subject = "plan"
    updates = operations.update_plan
    form = PlanForm
    lookups = (by_beginning("name", at_least=1),)
    search_fields = ("name",)
    ordering = ("max_vaults", "max_agents", "name")
    list_display = ("name", "price", "max_vaults", "max_agents", "max_devices", "max_tokens", "cycles", "unconfirmed")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name",)}),
        ("Price", {"fields": ("price_per_year_cents", "sells_monthly")}),
        ("Limits", {"fields": ("max_vaults", "max_agents", "max_devices", "max_tokens")}),
        ("To confirm", {"fields": ("to_confirm",)}),
    )
    readonly_fields = ("name",)

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Say what the present price is in words, beside the cents."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None and "price_per_year_cents" in form.base_fields:
            now = money(obj.price_per_year_cents)
            form.base_fields["price_per_year_cents"].help_text = f"Cents a year; now {now}. Empty: it can't be sold."
        return form

    @admin.display(description="Price a year")
    def price(self, obj: Plan) -> SafeString | str:
        return badge("past_due", "not set") if obj.price_per_year_cents is None else money(obj.price_per_year_cents)

    @admin.display(description="Billed")
    def cycles(self, obj: Plan) -> str:
        return "monthly or annually" if obj.sells_monthly else "annually"

    @admin.display(description="To confirm")
    def unconfirmed(self, obj: Plan) -> str:
        return ", ".join(obj.to_confirm) or "–"

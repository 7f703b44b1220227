"""The operators' page for billing events, which nobody adds, changes or deletes by hand (RULES 26)."""

from django.contrib import admin
from django.utils.safestring import SafeString

from billing.models import BillingEvent
from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_display import NOTHING, link, money
from clavitor.base.admin_filters import LookUpFilter
from clavitor.base.admin_search import by_email, by_hex, by_id
from tenancy.admin import tree


@admin.register(BillingEvent)
class BillingEventAdmin(RegistryAdmin):
    """Newest first, and by date."""

    related = (f"tenant__{tree.ABOVE}", "subscription__tenant", "human", "vault")
    lookups = (by_id(), by_hex("vault_id"), by_email("human__email"))
    search_fields = ("pk", "vault__pk", "human__email")
    search_help_text = "An id, how a vault's l0 begins, or a person's whole email"
    ordering = ("-occurred_at", "-pk")
    date_hierarchy = "occurred_at"
    list_display = ("occurred_at", "event", "tenant_path", "vault_link", "amount", "person")
    list_display_links = ("occurred_at", "event")
    list_filter = (
        ("tenant", tree.TenantFilter),
        ("subscription", LookUpFilter),
        ("human", LookUpFilter),
        ("vault", LookUpFilter),
    )
    list_filter_submit = True
    sortable_by = ()
    fields = (
        *("occurred_at", "event", "tenant_path", "subscription_link", "vault_link"),
        *("amount", "person", "details", "id"),
    )
    readonly_fields = fields

    @admin.display(description="Event")
    def event(self, obj: BillingEvent) -> str:
        return obj.event_type.replace("_", " ").capitalize()

    @admin.display(description="Tenant")
    def tenant_path(self, obj: BillingEvent) -> SafeString:
        return tree.path_link(obj.tenant)

    @admin.display(description="Subscription")
    def subscription_link(self, obj: BillingEvent) -> SafeString:
        return link(obj.subscription)

    @admin.display(description="Vault")
    def vault_link(self, obj: BillingEvent) -> SafeString:
        return link(obj.vault)

    @admin.display(description="By")
    def person(self, obj: BillingEvent) -> SafeString:
        return link(obj.human)

    @admin.display(description="Amount")
    def amount(self, obj: BillingEvent) -> str:
        return NOTHING if obj.amount_cents is None else money(obj.amount_cents)

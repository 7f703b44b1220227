"""The operators' pages for vaults: what is in force, and why."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from billing.models import PlanName
from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_display import NOTHING, badge, link
from clavitor.base.admin_filters import LookUpFilter
from clavitor.base.admin_search import by_hex
from clavitor.base.admin_transition import ReasonForm, Shortcut, Transition, always, from_states
from tenancy.admin import tree
from vaults import operations
from vaults.admin.inlines import CredentialInline, TokenInline
from vaults.models import Vault, VaultStatus
from vaults.operations.vault import TRANSITIONS


class OverrideForm(ReasonForm):
    """Which plan's per-vault limits count, and why."""

    plan = forms.ChoiceField(
        choices=[("", "None: as the subscription has it"), *((name, name) for name in PlanName.values)],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Its devices and tokens per vault count instead of the subscription's.",
    )
    field_order = ("plan", "reason")


SUSPEND = Transition(
    name="suspend",
    label="Suspend",
    done="Suspended",
    operation=operations.suspend_vault,
    available=from_states(TRANSITIONS, VaultStatus.SUSPENDED),
    explanation="No device and no token gets in at any POP until it is reactivated. It keeps its place in the plan.",
    icon="pause_circle",
    variant=ActionVariant.WARNING,
)
REACTIVATE = Transition(
    name="reactivate",
    label="Reactivate",
    done="Reactivated",
    operation=operations.reactivate_vault,
    available=from_states(TRANSITIONS, VaultStatus.ACTIVE),
    explanation="Lifts the vault's own suspension. What its tenant or subscription holds back stays held back.",
    icon="play_circle",
    variant=ActionVariant.SUCCESS,
)
ARCHIVE = Transition(
    name="archive",
    label="Archive",
    done="Archived",
    operation=operations.archive_vault,
    available=from_states(TRANSITIONS, VaultStatus.ARCHIVED),
    explanation="Puts the vault away and frees its place in the subscription. Only an operator can bring it back.",
    icon="archive",
    variant=ActionVariant.DANGER,
)
OVERRIDE = Transition(
    name="override-plan",
    label="Override plan",
    done="Plan overridden",
    operation=operations.override_plan,
    available=always,
    explanation="Takes this vault's limits of devices and tokens from another plan. Price and everything else stay.",
    icon="tune",
    form=OverrideForm,
    hits_others=False,
)


@admin.register(Vault)
class VaultAdmin(RegistryAdmin):
    """Registered here, changed by transitions alone."""

    subject = "vault"
    creates = operations.register_vault
    transitions = (SUSPEND, REACTIVATE, ARCHIVE, OVERRIDE)
    shortcuts = (
        Shortcut("Issue a token", "smart_toy", "vaults_agenttoken", "vault"),
        Shortcut("Enrol a device", "key", "vaults_credential", "vault"),
    )
    related = ("effective__subscription__tenant", f"tenant__{tree.ABOVE}", "owner_human")
    lookups = (by_hex("pk"),)
    search_fields = ("pk",)
    search_help_text = "How the l0 begins"
    ordering = ("pk",)
    list_display = ("l0", "tenant_path", "owner", "in_force", "why", "plan", "last_seen_at", "created_at")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("plan_override", ChoicesDropdownFilter),
        ("tenant", tree.TenantFilter),
        ("subscription", LookUpFilter),
        ("owner_human", LookUpFilter),
    )
    list_filter_submit = True
    sortable_by = ()
    inlines = (CredentialInline, TokenInline)
    autocomplete_fields = ("tenant", "owner_human", "subscription")
    add_fieldsets = ((None, {"fields": ("l0", "tenant", "owner_human", "subscription")}),)
    fieldsets = (
        (None, {"fields": ("l0", ("tenant_path", "owner"))}),
        ("What POPs are told", {"fields": (("in_force", "why"), ("plan", "limits"), ("paid_by", "ends"), "progress")}),
        ("Of its own", {"fields": ("status", ("plan_override", "own_subscription"))}),
        ("Facts", {"fields": ("belongings", ("last_seen_at", "created_at"))}),
    )
    readonly_fields = (
        *("tenant_path", "owner", "in_force", "why", "plan", "limits", "paid_by", "ends", "own_subscription"),
        *("belongings", "progress", "last_seen_at", "created_at"),
    )

    def describe(self, row: Vault) -> str:
        return f"{row.l0}, {tree.path(row.tenant)}"

    @admin.display(description="Tenant")
    def tenant_path(self, obj: Vault) -> SafeString:
        return tree.path_link(obj.tenant)

    @admin.display(description="Owner")
    def owner(self, obj: Vault) -> SafeString:
        return link(obj.owner_human)

    @admin.display(description="In force")
    def in_force(self, obj: Vault) -> SafeString:
        return badge(VaultStatus.SUSPENDED if _is_over(obj) else obj.effective.status)

    @admin.display(description="Why")
    def why(self, obj: Vault) -> str:
        return "Its subscription has ended" if _is_over(obj) else obj.effective.get_status_reason_display() or NOTHING

    @admin.display(description="Plan")
    def plan(self, obj: Vault) -> str:
        name = obj.effective.plan or NOTHING
        return f"{name} (override)" if obj.plan_override else name

    @admin.display(description="Limits")
    def limits(self, obj: Vault) -> str:
        effective = obj.effective
        if effective.max_devices is None:
            return NOTHING
        return f"{effective.max_devices:,} devices, {effective.max_tokens:,} tokens"

    @admin.display(description="Paid by")
    def paid_by(self, obj: Vault) -> SafeString:
        return link(obj.effective.subscription)

    @admin.display(description="Own subscription")
    def own_subscription(self, obj: Vault) -> str:
        return "Named for this vault" if obj.subscription_id else "None: the nearest of its tenant or upward"

    @admin.display(description="Ends at")
    def ends(self, obj: Vault) -> Any:
        return obj.effective.ends_at


def _is_over(vault: Vault) -> bool:
    """Whether its subscription's end is past, which suspends an active vault (RULES 27)."""
    ends_at = vault.effective.ends_at
    return vault.effective.status == VaultStatus.ACTIVE and ends_at is not None and ends_at <= timezone.now()

"""The operators' pages for tenants: the tree, and what may be done to its members."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant

from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_paging import estimated_rows
from clavitor.base.admin_search import by_beginning, by_id
from clavitor.base.admin_transition import Shortcut, Transition, from_states
from tenancy import operations
from tenancy.admin import tree
from tenancy.models import Tenant, TenantStatus
from tenancy.operations.tenant import TRANSITIONS

MOST_IN_TREE_ORDER = 20_000  # rows; sorting more by their ancestors' names would be felt

SUSPEND = Transition(
    name="suspend",
    label="Suspend",
    done="Suspended",
    operation=operations.suspend_tenant,
    available=from_states(TRANSITIONS, TenantStatus.SUSPENDED),
    explanation="Takes the tenant out of service with all below it: its vaults are suspended at every POP, and its "
    "people lose their permissions. Reactivating it restores exactly what was.",
    icon="pause_circle",
    variant=ActionVariant.WARNING,
)
REACTIVATE = Transition(
    name="reactivate",
    label="Reactivate",
    done="Reactivated",
    operation=operations.reactivate_tenant,
    available=from_states(TRANSITIONS, TenantStatus.ACTIVE),
    explanation="Brings the tenant back into service. What is suspended or archived by itself below it stays so.",
    icon="play_circle",
    variant=ActionVariant.SUCCESS,
)
ARCHIVE = Transition(
    name="archive",
    label="Archive",
    done="Archived",
    operation=operations.archive_tenant,
    available=from_states(TRANSITIONS, TenantStatus.ARCHIVED),
    explanation="Takes the tenant out of service for good, with all below it. Nothing is deleted, and only an operator "
    "can bring it back.",
    icon="archive",
    variant=ActionVariant.DANGER,
)


@admin.register(Tenant)
class TenantAdmin(RegistryAdmin):
    """In tree order while that is cheap; narrowed to one tenant and all below it by a filter."""

    subject = "tenant"
    creates = operations.create_tenant
    updates = operations.update_tenant
    transitions = (SUSPEND, REACTIVATE, ARCHIVE)
    shortcuts = (
        Shortcut("Add below", "add", "tenancy_tenant", "parent"),
        Shortcut("Invite a person", "person_add", "tenancy_human", "tenant"),
    )
    related = ("effective", tree.ABOVE)
    lookups = (by_id(), by_beginning("name"))
    search_fields = ("pk", "name")
    search_help_text = "An id, or how the name begins"
    list_display = ("tree_name", "kind", "under", "state", "billing_email", "created_at")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("level", ChoicesDropdownFilter),
        ("parent", tree.BelowFilter),
    )
    list_filter_submit = True
    sortable_by = ()
    autocomplete_fields = ("parent",)
    add_fieldsets = ((None, {"fields": ("parent", "level", "name", "billing_email")}),)
    fieldsets = (
        (None, {"fields": ("name", "billing_email")}),
        ("In the tree", {"fields": (("place", "kind"), "belongings")}),
        ("State", {"fields": (("status", "state"),)}),
        ("Facts", {"fields": ("id", ("created_at", "updated_at"))}),
    )
    readonly_fields = ("id", "created_at", "updated_at", "status", "state", "kind", "place", "belongings")

    def get_ordering(self, request: HttpRequest) -> Sequence[Any]:
        size = estimated_rows(Tenant._meta.db_table)
        return tree.tree_order() if size is None or size <= MOST_IN_TREE_ORDER else ["-pk"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A parent is looked for among MSPs and customers: departments hold nobody (RULES 5)."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        is_for_parent = request.GET.get("model_name") == "tenant" and request.GET.get("field_name") == "parent"
        return (found.filter(level__lt=3, is_internal=False) if is_for_parent else found), duplicates

    def describe(self, row: Tenant) -> str:
        return tree.path(row)

    @admin.display(description="Name")
    def tree_name(self, obj: Tenant) -> SafeString:
        depth = len(tree.line(obj)) - 1
        return format_html('<span class="tree-{}">{}</span>', depth, obj.name)

    @admin.display(description="Kind")
    def kind(self, obj: Tenant) -> str:
        return "Internal" if obj.is_internal else obj.get_level_display()

    @admin.display(description="Under")
    def under(self, obj: Tenant) -> str:
        return tree.path(obj.parent) if obj.parent else "–"

    @admin.display(description="Path")
    def place(self, obj: Tenant) -> str:
        return tree.path(obj)

    @admin.display(description="In force")
    def state(self, obj: Tenant) -> SafeString:
        return tree.state(obj)

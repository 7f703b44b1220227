"""The operators' pages for who holds which role where. An assignment is granted and taken back, never edited."""

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.enums import ActionVariant

from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_display import link
from clavitor.base.admin_filters import LookUpFilter
from clavitor.base.admin_search import by_email, by_id
from clavitor.base.admin_transition import Transition, always
from tenancy import operations
from tenancy.admin import tree
from tenancy.models import RoleAssignment

REVOKE = Transition(
    name="revoke",
    label="Take back",
    done="Taken back",
    operation=operations.revoke_role,
    available=always,
    explanation="The person no longer holds the role there. It can be granted again.",
    icon="person_remove",
    variant=ActionVariant.DANGER,
)


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(RegistryAdmin):
    """Found by the person's email or the assignment's id."""

    subject = "assignment"
    creates = operations.grant_role
    transitions = (REVOKE,)
    related = ("role", "human", f"tenant__{tree.ABOVE}", "granted_by")
    lookups = (by_id(), by_email("human__email"))
    search_fields = ("pk", "human__email")
    search_help_text = "An id, or the person's whole email"
    list_display = ("person", "role", "on", "granted", "created_at")
    list_filter = (
        ("role", RelatedDropdownFilter),
        ("tenant", tree.TenantFilter),
        ("human", LookUpFilter),
    )
    list_filter_submit = True
    sortable_by = ()
    autocomplete_fields = ("human", "tenant", "role")
    add_fieldsets = ((None, {"fields": ("human", "tenant", "role")}),)
    fieldsets = ((None, {"fields": ("person", "role", "on", "granted", "id", "created_at")}),)
    readonly_fields = ("id", "person", "on", "granted", "created_at")

    def describe(self, row: RoleAssignment) -> str:
        return f"{row.role} of {row.human} on {tree.path(row.tenant)}"

    @admin.display(description="Person")
    def person(self, obj: RoleAssignment) -> SafeString:
        return link(obj.human, f"{obj.human.name} <{obj.human.email}>")

    @admin.display(description="On")
    def on(self, obj: RoleAssignment) -> SafeString:
        return tree.path_link(obj.tenant)

    @admin.display(description="Granted by")
    def granted(self, obj: RoleAssignment) -> SafeString:
        return link(obj.granted_by)

"""The operators' pages for people. Passwords are neither shown nor set here."""

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant

from clavitor.base.admin import ReadOnlyInline, RegistryAdmin
from clavitor.base.admin_display import badge, link
from clavitor.base.admin_search import by_beginning, by_email, by_id
from clavitor.base.admin_transition import Shortcut, Transition, from_states
from tenancy import operations
from tenancy.admin import tree
from tenancy.models import Human, HumanStatus, RoleAssignment
from tenancy.operations.human import TRANSITIONS

ACTIVATE = Transition(
    name="activate",
    label="Activate",
    done="Activated",
    operation=operations.activate_human,
    available=from_states(TRANSITIONS, HumanStatus.ACTIVE),
    explanation="Lets the person sign in, and their devices in at every POP.",
    icon="play_circle",
    variant=ActionVariant.SUCCESS,
)
SUSPEND = Transition(
    name="suspend",
    label="Suspend",
    done="Suspended",
    operation=operations.suspend_human,
    available=from_states(TRANSITIONS, HumanStatus.SUSPENDED),
    explanation="A security hold: ends the person's sessions at once and suspends their devices at every POP. "
    "The tokens of their vaults stay.",
    icon="pause_circle",
    variant=ActionVariant.WARNING,
)
DEACTIVATE = Transition(
    name="deactivate",
    label="Deactivate",
    done="Deactivated",
    operation=operations.deactivate_human,
    available=from_states(TRANSITIONS, HumanStatus.INACTIVE),
    explanation="For somebody who has left: ends their sessions at once and suspends their devices at every POP.",
    icon="person_off",
    variant=ActionVariant.DANGER,
)


class RoleInline(ReadOnlyInline):
    """Which roles a person holds where."""

    model = RoleAssignment
    fk_name = "human"
    verbose_name_plural = "roles"
    fields = ("held", "on", "granted", "created_at")
    readonly_fields = fields
    related = ("role", f"tenant__{tree.ABOVE}", "granted_by")

    @admin.display(description="Role")
    def held(self, obj: RoleAssignment) -> SafeString:
        return link(obj, obj.role.name)

    @admin.display(description="On")
    def on(self, obj: RoleAssignment) -> SafeString:
        return tree.path_link(obj.tenant)

    @admin.display(description="Granted by")
    def granted(self, obj: RoleAssignment) -> SafeString:
        return link(obj.granted_by)


@admin.register(Human)
class HumanAdmin(RegistryAdmin):
    """Found by email, name or id."""

    subject = "human"
    creates = operations.create_human
    updates = operations.update_human
    transitions = (ACTIVATE, SUSPEND, DEACTIVATE)
    shortcuts = (Shortcut("Grant a role", "assignment_ind", "tenancy_roleassignment", "human"),)
    related = (f"tenant__{tree.ABOVE}",)
    lookups = (by_id(), by_email("email"), by_beginning("email"), by_beginning("name"))
    search_fields = ("pk", "email", "name")
    search_help_text = "An id, or how the email or the name begins"
    list_display = ("name", "email", "tenant_path", "state", "last_login", "created_at")
    list_filter = (("status", ChoicesDropdownFilter), ("tenant", tree.TenantFilter))
    list_filter_submit = True
    sortable_by = ()
    inlines = (RoleInline,)
    autocomplete_fields = ("tenant",)
    add_fieldsets = ((None, {"fields": ("tenant", "email", "name")}),)
    fieldsets = (
        (None, {"fields": ("name", "email")}),
        ("State", {"fields": (("state", "tenant_path"), "belongings")}),
        ("Facts", {"fields": (("id", "last_login"), ("created_at", "updated_at"))}),
    )
    readonly_fields = ("id", "state", "tenant_path", "belongings", "last_login", "created_at", "updated_at")

    def describe(self, row: Human) -> str:
        return f"{row.name} <{row.email}>, {tree.path(row.tenant)}"

    @admin.display(description="Tenant")
    def tenant_path(self, obj: Human) -> SafeString:
        return tree.path_link(obj.tenant)

    @admin.display(description="Status")
    def state(self, obj: Human) -> SafeString:
        return badge(obj.status)

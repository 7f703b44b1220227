"""The operators' pages for the six roles: what each allows."""

from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_search import by_beginning, by_id
from tenancy import operations
from tenancy.models import Role
from tenancy.operations.role import PERMISSIONS

WORDS = {
    "tenant_admin": "administer tenants, people and roles",
    "vault_create": "register vaults",
    "vault_read": "see vaults' metadata in the registry, never their contents",
    "vault_write": "use vaults",
    "agent_create": "issue and revoke agent tokens",
    "device_enroll": "enrol devices",
    "billing_view": "see plan, price and invoices",
    "invoices": "pay, change plan, cancel",
    "all": "everything, everywhere",
}


class RoleForm(forms.ModelForm):
    """The permissions as check boxes; they reach the operation as the JSON object they are stored as."""

    permissions = forms.MultipleChoiceField(
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
        help_text="For everyone who holds the role, from now on.",
    )

    class Meta:
        model = Role
        fields = ("permissions", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = [name for name, allowed in self.instance.permissions.items() if allowed]
        self.initial["permissions"] = held
        names = sorted(PERMISSIONS | set(held))
        self.fields["permissions"].choices = [  # type: ignore[attr-defined]  # it is the field above
            (name, f"{name}: {WORDS[name]}" if name in WORDS else name) for name in names
        ]

    def clean_permissions(self) -> dict[str, bool]:
        return dict.fromkeys(self.cleaned_data["permissions"], True)


@admin.register(Role)
class RoleAdmin(RegistryAdmin):
    """Six roles, whose names and reach are fixed."""

    subject = "role"
    updates = operations.update_role
    form = RoleForm
    lookups = (by_id(), by_beginning("name", at_least=1))
    search_fields = ("pk", "name")
    ordering = ("name",)
    list_display = ("__str__", "reach", "allows", "description")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("__str__", "reach", "permissions", "description")}),
        ("Facts", {"fields": ("id", "created_at")}),
    )
    readonly_fields = ("id", "__str__", "reach", "created_at")

    @admin.display(description="Allows")
    def allows(self, obj: Role) -> str:
        return ", ".join(sorted(name for name, allowed in obj.permissions.items() if allowed)) or "nothing"

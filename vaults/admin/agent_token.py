"""The operators' pages for agent tokens: issued with the secret shown once, and revoked."""

from datetime import datetime

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.enums import ActionVariant

from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_display import badge, link, short_hash
from clavitor.base.admin_filters import LookUpFilter
from clavitor.base.admin_forms import MomentInput
from clavitor.base.admin_search import by_hex, by_id
from clavitor.base.admin_transition import Transition, from_states
from vaults import operations
from vaults.admin.display import scopes_text, state_of_token
from vaults.models import AgentToken, AgentTokenStatus
from vaults.operations.agent_token import DEFAULT_LIFE, TRANSITIONS

REVOKE = Transition(
    name="revoke",
    label="Revoke",
    done="Revoked",
    operation=operations.revoke_agent_token,
    available=from_states(TRANSITIONS, AgentTokenStatus.REVOKED),
    explanation="The token lets nobody in any more, at any POP that has followed. Final: issue another in its place.",
    icon="block",
    variant=ActionVariant.DANGER,
    hits_others=False,
)


def _default_end() -> datetime:
    return timezone.now() + DEFAULT_LIFE


class IssueForm(forms.ModelForm):
    """What a token may read and how long: fixed at its issue."""

    expires_at = forms.DateTimeField(
        required=False,
        initial=_default_end,
        widget=MomentInput,
        help_text="UTC. In 90 days unless you change it; empty: never.",
    )

    class Meta:
        model = AgentToken
        fields = ("vault", "name", "all_access", "scopes", "expires_at")


@admin.register(AgentToken)
class AgentTokenAdmin(RegistryAdmin):
    """Newest first."""

    subject = "token"
    creates = operations.issue_agent_token
    secret_name = "Secret"  # noqa: S105  (a heading)
    add_form = IssueForm
    transitions = (REVOKE,)
    related = ("vault", "created_by")
    lookups = (by_id(), by_hex("vault_id"))
    search_fields = ("pk", "vault__pk")
    search_help_text = "An id, or how the vault's l0 begins"
    list_display = ("name", "vault_link", "state", "reads", "maker", "expires_at", "last_used_at", "id")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("all_access", BooleanRadioFilter),
        ("vault", LookUpFilter),
        ("created_by", LookUpFilter),
    )
    list_filter_submit = True
    sortable_by = ()
    autocomplete_fields = ("vault",)
    add_fieldsets = ((None, {"fields": ("vault", "name", "all_access", "scopes", "expires_at")}),)
    fieldsets = (
        (None, {"fields": (("name", "vault_link"), ("state", "expires_at"), "reads")}),
        ("Facts", {"fields": (("id", "hash_beginning"), ("maker", "created_at"), ("last_used_at", "progress"))}),
    )
    readonly_fields = (
        *("id", "vault_link", "state", "reads", "hash_beginning"),
        *("maker", "created_at", "last_used_at", "progress"),
    )

    def describe(self, row: AgentToken) -> str:
        return f"{row.name} for vault {row.vault_id}, {state_of_token(row)}"

    @admin.display(description="Vault")
    def vault_link(self, obj: AgentToken) -> SafeString:
        return link(obj.vault)

    @admin.display(description="Status")
    def state(self, obj: AgentToken) -> SafeString:
        return badge(state_of_token(obj))

    @admin.display(description="Reads")
    def reads(self, obj: AgentToken) -> SafeString:
        return scopes_text(obj)

    @admin.display(description="Issued by")
    def maker(self, obj: AgentToken) -> SafeString:
        return link(obj.created_by)

    @admin.display(description="SHA-256 of the secret")
    def hash_beginning(self, obj: AgentToken) -> SafeString:
        return short_hash(obj.token_hash)

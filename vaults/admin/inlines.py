"""What lies in a vault, on its page."""

from django.contrib import admin
from django.utils.safestring import SafeString

from clavitor.base.admin import ReadOnlyInline
from clavitor.base.admin_display import badge, link
from vaults.admin.display import scopes_text, state_of_device, state_of_token
from vaults.models import AgentToken, Credential


class CredentialInline(ReadOnlyInline):
    """The vault's devices, revoked ones too."""

    model = Credential
    verbose_name_plural = "devices"
    fields = ("looked_up_by", "person", "state", "created_at", "last_used_at")
    readonly_fields = ("looked_up_by", "person", "state", "created_at", "last_used_at")
    related = ("human",)

    @admin.display(description="Person")
    def person(self, obj: Credential) -> SafeString:
        return link(obj.human)

    @admin.display(description="p0")
    def looked_up_by(self, obj: Credential) -> SafeString:
        return link(obj, obj.p0)

    @admin.display(description="Status")
    def state(self, obj: Credential) -> SafeString:
        return badge(state_of_device(obj))


class TokenInline(ReadOnlyInline):
    """The vault's tokens, dead ones too."""

    model = AgentToken
    verbose_name_plural = "agent tokens"
    fields = ("used_by", "reads", "state", "expires_at", "last_used_at", "created_at")
    readonly_fields = ("used_by", "reads", "state", "expires_at", "last_used_at", "created_at")
    related = ("created_by",)

    @admin.display(description="Name")
    def used_by(self, obj: AgentToken) -> SafeString:
        return link(obj, obj.name)

    @admin.display(description="Reads")
    def reads(self, obj: AgentToken) -> SafeString:
        return scopes_text(obj)

    @admin.display(description="Status")
    def state(self, obj: AgentToken) -> SafeString:
        return badge(state_of_token(obj))

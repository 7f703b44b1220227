"""The operators' pages for credentials: a person's devices, each for one vault."""

import base64
import binascii
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_display import badge, code, link
from clavitor.base.admin_filters import LookUpFilter
from clavitor.base.admin_search import by_email, by_hex, by_id
from clavitor.base.admin_transition import Transition
from vaults import operations
from vaults.admin.display import state_of_device
from vaults.models import Credential

REVOKE = Transition(
    name="revoke",
    label="Revoke",
    done="Revoked",
    operation=operations.revoke_credential,
    available=lambda device: not device.is_revoked,
    explanation="The device opens the vault no more, at any POP that has followed. Final: it can't be enrolled again.",
    icon="key_off",
    variant=ActionVariant.DANGER,
    hits_others=False,
)


class EnrolForm(forms.ModelForm):
    """The WebAuthn credential id as WebAuthn writes it."""

    credential_id_text = forms.CharField(
        widget=UnfoldAdminTextInputWidget,
        label="WebAuthn credential id",
        max_length=1400,
        help_text="base64url, with or without padding.",
    )

    class Meta:
        model = Credential
        fields = ("vault", "human", "p0", "wl3_path", "enrolled_by", "enrolled_by_credential")

    def clean_credential_id_text(self) -> bytes:
        text = self.cleaned_data["credential_id_text"].strip().rstrip("=")
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except binascii.Error as error:
            raise ValidationError("This isn't base64url: letters, digits, - and _ alone. Copy it whole.") from error


def _enrol(*, credential_id_text: bytes, **others: Any) -> Credential:
    return operations.enrol_credential(credential_id=credential_id_text, **others)


@admin.register(Credential)
class CredentialAdmin(RegistryAdmin):
    """Newest first; enrolled here in need, revoked here at will."""

    subject = "credential"
    creates = _enrol
    field_of = {"credential_id": "credential_id_text"}
    add_form = EnrolForm
    transitions = (REVOKE,)
    related = ("human", "vault", "enrolled_by", "enrolled_by_credential", "revoked_by")
    lookups = (by_id(), by_hex("p0"), by_hex("vault_id"), by_email("human__email"))
    search_fields = ("pk", "p0", "vault__pk", "human__email")
    search_help_text = "An id, how the p0 or the vault's l0 begins, or the person's whole email"
    ordering = ("-created_at", "-pk")
    date_hierarchy = "created_at"
    list_display = ("looked_up_by", "vault_link", "person", "state", "created_at", "last_used_at", "id")
    list_filter = (("vault", LookUpFilter), ("human", LookUpFilter))
    list_filter_submit = True
    sortable_by = ()
    autocomplete_fields = ("vault", "human", "enrolled_by", "enrolled_by_credential")
    add_fieldsets = (
        (None, {"fields": ("vault", "human", "p0", "credential_id_text", "wl3_path")}),
        ("Authorised by", {"fields": ("enrolled_by", "enrolled_by_credential")}),
    )
    fieldsets = (
        (None, {"fields": (("vault_link", "person"), "state")}),
        ("Device", {"fields": ("looked_up_by", "webauthn_id", "wl3_path")}),
        ("Authorised by", {"fields": (("authorised_by", "authorising_device"),)}),
        ("Facts", {"fields": ("id", "progress", ("created_at", "last_used_at"), ("revoked_at", "revoker"))}),
    )
    readonly_fields = (
        *("id", "vault_link", "person", "state", "looked_up_by", "webauthn_id", "authorised_by", "authorising_device"),
        *("progress", "created_at", "last_used_at", "revoked_at", "revoker"),
    )

    def describe(self, row: Credential) -> str:
        return f"{row.p0} of {row.human} for vault {row.vault_id}"

    @admin.display(description="p0")
    def looked_up_by(self, obj: Credential) -> SafeString:
        return code(obj.p0)

    @admin.display(description="Vault")
    def vault_link(self, obj: Credential) -> SafeString:
        return link(obj.vault)

    @admin.display(description="Person")
    def person(self, obj: Credential) -> SafeString:
        return link(obj.human)

    @admin.display(description="Status")
    def state(self, obj: Credential) -> SafeString:
        return badge(state_of_device(obj))

    @admin.display(description="WebAuthn credential id")
    def webauthn_id(self, obj: Credential) -> SafeString:
        return code(obj.credential_id_text)

    @admin.display(description="Person")
    def authorised_by(self, obj: Credential) -> SafeString:
        return link(obj.enrolled_by)

    @admin.display(description="Device")
    def authorising_device(self, obj: Credential) -> SafeString:
        return link(obj.enrolled_by_credential)

    @admin.display(description="Revoked by")
    def revoker(self, obj: Credential) -> SafeString:
        return link(obj.revoked_by)

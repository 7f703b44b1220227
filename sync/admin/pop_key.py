"""The operators' page for POPs' keys: by the beginning of their hash, and revoked."""

from datetime import datetime

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant

from clavitor.base.admin import RegistryAdmin
from clavitor.base.admin_display import badge, link, short_hash
from clavitor.base.admin_filters import LookUpFilter
from clavitor.base.admin_search import by_beginning, by_id
from clavitor.base.admin_transition import Transition
from sync import operations
from sync.models import PopKey
from tenancy.models import Human


def _revoke(*, key: PopKey, by: Human, reason: str, at: datetime) -> PopKey:
    return operations.revoke_pop_key(key=key, by=by, at=at)


REVOKE = Transition(
    name="revoke",
    label="Revoke",
    done="Revoked",
    operation=_revoke,
    available=lambda key: key.revoked_at is None,
    explanation="The key lets nobody in from now on. Final. A POP without a live key stops following.",
    icon="block",
    variant=ActionVariant.DANGER,
)


@admin.register(PopKey)
class PopKeyAdmin(RegistryAdmin):
    """Newest first. New keys are made on their POP's page."""

    subject = "key"
    transitions = (REVOKE,)
    related = ("pop", "revoked_by")
    lookups = (by_id(), by_beginning("pop_id"))
    search_fields = ("pk", "pop__pk")
    search_help_text = "An id, or how the POP's name begins"
    list_display = ("hash_beginning", "pop_link", "state", "created_at", "expires_at", "id")
    list_filter = (("pop", LookUpFilter),)
    list_filter_submit = True
    sortable_by = ()
    fields = ("hash_beginning", "pop_link", "state", "expires_at", "created_at", "revoked_at", "revoker", "id")
    readonly_fields = fields

    @admin.display(description="SHA-256 of the key")
    def hash_beginning(self, obj: PopKey) -> SafeString:
        return short_hash(obj.key_hash)

    @admin.display(description="POP")
    def pop_link(self, obj: PopKey) -> SafeString:
        return link(obj.pop)

    @admin.display(description="Status")
    def state(self, obj: PopKey) -> SafeString:
        return badge("active" if obj.is_live(timezone.now()) else "revoked" if obj.revoked_at else "expired")

    @admin.display(description="Revoked by")
    def revoker(self, obj: PopKey) -> SafeString:
        return link(obj.revoked_by)

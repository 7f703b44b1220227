"""The operators' pages for POPs: how far each has followed, its keys, pause and resume."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from clavitor.base.admin import ReadOnlyInline, RegistryAdmin
from clavitor.base.admin_display import NOTHING, badge, link, short_hash
from clavitor.base.admin_search import by_beginning
from clavitor.base.admin_transition import ReasonForm, Transition, always, from_states
from sync import operations
from sync.admin.standing import FEED_HEAD, Standing, standing
from sync.models import Pop, PopKey, PopStatus
from sync.operations.pop import TRANSITIONS
from sync.operations.pop_key import MAX_OVERLAP_SECONDS
from tenancy.models import Human

HOUR = 3600  # seconds


class RotateForm(ReasonForm):
    """How long the old keys live on, and why."""

    overlap_hours = forms.IntegerField(
        min_value=0,
        max_value=MAX_OVERLAP_SECONDS // HOUR,
        initial=24,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="So long the present keys stay good beside the new one; 0 ends them now.",
    )
    field_order = ("overlap_hours", "reason")


@transaction.atomic
def _create_with_key(*, pop_id: str, by: Human, at: datetime) -> tuple[Pop, str]:
    pop = operations.create_pop(pop_id=pop_id, at=at)
    return pop, operations.add_pop_key(pop=pop, at=at)[1]


def _add_key(*, pop: Pop, by: Human, reason: str, at: datetime) -> tuple[PopKey, str]:
    return operations.add_pop_key(pop=pop, at=at)


def _rotate_key(*, pop: Pop, overlap_hours: int, by: Human, reason: str, at: datetime) -> tuple[PopKey, str]:
    return operations.rotate_pop_key(pop=pop, overlap_seconds=overlap_hours * HOUR, at=at)


PAUSE = Transition(
    name="pause",
    label="Pause",
    done="Paused",
    operation=operations.pause_pop,
    available=from_states(TRANSITIONS, PopStatus.PAUSED),
    explanation="Refuses the POP's pulls until it is resumed. It goes on with what it has: revocations don't reach it.",
    icon="pause_circle",
    variant=ActionVariant.WARNING,
)
RESUME = Transition(
    name="resume",
    label="Resume",
    done="Resumed",
    operation=operations.resume_pop,
    available=from_states(TRANSITIONS, PopStatus.ACTIVE),
    explanation="Lets the POP pull again, from where it stopped.",
    icon="play_circle",
    variant=ActionVariant.SUCCESS,
)
ADD_KEY = Transition(
    name="add-key",
    label="Add a key",
    done="Key added",
    operation=_add_key,
    available=always,
    explanation="Makes a further key, shown once. Two may live at a time, so that a POP changes keys without a gap.",
    icon="add_moderator",
    for_many=False,
)
ROTATE_KEY = Transition(
    name="rotate-key",
    label="Rotate key",
    done="Key rotated",
    operation=_rotate_key,
    available=always,
    explanation="Makes a new key, shown once, and lets the present ones end.",
    icon="autorenew",
    form=RotateForm,
    for_many=False,
)


class KeyInline(ReadOnlyInline):
    """The POP's keys, dead ones too."""

    model = PopKey
    verbose_name_plural = "keys"
    fields = ("hash_beginning", "state", "created_at", "expires_at", "revoked_at")
    readonly_fields = ("hash_beginning", "state", "created_at", "expires_at", "revoked_at")

    @admin.display(description="SHA-256")
    def hash_beginning(self, obj: PopKey) -> SafeString:
        return link(obj, short_hash(obj.key_hash))

    @admin.display(description="Status")
    def state(self, obj: PopKey) -> SafeString:
        return badge("active" if obj.is_live(timezone.now()) else "revoked" if obj.revoked_at else "expired")


@admin.register(Pop)
class PopAdmin(RegistryAdmin):
    """Every POP with its distance from the head."""

    subject = "pop"
    creates = _create_with_key
    secret_name = "API key"  # noqa: S105  (a heading)
    transitions = (PAUSE, RESUME, ADD_KEY, ROTATE_KEY)
    lookups = (by_beginning("pk", at_least=1),)
    search_fields = ("pk",)
    search_help_text = "How the POP's name begins"
    ordering = ("pk",)
    list_display = ("pop_id", "state", "told", "behind", "last_sync_at")
    list_filter = (("status", ChoicesDropdownFilter),)
    list_filter_submit = True
    sortable_by = ()
    inlines = (KeyInline,)
    add_fieldsets = ((None, {"fields": ("pop_id",)}),)
    fieldsets = (
        (None, {"fields": ("pop_id", ("state", "told"))}),
        ("The feed", {"fields": (("behind", "last_sync_cursor"), ("last_sync_at", "last_error"))}),
        ("Facts", {"fields": ("updated_at",)}),
    )
    readonly_fields = ("state", "told", "behind")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Each row knows how far the feed goes."""
        return super().get_queryset(request).annotate(feed_head=FEED_HEAD)

    @admin.display(description="State")
    def state(self, obj: Pop) -> SafeString:
        return badge(_standing(obj).state)

    @admin.display(description="How it stands")
    def told(self, obj: Pop) -> str:
        return _standing(obj).words

    @admin.display(description="Behind")
    def behind(self, obj: Pop) -> str:
        behind = _standing(obj).behind
        return NOTHING if behind is None else f"{behind:,}"


def _standing(pop: Any) -> Standing:
    return standing(pop, head=pop.feed_head, now=timezone.now())

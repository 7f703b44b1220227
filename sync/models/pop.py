"""POPs: the edge sites that follow the feed, and the keys by which they do."""

from datetime import datetime

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clavitor.base.fields import PositiveInt64IDField, SecretHashField, TextLineField


class PopStatus(models.TextChoices):
    """`paused`: an operator stopped it. `error` is computed from a stale or failed acknowledgement (RULES 35)."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    ERROR = "error", "Error"


class Pop(models.Model):
    """One POP, and how far it has followed the feed."""

    pop_id = TextLineField(
        primary_key=True,
        max_length=60,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", "Lowercase letters, digits, hyphens: pop-zurich-01.")],
        help_text="As pop-zurich-01.",
    )
    last_sync_at = models.DateTimeField(help_text="When it last acknowledged; until it has, when it was added.")
    last_sync_cursor = models.BigIntegerField(
        null=True, blank=True, help_text="The last position of the feed that it has acknowledged (RULES 34)."
    )
    status = TextLineField(
        max_length=20, choices=PopStatus.choices, default=PopStatus.ACTIVE, db_default=PopStatus.ACTIVE
    )
    updated_at = models.DateTimeField()
    last_error = TextLineField(
        null=True, blank=True, max_length=500, help_text="What its last acknowledgement reported as wrong, if anything."
    )

    class Meta:
        db_table = "pop_sync_state"
        ordering = ["pop_id"]
        verbose_name = "POP"
        verbose_name_plural = "POPs"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=PopStatus.values), name="pop_sync_state_status_known"),
        ]

    def __str__(self) -> str:
        return self.pop_id


class PopKey(models.Model):
    """One API key of a POP, by its hash. Two may live at a time, so that a POP changes keys without a gap."""

    id = PositiveInt64IDField(primary_key=True)
    pop = models.ForeignKey(Pop, on_delete=models.PROTECT, related_name="keys")
    key_hash = SecretHashField(unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="revoked_pop_keys",
        db_column="revoked_by",
        editable=False,
    )

    class Meta:
        db_table = "pop_keys"
        ordering = ["-created_at", "-id"]
        verbose_name = "POP key"

    def __str__(self) -> str:
        return f"key {self.pk} of {self.pop_id}"

    def is_live(self, at: datetime) -> bool:
        """Whether the key lets its POP in at `at`."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

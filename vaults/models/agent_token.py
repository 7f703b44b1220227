"""Agent tokens: what lets a CLI or an AI agent into one vault."""

import pgtrigger
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clavitor.base.fields import PositiveInt64IDField, SecretHashField, TextLineField
from vaults.models.vault import Vault

SCOPES = r"^([0-9a-f]{4}(,[0-9a-f]{4})*)?$"


class AgentTokenStatus(models.TextChoices):
    """`revoked` and `expired` are final."""

    ACTIVE = "active", "Active"
    REVOKED = "revoked", "Revoked"
    EXPIRED = "expired", "Expired"


class AgentToken(models.Model):
    """One token, by its hash. What it may read is fixed at its issue (RULES 31), and a dead one stays dead."""

    id = PositiveInt64IDField(primary_key=True)
    vault = models.ForeignKey(
        Vault, on_delete=models.PROTECT, related_name="agent_tokens", db_column="vault_l0", db_index=False
    )
    name = TextLineField(help_text='What uses it, as "Claude Code" or "Deploy CI".')
    token_hash = SecretHashField(unique=True)
    scopes = TextLineField(
        max_length=4000,
        default="",
        db_default="",
        blank=True,
        validators=[RegexValidator(SCOPES.replace("$", r"\Z"), "Four hex digits each, comma-separated, as 0001,00a1.")],
        help_text="Sorted, unique, four hex digits each, comma-separated; empty reads nothing.",
    )
    all_access = models.BooleanField(
        default=False, db_default=False, help_text="Reads everything; goes without scopes."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="created_tokens",
        db_column="created_by",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Never expires while this is empty.")
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    status = TextLineField(
        max_length=20,
        choices=AgentTokenStatus.choices,
        default=AgentTokenStatus.ACTIVE,
        db_default=AgentTokenStatus.ACTIVE,
    )

    class Meta:
        db_table = "agent_tokens"
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["vault"], name="idx_agent_tokens_vault")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=AgentTokenStatus.values), name="agent_tokens_status_known"),
            models.CheckConstraint(
                condition=Q(scopes__regex=SCOPES),
                name="agent_tokens_scopes_form",
                violation_error_message="Scopes are four lowercase hex digits each, comma-separated.",
            ),
            models.CheckConstraint(
                condition=Q(all_access=False) | Q(scopes=""),
                name="agent_tokens_all_or_scopes",
                violation_error_message="A token with all access has no scopes.",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="issued_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("scopes", "all_access", "token_hash"),
                func="RAISE EXCEPTION 'agent token %: what it may read is fixed at its issue; issue another', OLD.id;",
            ),
            pgtrigger.Trigger(
                name="dead_stays_dead",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__status="active") & pgtrigger.Q(old__status__df=pgtrigger.F("new__status")),
                func="RAISE EXCEPTION 'agent token % is %, which is final; issue another', OLD.id, OLD.status;",
            ),
        ]

    def __str__(self) -> str:
        return self.name

"""Credentials: one enrolled device of one human for one vault."""

import base64

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from clavitor.base.fields import Hex8Field, PositiveInt64IDField, TextLineField
from vaults.models.vault import Vault

WL3_PATH = r"^[0-9a-f]{2}/[0-9a-f]{8}/[0-9]{8}_[a-z0-9]+\.cla$"


class Credential(models.Model):
    """One device. Its wrapped key (WL3) is an opaque blob at `wl3_path`; only the path is kept here (RULES 29)."""

    id = PositiveInt64IDField(primary_key=True)
    human = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="credentials", db_index=False
    )
    p0 = Hex8Field(help_text="Look-up key; not unique: about 1 % odds of a collision at 9,300 rows (RULES 28).")
    vault = models.ForeignKey(
        Vault, on_delete=models.PROTECT, related_name="credentials", db_column="l0", db_index=False
    )
    credential_id = models.BinaryField(help_text="WebAuthn credential id.")
    wl3_path = TextLineField(
        max_length=255,
        validators=[RegexValidator(WL3_PATH.replace("$", r"\Z"), "Must look like a1/a1b2c3d4/20260405_abc.cla.")],
    )
    enrolled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="authorised_credentials",
        db_column="enrolled_by",
        help_text="The human whose device authorised this enrolment (RULES 30).",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    enrolled_by_credential = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="enrolled_credentials",
        help_text="The device that authorised this enrolment (RULES 30).",
    )
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="revoked_credentials",
        db_column="revoked_by",
        editable=False,
    )

    class Meta:
        db_table = "credentials"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["human"], name="idx_credentials_human"),
            models.Index(fields=["vault"], name="idx_credentials_l0"),
            models.Index(fields=["p0"], name="idx_credentials_p0"),
            models.Index(fields=["created_at"], name="idx_credentials_created"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(wl3_path__regex=WL3_PATH),
                name="credentials_wl3_path_form",
                violation_error_message="wl3_path must look like a1/a1b2c3d4/20260405_abc.cla.",
            ),
            models.UniqueConstraint(
                fields=["vault", "credential_id"],
                name="credentials_once_per_vault",
                violation_error_message="This device is enrolled for this vault already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.p0} for {self.vault_id}"

    def clean(self) -> None:
        """Say in words what the database holds too: the path lies where `p0` says (RULES 29)."""
        if not self.wl3_path.startswith(f"{self.p0[:2]}/{self.p0}/"):
            raise ValidationError({"wl3_path": f"Must begin with {self.p0[:2]}/{self.p0}/, which is where p0 says."})

    @property
    def credential_id_text(self) -> str:
        """`credential_id` as WebAuthn writes it: base64url without padding."""
        return base64.urlsafe_b64encode(bytes(self.credential_id)).rstrip(b"=").decode()

    @property
    def is_revoked(self) -> bool:
        """Whether the device has been revoked; it then leaves the feed."""
        return self.revoked_at is not None

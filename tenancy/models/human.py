"""People who sign in."""

from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clavitor.base.fields import EmailLineField, PositiveInt64IDField, TextLineField
from tenancy import access
from tenancy.models.tenant import Tenant


class HumanStatus(models.TextChoices):
    """`inactive`: invited, or has left. `suspended`: a security hold. Only `active` people may act (RULES 7, 11)."""

    ACTIVE = "active", "Active"
    INACTIVE = "inactive", "Inactive"
    SUSPENDED = "suspended", "Suspended"


class HumanManager(BaseUserManager["Human"]):
    """Finds people by email without regard to case (RULES 7)."""

    def with_email(self, email: str) -> "models.QuerySet[Human]":
        """The human with that email, in any case; at most one."""
        return self.filter(Exact(Lower("email"), Lower(Value(email))))

    def get_by_natural_key(self, username: str | None) -> "Human":
        return self.with_email(username or "").get()


class Human(AbstractBaseUser):
    """One person; AUTH_USER_MODEL. `password` and `last_login` are Django's, added to the schema's columns."""

    id = PositiveInt64IDField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="humans", db_index=False)
    email = EmailLineField(unique=True, error_messages={"unique": "There is a person with this email already."})
    name = TextLineField()
    status = TextLineField(
        max_length=20, choices=HumanStatus.choices, default=HumanStatus.ACTIVE, db_default=HumanStatus.ACTIVE
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    password = models.CharField(
        max_length=128, default=UNUSABLE_PASSWORD_PREFIX, db_default=UNUSABLE_PASSWORD_PREFIX, editable=False
    )
    last_login = models.DateTimeField(null=True, blank=True, editable=False)
    sessions_ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Sessions begun before this are over, for good (RULES 7)."
    )

    objects = HumanManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        db_table = "humans"
        ordering = ["name", "id"]
        verbose_name = "person"
        verbose_name_plural = "people"
        indexes = [
            models.Index(fields=["tenant"], name="idx_humans_tenant"),
            models.Index(OpClass(Lower("name"), name="text_pattern_ops"), name="humans_name_begins"),
            models.Index(OpClass(Lower("email"), name="text_pattern_ops"), name="humans_email_begins"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=HumanStatus.values), name="humans_status_known"),
            models.UniqueConstraint(
                Lower("email"),
                name="humans_email_any_case",
                violation_error_message="There is a person with this email already, perhaps in other case.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Django's word for how a page greets somebody."""
        return self.name

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django declares an attribute; here it follows the status
        """Django's word for "may sign in"."""
        return self.status == HumanStatus.ACTIVE

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What every session of this person carries and is held against on each request: a new end, a new hash.

        So the sessions there were stay dead when a suspension is lifted, and nobody has to search for them.
        """
        usual: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # django-stubs leaves it out
        if self.sessions_ended_at is None:
            return usual
        ended = usual + self.sessions_ended_at.isoformat()
        return salted_hmac("tenancy.Human.sessions_ended_at", ended, secret=secret, algorithm="sha256").hexdigest()

    @cached_property
    def is_staff(self) -> bool:
        """Django's word for "may enter the admin": operators only. Asked once per request's instance."""
        return access.is_operator(self)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """The admin's question. Operators hold `all`; nobody else has any business there."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """As `has_perm`, for a whole app."""
        return self.is_staff

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        """As `has_perm`, for several."""
        return self.is_staff

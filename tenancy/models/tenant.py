"""Tenants: an MSP, its customers, their departments."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.expressions import Case, When
from django.db.models.functions import Lower
from django.utils import timezone

from clavitor.base.fields import EmailLineField, PositiveInt64IDField, TextLineField


class TenantLevel(models.IntegerChoices):
    """What kind of tenant it is, not how deep it lies: a customer may be a root (RULES 5)."""

    MSP = 1, "MSP"
    CUSTOMER = 2, "Customer"
    DEPT = 3, "Dept"


class TenantStatus(models.TextChoices):
    """Own status. The effective one is the worst of it and the ancestors', and is computed (RULES 6)."""

    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    ARCHIVED = "archived", "Archived"


def _level_of_parent() -> Case:
    """Which level the parent must have; RULES 5 is then a key of (parent, parent_level) into (id, level)."""
    return Case(
        When(parent=None, then=Value(None)),
        When(level=TenantLevel.DEPT, then=Value(TenantLevel.CUSTOMER.value)),
        default=Value(TenantLevel.MSP.value),
        output_field=models.IntegerField(),
    )


class Tenant(models.Model):
    """One tenant. Levels strictly rise along a branch, which the database holds, so there are no cycles."""

    id = PositiveInt64IDField(primary_key=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", db_index=False
    )
    level = models.IntegerField(choices=TenantLevel.choices)
    name = TextLineField()
    status = TextLineField(
        max_length=20, choices=TenantStatus.choices, default=TenantStatus.ACTIVE, db_default=TenantStatus.ACTIVE
    )
    billing_email = EmailLineField(null=True, blank=True, help_text="Where invoices go.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_internal = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="The one tenant on which SuperAdmin is granted; the portal never shows it (RULES 10).",
    )
    parent_level = models.GeneratedField(
        expression=_level_of_parent(), output_field=models.IntegerField(null=True), db_persist=True
    )

    class Meta:
        db_table = "tenants"
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["parent"], name="idx_tenants_parent"),
            models.Index(fields=["status"], name="idx_tenants_status"),
            models.Index(OpClass(Lower("name"), name="text_pattern_ops"), name="tenants_name_begins"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=TenantLevel.values), name="tenants_level_known"),
            models.CheckConstraint(condition=Q(status__in=TenantStatus.values), name="tenants_status_known"),
            models.CheckConstraint(
                condition=(Q(level=TenantLevel.MSP, parent=None) | Q(level=TenantLevel.CUSTOMER))
                | Q(level=TenantLevel.DEPT, parent__isnull=False),
                name="tenants_level_fits_parent",
                violation_error_message="An MSP has no parent, and a department needs a customer as its parent.",
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="tenants_not_own_parent",
                violation_error_message="A tenant can't be its own parent.",
            ),
            models.UniqueConstraint(fields=["id", "level"], name="tenants_id_level"),
            models.UniqueConstraint(
                fields=["is_internal"],
                condition=Q(is_internal=True),
                name="tenants_one_internal",
                violation_error_message="There is an internal tenant already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

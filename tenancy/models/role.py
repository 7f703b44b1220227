"""Roles, and who holds which role on which tenant."""

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.lookups import Exact
from django.utils import timezone

from clavitor.base.fields import PositiveInt64IDField, TextLineField
from tenancy.models.tenant import Tenant


class RoleName(models.TextChoices):
    """The six roles that we define and tenants assign."""

    SUPER_ADMIN = "SuperAdmin"
    MSP_ADMIN = "MSPAdmin"
    TENANT_ADMIN = "TenantAdmin"
    VAULT_USER = "VaultUser"
    BILLING_ADMIN = "BillingAdmin"
    READ_ONLY = "ReadOnly"


class Reach(models.TextChoices):
    """Which tenants a role counts for, seen from the one it is granted on (RULES 9)."""

    ALL = "all", "Every tenant"
    SUBTREE = "subtree", "The tenant and all below it"
    DEPTS = "depts", "The tenant and its departments"
    TENANT = "tenant", "The tenant only"


class Role(models.Model):
    """What a role allows, as a JSON object `{permission: true}`. Editing it is an operator's act."""

    id = PositiveInt64IDField(primary_key=True)
    name = TextLineField(unique=True, max_length=40, choices=RoleName.choices)
    permissions = models.JSONField(help_text='A JSON object, as {"vault_read": true}.')
    description = TextLineField(null=True, blank=True, max_length=500)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    reach = TextLineField(max_length=20, choices=Reach.choices, default=Reach.TENANT, db_default=Reach.TENANT)

    class Meta:
        db_table = "roles"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(name__in=RoleName.values), name="roles_name_known"),
            models.CheckConstraint(condition=Q(reach__in=Reach.values), name="roles_reach_known"),
            models.CheckConstraint(
                condition=Q(
                    Exact(
                        Func(F("permissions"), function="jsonb_typeof", output_field=models.TextField()),
                        Value("object"),
                    )
                ),
                name="roles_permissions_object",
                violation_error_message='Permissions must be a JSON object, as {"vault_read": true}.',
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoleAssignment(models.Model):
    """`human` holds `role` on `tenant`. Several different roles may be held there, each once (RULES 8)."""

    id = PositiveInt64IDField(primary_key=True)
    human = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="role_assignments", db_index=False
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="role_assignments", db_index=False)
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="assignments")
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="granted_roles",
        db_column="granted_by",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "role_assignments"
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["human"], name="idx_role_assignments_human"),
            models.Index(fields=["tenant"], name="idx_role_assignments_tenant"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["human", "tenant", "role"],
                name="role_assignments_once",
                violation_error_message="This person holds that role on that tenant already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} on {self.tenant}"

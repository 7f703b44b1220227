"""A tenant's effective status, computed by the database in one place (RULES 6)."""

from django.db import models

from clavitor.base.fields import TextLineField
from tenancy.models.tenant import Tenant, TenantStatus


class EffectiveTenant(models.Model):
    """A row of the view `tenants_effective`; read only. Join it with `select_related("effective")`."""

    tenant = models.OneToOneField(
        Tenant, on_delete=models.DO_NOTHING, primary_key=True, db_column="id", related_name="effective"
    )
    status = TextLineField(max_length=20, choices=TenantStatus.choices)

    class Meta:
        managed = False
        db_table = "tenants_effective"

    def __str__(self) -> str:
        return self.status

"""Tenants, humans, roles and who holds which role where."""

from tenancy.models.effective import EffectiveTenant
from tenancy.models.human import Human, HumanStatus
from tenancy.models.role import Reach, Role, RoleAssignment, RoleName
from tenancy.models.tenant import Tenant, TenantLevel, TenantStatus

__all__ = [
    "EffectiveTenant",
    "Human",
    "HumanStatus",
    "Reach",
    "Role",
    "RoleAssignment",
    "RoleName",
    "Tenant",
    "TenantLevel",
    "TenantStatus",
]

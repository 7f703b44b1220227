"""What may be done to tenants, people and roles. Call them through this module: `operations.suspend_tenant(...)`.

All take keywords alone. `by` is the human who acts, or None for the command line; `at` is the time of the act, aware
and UTC; each returns the row as it is afterwards, read afresh. A refusal is a DomainError and leaves nothing behind.
"""

from tenancy.operations.actors import OperatorRequired, require_operator
from tenancy.operations.admins import LastAdmin
from tenancy.operations.human import (
    EmailTaken,
    activate_human,
    create_human,
    deactivate_human,
    suspend_human,
    update_human,
)
from tenancy.operations.internal import NotAnOperator, create_operator, ensure_internal_tenant
from tenancy.operations.role import RoleHeld, SelfGrant, grant_role, revoke_role, update_role
from tenancy.operations.tenant import (
    InternalTenant,
    TenantArchived,
    archive_tenant,
    create_tenant,
    reactivate_tenant,
    require_not_archived,
    suspend_tenant,
    update_tenant,
)

__all__ = [
    "EmailTaken",
    "InternalTenant",
    "LastAdmin",
    "NotAnOperator",
    "OperatorRequired",
    "RoleHeld",
    "SelfGrant",
    "TenantArchived",
    "activate_human",
    "archive_tenant",
    "create_human",
    "create_operator",
    "create_tenant",
    "deactivate_human",
    "ensure_internal_tenant",
    "grant_role",
    "reactivate_tenant",
    "require_not_archived",
    "require_operator",
    "revoke_role",
    "suspend_human",
    "suspend_tenant",
    "update_human",
    "update_role",
    "update_tenant",
]

"""What in the staged rows is not ours yet: roles, which match by name, and the root that is the internal tenant."""

from django.db import connection

from clavitor.importer.report import Report
from tenancy.models import Tenant

ROLES = """
SELECT s.id, s.name, 'permissions', s.permissions, r.id, s.permissions::jsonb IS DISTINCT FROM r.permissions
  FROM import_roles s LEFT JOIN roles r USING (name)
 UNION ALL
SELECT s.id, s.name, 'description', s.description, r.id, s.description IS DISTINCT FROM r.description
  FROM import_roles s JOIN roles r USING (name)
 ORDER BY 2, 3 DESC
"""
MAP_ROLES = """
UPDATE import_role_assignments a SET role_id = r.id
  FROM import_roles s JOIN roles r ON r.name = s.name
 WHERE a.role_id = s.id
"""
MISFITS = "SELECT id, level FROM import_tenants WHERE parent_id = %s AND level <> %s + 1"
OWN_TENANT = ("humans", "role_assignments", "subscriptions", "vaults", "billing_events")


def map_roles(report: Report) -> None:
    """Point assignments at our roles, and say where a role of the file differs from ours."""
    with connection.cursor() as cursor:
        cursor.execute(ROLES)
        for key, name, column, value, ours, differs in cursor.fetchall():
            if ours is None:
                reason = "the registry has no role of this name; run migrate"
                report.add("orphan", reason, table="roles", id=key, column="name", value=name)
            elif differs:
                reason = f"{name} has other {column} in the registry, which is kept: people get what it says there"
                report.add("role_differs", reason, table="roles", id=key, column=column, value=value)
        cursor.execute(MAP_ROLES)


def map_internal_tenant(root: int | None, report: Report) -> int | None:
    """Decide about the root on which the file grants SuperAdmin; returns its id if it becomes our internal tenant.

    Where we have an internal tenant of another id, the root's row goes and all that refers to it refers to ours. The
    grant alone decides, so the same file leads to the same decision every time.
    """
    if root is None:
        return None
    internal = Tenant.objects.filter(is_internal=True).first()
    if internal is None:
        return _become_internal(root, report)
    if internal.pk != root:
        _merge(root, internal, report)
    return None


def _become_internal(root: int, report: Report) -> int | None:
    if Tenant.objects.filter(pk=root).exists():
        reason = "SuperAdmin is granted on it, but the registry has it as an ordinary tenant; run create_operator first"
        report.add("differs", reason, table="tenants", id=root, column="is_internal")
        return None
    reason = "SuperAdmin is granted on it: it becomes the internal tenant"
    report.add("internal_tenant", reason, table="tenants", id=root)
    return root


def _merge(root: int, internal: Tenant, report: Report) -> None:
    reason = f"SuperAdmin is granted on it: it is merged into the internal tenant {internal.pk} ({internal.name!r})"
    report.add("internal_tenant", reason, table="tenants", id=root)
    with connection.cursor() as cursor:
        cursor.execute(MISFITS, [root, internal.level])
        for key, level in cursor.fetchall():
            reason = f"its parent is merged into the internal tenant {internal.pk}, which is of level {internal.level}"
            report.add("level_mismatch", reason, table="tenants", id=key, column="level", value=level)
        cursor.execute("DELETE FROM import_tenants WHERE id = %s", [root])
        cursor.execute("UPDATE import_tenants SET parent_id = %s WHERE parent_id = %s", [internal.pk, root])
        for table in OWN_TENANT:
            cursor.execute(
                f"UPDATE import_{table} SET tenant_id = %s WHERE tenant_id = %s",  # noqa: S608  (our own names)
                [internal.pk, root],
            )

"""What in the staged rows is not ours yet: roles, which match by name, and the root that is the internal tenant."""

from django.db import connection

from clavitor.importer.report import Report
from tenancy.models import Tenant

ROLES = """
SELECT s.id, s.name, r.id, s.permissions::jsonb = r.permissions, s.permissions, s.description IS NOT DISTINCT FROM r.description,
       s.description
  FROM import_roles s LEFT JOIN roles r ON r.name = s.name
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
        for key, name, ours, same_permissions, permissions, same_description, description in cursor.fetchall():
            if ours is None:
                reason = "the registry has no role of this name; run migrate"
                report.add("orphan", reason, table="roles", id=key, column="name", value=name)
                continue
            if not same_permissions:
                reason = f"{name} has other permissions in the registry, which are kept"
                report.add("role_differs", reason, table="roles", id=key, column="permissions", value=permissions)
            if not same_description:
                reason = f"{name} has another description in the registry, which is kept"
                report.add("role_differs", reason, table="roles", id=key, column="description", value=description)
        cursor.execute(MAP_ROLES)


def map_internal_tenant(root: int | None, report: Report) -> int | None:
    """Decide about the root on which the file grants SuperAdmin; returns its id if it is to become our internal tenant.

    Where we have an internal tenant of another id, the root's row goes and all that refers to it refers to ours. The same
    file leads to the same decision every time.
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
    where = {"table": "tenants", "id": root}
    if Tenant.objects.filter(pk=root).exists():
        reason = "the file grants SuperAdmin on it, but the registry has it as an ordinary tenant; create_operator makes the internal one"
        report.add("differs", reason, column="is_internal", value=None, **where)
        return None
    report.add("internal_tenant", "SuperAdmin is granted on it: it becomes the internal tenant", **where)
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

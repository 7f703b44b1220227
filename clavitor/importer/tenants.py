"""The file's tree of tenants: levels and cycles (RULES 5), and which root is the internal tenant (RULES 10)."""

from collections.abc import Iterator
from typing import Any

from clavitor.importer.report import Report
from clavitor.importer.source import Source
from tenancy.models import RoleName, TenantLevel

PARENT_OF = {TenantLevel.CUSTOMER: TenantLevel.MSP, TenantLevel.DEPT: TenantLevel.CUSTOMER}
TREE = "SELECT id, parent_id, level FROM tenants WHERE typeof(id) = 'integer'"
SUPER_ADMINS = """
SELECT a.id, t.id, t.parent_id IS NULL
  FROM role_assignments a
  JOIN roles r ON r.id = a.role_id
  JOIN tenants t ON t.id = a.tenant_id
 WHERE r.name = ?
 ORDER BY a.id
"""

Tree = dict[int, tuple[Any, Any]]  # id -> parent_id, level, as the file has them


def check(source: Source, report: Report) -> int | None:
    """Report what is wrong with the tree; returns the id of the one root on which SuperAdmin is granted."""
    tree: Tree = {row[0]: (row[1], row[2]) for row in source.database.execute(TREE)}
    cyclic = set(_cyclic(tree))
    for key in sorted(cyclic):
        parent = tree[key][0]
        report.add("cycle", "it is its own ancestor", table="tenants", id=key, column="parent_id", value=parent)
    for key in tree.keys() - cyclic:
        if reason := _level_problem(tree, key):
            report.add("level_mismatch", reason, table="tenants", id=key, column="level", value=tree[key][1])
    return _internal_root(source, report)


def _cyclic(tree: Tree) -> Iterator[int]:
    """Every tenant on a cycle; those that only hang below one are not."""
    done: set[int] = set()
    for start in tree:
        path: dict[int, int] = {}
        here: Any = start
        while here in tree and here not in done and here not in path:
            path[here] = len(path)
            here = tree[here][0]
        if here in path:
            yield from (key for key, place in path.items() if place >= path[here])
        done.update(path)


def _level_problem(tree: Tree, key: int) -> str | None:
    parent, level = tree[key]
    if level not in TenantLevel.values or (parent is not None and parent not in tree):
        return None  # an unknown level or an orphan, which is named as such
    kind = TenantLevel(level)
    if parent is None:
        return "a Dept (3) needs a Customer (2) as its parent" if kind == TenantLevel.DEPT else None
    if kind == TenantLevel.MSP:
        return "an MSP (1) has no parent"
    wanted, found = PARENT_OF[kind], tree[parent][1]
    if found == wanted:
        return None
    right = f"a {kind.label} ({level}) has a parent of level {wanted} ({wanted.label})"
    return f"{right}; its parent {parent} is of level {found}"


def _internal_root(source: Source, report: Report) -> int | None:
    grants = source.database.execute(SUPER_ADMINS, [RoleName.SUPER_ADMIN.value]).fetchall()
    roots = sorted({tenant for _, tenant, is_root in grants if is_root})
    for key, tenant, is_root in grants:
        if not is_root:
            reason = "SuperAdmin is granted on a tenant that is not a root; only the internal tenant may have it"
        elif len(roots) > 1:
            listed = ", ".join(map(str, roots))[:80]
            reason = f"SuperAdmin is granted on {len(roots)} roots ({listed}); only one can be the internal tenant"
        else:
            continue
        report.add("bad_internal_tenant", reason, table="role_assignments", id=key, column="tenant_id", value=tenant)
    return roots[0] if len(roots) == 1 else None

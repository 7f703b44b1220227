"""One valid row of every table, and copies of it in raw SQL with changes: how the guards are tried."""

import json
from typing import Any

from django.db import connection
from django.utils import timezone

from billing.models import Plan
from clavitor.importer.models import ImportedFile
from sync.models import SyncObject
from tenancy.models import Role
from tests import factories
from tests.catalogue import insertable

KEEP = object()  # as a change: the original's own value after all
# table: which row is copied, and what a copy must change to be valid beside it
COPIES: dict[str, tuple[str, dict[str, Any]]] = {
    "tenants": ("id = 2", {"id": 99}),
    "humans": ("id = 11", {"id": 99, "email": "new@example.com"}),
    "roles": ("name = 'ReadOnly'", {"id": 99, "name": "BillingAdmin"}),
    "role_assignments": ("id = 21", {"id": 99, "tenant_id": 3}),
    "plans": ("name = 'Team10'", {"name": "MME"}),
    "subscriptions": ("id = 31", {"id": 99}),
    "vaults": ("l0 = '000000aa'", {"l0": "000000bb"}),
    "credentials": ("id = 41", {"id": 99, "credential_id": r"\x99"}),
    "agent_tokens": ("id = 51", {"id": 99, "token_hash": "9" * 64}),
    "billing_events": ("id = 61", {"id": 99}),
    "pop_sync_state": ("pop_id = 'pop-a'", {"pop_id": "pop-b"}),
    "pop_keys": ("id = 71", {"id": 99, "key_hash": "9" * 64}),
    "sync_objects": ("position = 81", {"object_id": "99", "position": 99}),
    "sync_seals": ("last_position = 0", {"last_position": 99}),
    "imported_files": ("true", {"sha256": "9" * 64}),
    "id_leases": ("node = 0", {"node": 4096}),
}

# A copy with changes; the columns that the database computes are left to it.
COPY = """
INSERT INTO {table} ({columns})
SELECT {copied}
  FROM (SELECT * FROM {table} WHERE {original}) AS original,
       jsonb_populate_record(NULL::{table}, to_jsonb(original) || %s) AS copy
"""


def add_originals() -> None:
    """One row of each table with the ids that COPIES names, and room for a copy where the values are all taken."""
    msp = factories.TenantFactory(id=1, msp=True)
    customer = factories.TenantFactory(id=2, parent=msp)
    factories.TenantFactory(id=3, parent=customer)
    factories.TenantFactory(id=4, internal=True)
    ann = factories.HumanFactory(id=11, tenant=customer, email="ann@example.com")
    factories.RoleAssignmentFactory(id=21, human=ann, granted_by=ann)
    subscription = factories.SubscriptionFactory(id=31, tenant=customer)
    vault = factories.VaultFactory(l0="000000aa", tenant=customer, subscription=subscription, owner_human=ann)
    factories.CredentialFactory(id=41, vault=vault, human=ann, p0="0000000a")
    factories.AgentTokenFactory(id=51, vault=vault)
    factories.BillingEventFactory(id=61, tenant=customer)
    factories.PopKeyFactory(id=71, pop__pop_id="pop-a")
    SyncObject.objects.create(kind="vault", object_id="x", position=81, deleted=True, body=b"{}", leaf=b"")
    ImportedFile.objects.create(sha256="a" * 64, imported_at=timezone.now(), rows={})
    Role.objects.filter(name="BillingAdmin").delete()
    Plan.objects.filter(name="MME").delete()
    look_at_constraints()


def copy_row(table: str, changes: dict[str, Any]) -> None:
    """Insert a copy of the original that is valid but for `changes`, under all constraints."""
    original, needed = COPIES.get(table, ("id = 1", {}))
    changed = {name: value for name, value in {**needed, **changes}.items() if value is not KEEP}
    columns = insertable(table)
    copied = ", ".join(f"copy.{name}" for name in columns)
    query = COPY.format(table=table, columns=", ".join(columns), copied=copied, original=original)
    with connection.cursor() as cursor:
        cursor.execute(query, [json.dumps(changed)])
    look_at_constraints()


def look_at_constraints() -> None:
    """Have what was put off to COMMIT checked now, and from now on at once."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

"""What the tests of capture share: rows of every followed table, and what `sync_dirty` holds."""

from django.db import connection

from tests import catalogue, factories

Dirty = set[tuple[str, str, bool]]
CALM, URGENT = False, True


def execute(query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)


def captured() -> Dirty:
    """What is dirty now; it is taken off."""
    taken = {tuple(row) for row in catalogue.rows("SELECT kind, object_id, urgent FROM sync_dirty")}
    execute("DELETE FROM sync_dirty")
    return taken


def add_rows() -> None:
    """One row of each table with a known id, and a second where one can be moved to."""
    customer = factories.TenantFactory(id=2)
    dept = factories.TenantFactory(id=3, parent=customer)
    factories.SubscriptionFactory(id=33, tenant=factories.TenantFactory(id=5))
    ann, bob = (factories.HumanFactory(id=id_, tenant=dept) for id_ in (11, 12))
    one, other = (factories.SubscriptionFactory(id=id_, tenant=customer) for id_ in (31, 32))
    vault = factories.VaultFactory(l0="000000aa", tenant=dept, subscription=one, owner_human=ann)
    factories.VaultFactory(l0="000000cc", tenant=dept, subscription=other)
    factories.CredentialFactory(id=41, human=ann, vault=vault, p0="0000000a")
    factories.AgentTokenFactory(id=51, vault=vault, created_by=bob)

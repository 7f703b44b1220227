"""The comparison finds whatever a replica has wrong: a twin that was tampered with is told row by row."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.utils import timezone

from clavitor.demo import comparison
from tenancy.models import Human, Tenant
from tests import factories
from tests.database import CommittedDatabase
from tests.demo.following import follow
from vaults.models import AgentToken, Credential, Vault


@pytest.fixture
def replica(committed_db: CommittedDatabase, tmp_path: Path) -> Path:
    """Of one vault (000000aa) with a device (41) and a token (51), and their kin in other states."""
    vault = factories.VaultFactory(l0="000000aa", owned=True)
    factories.CredentialFactory(id=41, vault=vault)
    factories.CredentialFactory(vault=vault, human__suspended=True)
    factories.CredentialFactory(vault=vault, revoked=True)
    factories.AgentTokenFactory(id=51, vault=vault, scoped=True)
    factories.AgentTokenFactory(vault=vault, revoked=True)
    factories.AgentTokenFactory(vault=vault, endless=True, all_scopes=True)
    factories.VaultFactory(tenant__suspended=True)
    factories.VaultFactory(subscription=None)
    path = tmp_path / "replica.sqlite3"
    follow(path)
    return path


def tamper(replica: Path, statement: str) -> None:
    with closing(sqlite3.connect(replica)) as database, database:
        changed = database.execute(statement).rowcount
    assert changed == 1


def test_a_true_replica_has_no_differences(replica: Path) -> None:
    assert comparison.differences(replica) == []
    assert {table: len(rows) for table, rows in comparison.replica_rows(replica).items()} == {
        "vaults": 3, "credentials": 2, "agent_tokens": 3,
    }  # fmt: skip


CHANGED = {
    "UPDATE vaults SET status = 'suspended' WHERE l0 = '000000aa'": "vaults",
    "UPDATE vaults SET tenant_id = 1 WHERE l0 = '000000aa'": "vaults",
    "UPDATE vaults SET plan = 'Pro' WHERE l0 = '000000aa'": "vaults",
    "UPDATE vaults SET max_devices = 99 WHERE l0 = '000000aa'": "vaults",
    "UPDATE vaults SET max_tokens = NULL WHERE l0 = '000000aa'": "vaults",
    "UPDATE vaults SET ends_at = 1 WHERE l0 = '000000aa'": "vaults",
    "UPDATE vaults SET owner_human_id = NULL WHERE l0 = '000000aa'": "vaults",
    "UPDATE credentials SET status = 'suspended' WHERE id = 41": "credentials",
    "UPDATE credentials SET credential_id = x'00' WHERE id = 41": "credentials",
    "UPDATE credentials SET p0 = 'ffffffff', wl3_path = 'ff/ffffffff/20260405_abc.cla' WHERE id = 41": "credentials",
    "UPDATE credentials SET human_id = 1 WHERE id = 41": "credentials",
    "UPDATE credentials SET enrolled_by = 1 WHERE id = 41": "credentials",
    "UPDATE agent_tokens SET status = 'revoked' WHERE id = 51": "agent_tokens",
    "UPDATE agent_tokens SET scopes = '' WHERE id = 51": "agent_tokens",
    "UPDATE agent_tokens SET all_access = 1, scopes = '' WHERE id = 51": "agent_tokens",
    "UPDATE agent_tokens SET expires_at = NULL WHERE id = 51": "agent_tokens",
    "UPDATE agent_tokens SET expires_at = expires_at + 1 WHERE id = 51": "agent_tokens",
    "UPDATE agent_tokens SET token_hash = '" + "0" * 64 + "' WHERE id = 51": "agent_tokens",
}
ROWS = {"vaults": "000000aa", "credentials": "41", "agent_tokens": "51"}


def test_a_row_that_was_altered_is_told_from_both_sides(replica: Path) -> None:
    pristine = replica.read_bytes()
    for statement, table in CHANGED.items():
        tamper(replica, statement)
        row = ROWS[table]
        assert comparison.differences(replica) == [f"{table}: lacks {row}", f"{table}: shouldn't have {row}"], statement
        for suffix in ("-wal", "-shm"):
            replica.with_name(replica.name + suffix).unlink(missing_ok=True)
        replica.write_bytes(pristine)


@pytest.mark.parametrize(("table", "id_"), [("vaults", "l0"), ("credentials", "id"), ("agent_tokens", "id")])
def test_a_row_that_is_missing_is_told(replica: Path, table: str, id_: str) -> None:
    tamper(replica, f"DELETE FROM {table} WHERE {id_} = '{ROWS[table]}'")
    assert comparison.differences(replica) == [f"{table}: lacks {ROWS[table]}"]


def test_a_row_that_should_be_gone_is_told(replica: Path) -> None:
    Credential.objects.filter(pk=41).update(revoked_at=timezone.now())
    assert comparison.differences(replica) == ["credentials: shouldn't have 41"]
    follow(replica)
    assert comparison.differences(replica) == []


def test_what_the_replica_has_not_heard_yet_is_told(replica: Path) -> None:
    Tenant.objects.update(status="suspended")
    Human.objects.update(status="inactive")
    AgentToken.objects.update(name="not compared")
    factories.VaultFactory(l0="000000ff")
    Vault.objects.filter(l0="000000aa").update(status="archived")
    told = comparison.differences(replica)
    assert "vaults: lacks 000000ff" in told
    assert {"vaults: lacks 000000aa", "credentials: lacks 41"} <= set(told)
    follow(replica)
    assert comparison.differences(replica) == []


def test_a_replica_without_tables_holds_nothing(replica: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.sqlite3"
    empty.touch()
    assert comparison.replica_rows(empty) == {"vaults": set(), "credentials": set(), "agent_tokens": set()}


def test_comparing_writes_nothing(replica: Path, tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        comparison.differences(tmp_path / "none.sqlite3")
    assert not (tmp_path / "none.sqlite3").exists()

"""The replica: it always stands where its cursor says, whatever comes and whenever it is killed."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.replica import PageRefused, Replica, ReplicaReader, ReplicaTrouble, parse_page
from tests.sync.pages import CREATED_SECONDS, credential, page, removal, token, vault
from tests.sync.replica.contents import contents

SCHEMA = Path(__file__).parents[2] / "schema.sql"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pop.sqlite3"


@pytest.fixture
def replica(path: Path) -> Iterator[Replica]:
    replica = Replica(path)
    yield replica
    replica.close()


def row(path: Path, table: str) -> dict[str, Any]:
    """The only row of a table."""
    database = sqlite3.connect(path)
    database.row_factory = sqlite3.Row
    try:
        (only,) = database.execute(f"SELECT * FROM {table}").fetchall()
        return dict(only)
    finally:
        database.close()


def test_a_vault_has_the_schemas_columns_and_the_feeds(replica: Replica, path: Path) -> None:
    replica.apply(
        parse_page(
            page(
                vault(
                    1,
                    owner_human_id="12",
                    ends_at="2026-04-05T12:00:59.999999Z",
                    status="suspended",
                    status_reason="tenant_suspended",
                )
            )
        )  # fmt: skip
    )
    assert row(path, "vaults") == {
        "l0": "00000001", "tenant_id": 11, "owner_human_id": 12, "subscription_id": None, "created_at": CREATED_SECONDS,
        "last_seen_at": None, "status": "suspended", "plan_override": None, "status_reason": "tenant_suspended",
        "plan": "Team10", "max_devices": 10, "max_tokens": 100, "ends_at": CREATED_SECONDS + 59, "position": 1,
    }  # fmt: skip


def test_a_credential_has_the_schemas_columns_and_the_feeds(replica: Replica, path: Path) -> None:
    replica.apply(parse_page(page(credential(1, id=str(2**63 - 1), enrolled_by="13"))))
    assert row(path, "credentials") == {
        "id": 2**63 - 1, "human_id": 12, "p0": "a1b2c3d4", "l0": "00000001", "credential_id": b"\xde\xad\xbe\xef",
        "wl3_path": "a1/a1b2c3d4/20260405_abc.cla", "enrolled_by": 13, "created_at": CREATED_SECONDS,
        "last_used_at": None, "status": "active", "position": 1,
    }  # fmt: skip


def test_an_agent_token_has_the_schemas_columns_and_the_feeds(replica: Replica, path: Path) -> None:
    replica.apply(parse_page(page(token(1, all_access=True, scopes="", expires_at="2026-04-05T13:00:00Z"))))
    assert row(path, "agent_tokens") == {
        "id": 31, "vault_l0": "00000001", "name": "Deploy CI", "token_hash": "ab" * 32, "scopes": "", "all_access": 1,
        "created_by": 12, "created_at": CREATED_SECONDS, "expires_at": CREATED_SECONDS + 3600, "last_used_at": None,
        "status": "active", "position": 1,
    }  # fmt: skip


@pytest.mark.parametrize("table", ["vaults", "credentials", "agent_tokens"])
def test_no_column_of_the_schema_is_missing_or_of_another_type(replica: Replica, path: Path, table: str) -> None:
    create = re.search(rf"CREATE TABLE {table} \(.*?\n\);", SCHEMA.read_text(), re.DOTALL)
    assert create
    schema, ours = sqlite3.connect(":memory:"), sqlite3.connect(path)
    schema.execute(create[0])
    columns = f"SELECT name, type, \"notnull\" OR pk FROM pragma_table_info('{table}')"
    wanted, found = schema.execute(columns).fetchall(), ours.execute(columns).fetchall()
    schema.close(), ours.close()
    assert [column for column in found if column in wanted] == wanted


def test_the_cursor_moves_with_the_page(replica: Replica, path: Path) -> None:
    replica.apply(parse_page(page(vault(1), credential(2), head=9)))
    assert replica.state == ("1", 2, "1.2.abcd", 9)
    replica.close()
    replica.__init__(path)  # type: ignore[misc]  # what a new process would do
    assert replica.state == ("1", 2, "1.2.abcd", 9)


def test_a_page_that_breaks_a_rule_leaves_nothing_behind(replica: Replica, path: Path) -> None:
    replica.apply(parse_page(page(vault(1))))
    before = contents(path)
    bad = page(vault(2, status="archived"), credential(3, wl3_path="a1/a1b2c3d4/../../etc/passwd"), start=1)
    with pytest.raises(PageRefused, match="credential 21 at position 3 is wrong: CHECK constraint failed: wl3_path"):
        replica.apply(parse_page(bad))
    assert contents(path) == before
    assert replica.state.position == 1


def test_a_page_may_come_twice(replica: Replica, path: Path) -> None:
    body = page(vault(1), credential(2), token(3), removal(4, "credential", "99"))
    replica.apply(parse_page(body))
    before = contents(path)
    replica.apply(parse_page(body))
    assert contents(path) == before


def test_an_older_page_takes_nothing_back(replica: Replica, path: Path) -> None:
    old = page(vault(1), token(2), credential(3))
    replica.apply(parse_page(old))
    replica.apply(parse_page(page(token(4, status="revoked"), removal(5, "credential", "21"), start=3)))
    before = contents(path)
    replica.apply(parse_page(old))
    replica.apply(parse_page(page(removal(2, "agent_token", "31"), start=1)))
    assert contents(path) == before


def test_what_is_gone_may_come_again_as_a_new_object(replica: Replica, path: Path) -> None:
    replica.apply(parse_page(page(credential(1))))
    replica.apply(parse_page(page(removal(2, "credential", "21"), start=1)))
    assert contents(path)["credentials"] == []
    assert contents(path)["tombstones"] == [("credential", "21", 2)]
    replica.apply(parse_page(page(credential(3), start=2)))
    assert row(path, "credentials")["position"] == 3
    assert contents(path)["tombstones"] == []


def test_two_tokens_may_share_a_hash_for_the_length_of_a_page(replica: Replica, path: Path) -> None:
    replica.apply(parse_page(page(token(1, id="31"))))
    replica.apply(parse_page(page(token(2, id="32"), start=1)))
    replica.apply(parse_page(page(removal(3, "agent_token", "31"), start=2)))
    assert row(path, "agent_tokens")["id"] == 32


def test_what_the_pop_noted_itself_stays(replica: Replica, path: Path) -> None:
    replica.apply(parse_page(page(vault(1), token(2))))
    with sqlite3.connect(path) as database:
        database.execute("UPDATE vaults SET last_seen_at = 5")
        database.execute("UPDATE agent_tokens SET last_used_at = 6")
    database.close()
    replica.apply(parse_page(page(vault(3, status="suspended"), token(4, status="revoked"), start=2)))
    assert (row(path, "vaults")["last_seen_at"], row(path, "agent_tokens")["last_used_at"]) == (5, 6)


def test_a_page_of_another_epoch_is_refused(replica: Replica) -> None:
    replica.apply(parse_page(page(vault(1))))
    with pytest.raises(PageRefused, match="of epoch '2', the replica of '1'"):
        replica.apply(parse_page(page(vault(2), start=1, epoch="2")))


def test_a_page_that_leaves_something_out_is_refused(replica: Replica) -> None:
    replica.apply(parse_page(page(vault(1))))
    with pytest.raises(PageRefused, match="begins at 2, and the replica ends at 1"):
        replica.apply(parse_page(page(vault(3), start=2)))


def test_who_reads_never_waits_for_the_follower(replica: Replica, path: Path) -> None:
    replica.apply(parse_page(page(vault(1))))
    reader = ReplicaReader(path)
    with replica._transaction():
        replica._database.execute("DELETE FROM vaults")
        assert reader.read_state().position == 1
        assert reader._database.execute("SELECT count(*) FROM vaults").fetchone() == (1,)
    assert reader._database.execute("SELECT count(*) FROM vaults").fetchone() == (0,)
    reader.close()


def test_a_full_disk_is_trouble_and_takes_nothing(replica: Replica, path: Path) -> None:
    replica.apply(parse_page(page(vault(1))))
    before = contents(path)
    pages = replica._database.execute("PRAGMA page_count").fetchone()[0]
    replica._database.execute(f"PRAGMA max_page_count = {pages}")
    many = [token(position, id=str(position)) for position in range(2, 500)]
    with pytest.raises(ReplicaTrouble, match="disk is full"):
        replica.apply(parse_page(page(*many, start=1)))
    assert contents(path) == before
    replica._database.execute("PRAGMA max_page_count = 100000")
    replica.apply(parse_page(page(*many, start=1)))
    assert replica.state.position == 499


def test_a_new_history_takes_the_place_of_the_old_one_at_once(replica: Replica, path: Path, tmp_path: Path) -> None:
    replica.apply(parse_page(page(vault(1), credential(2), token(3, id="31"), removal(4, "credential", "99"))))
    with sqlite3.connect(path) as database:
        database.execute("UPDATE vaults SET last_seen_at = 5")
    database.close()
    fresh = Replica(tmp_path / "fresh.sqlite3")
    fresh.apply(parse_page(page(vault(1, status="suspended"), token(2, id="32"), epoch="2", cursor="2.2.ef")))
    fresh.close()
    reader = ReplicaReader(path)
    reader._database.execute("BEGIN")
    assert reader.read_state().epoch == "1"
    replica.replace_with(fresh.path)
    assert reader.read_state().epoch == "1"
    assert reader._database.execute("SELECT id FROM agent_tokens").fetchall() == [(31,)]
    reader._database.execute("COMMIT")
    assert reader.read_state() == replica.state == ("2", 2, "2.2.ef", 2)
    assert reader._database.execute("SELECT id FROM agent_tokens").fetchall() == [(32,)]
    reader.close()
    now = contents(path)
    assert (now["credentials"], now["tombstones"]) == ([], [])
    assert (row(path, "vaults")["status"], row(path, "vaults")["last_seen_at"]) == ("suspended", 5)

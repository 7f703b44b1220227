"""The watcher, and by what it and the others know who lives."""

import os
import shutil
import signal
from pathlib import Path

from clavitor.base.embedded import EmbeddedServer
from tests.base.servers import postmaster, query, wait_for, watchers


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

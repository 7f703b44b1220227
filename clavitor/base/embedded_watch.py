"""Stops an embedded PostgreSQL when no process uses it any more; and the locks by which everybody knows that.

`embedded.py` starts this file by its path with the bare interpreter (`python -I -S embedded_watch.py DATA_DIR`): one
such process waits beside every running server, so it imports only what is light, and nothing of the project.

Every lock is an flock(2): the kernel drops it when its last holder dies, however that happens, so nobody is ever
counted who isn't there. In the data directory:

- `postgres.holders`: shared, one for each process that uses the server. Who gets it exclusively knows: there is none.
- `postgres.running`: inherited by PostgreSQL's own processes (and initdb's): locked as long as one of them lives. It
  holds the path of the socket's folder, so that a server that died can be tidied up after.
- `postgres.watcher`: held by the living watcher.
- `postgres.start`: held by the process that is starting the server, one at a time.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

HOLDERS, RUNNING, WATCHER, START = "postgres.holders", "postgres.running", "postgres.watcher", "postgres.start"
CLUSTER = "postgres"
FAST_SHUTDOWN_SECONDS = 120  # then it is stopped without its last checkpoint, and recovers at its next start
POLL_SECONDS = 0.02


class Postmaster:
    """The living main process of a cluster, as its postmaster.pid describes it."""

    def __init__(self, pid: int, socket_dir: str, status: str) -> None:
        self.pid = pid
        self.socket_dir = socket_dir
        self.status = status  # starting, ready, stopping


def read_postmaster(cluster: str) -> Postmaster | None:
    """The living postmaster of this cluster, or None. A pid that another program has got since is no postmaster."""
    try:
        with open(os.path.join(cluster, "postmaster.pid"), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(lines) < 5 or not lines[0].isdigit() or not _serves(int(lines[0]), cluster):
        return None
    return Postmaster(int(lines[0]), lines[4], lines[7] if len(lines) > 7 else "starting")


def _serves(pid: int, cluster: str) -> bool:
    """Whether the process was started with this cluster as an argument. Not so for its backends, nor for a zombie."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return os.fsencode(os.path.realpath(cluster)) in file.read().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


def open_lock(data_dir: str, name: str) -> int:
    """A descriptor of the lock file. It isn't inherited by programs that are started, but it is by forks."""
    return open_as_owner(os.path.join(data_dir, name), os.O_RDWR | os.O_CREAT)


def open_as_owner(path: str, flags: int) -> int:
    """Open a file that is its folder's owner's alone, also when root makes it in somebody else's folder."""
    descriptor = os.open(path, flags, 0o600)
    folder = os.stat(os.path.dirname(path))
    if os.geteuid() == 0 and os.fstat(descriptor).st_uid != folder.st_uid:
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


def try_lock(descriptor: int, operation: int) -> bool:
    """Take the lock if that is possible at once."""
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(data_dir: str, name: str) -> bool:
    """Whether somebody holds the lock exclusively."""
    descriptor = open_lock(data_dir, name)
    try:
        return not try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def stop(data_dir: str, waiting: Callable[[], None] = lambda: None) -> int:
    """Stop what runs on the cluster and wait for its end. Returns the RUNNING lock's descriptor, now the caller's.

    The shutdown is fast: clients are disconnected, everything committed is kept. `waiting` is called over and over.
    """
    cluster = os.path.join(data_dir, CLUSTER)
    fast_until = time.monotonic() + FAST_SHUTDOWN_SECONDS
    running = open_lock(data_dir, RUNNING)
    while not try_lock(running, fcntl.LOCK_EX):
        if postmaster := read_postmaster(cluster):
            _send(postmaster.pid, signal.SIGINT if time.monotonic() < fast_until else signal.SIGQUIT)
        else:
            for orphan in _orphans(cluster):
                _send(orphan, signal.SIGQUIT)
        waiting()
        time.sleep(POLL_SECONDS)
    return running


def _send(pid: int, signal_number: int) -> None:
    try:
        os.kill(pid, signal_number)
    except ProcessLookupError:
        return  # it has ended by itself meanwhile, which is all that was wanted


def _orphans(cluster: str) -> Iterator[int]:
    """Backends whose postmaster was killed: a busy one would finish its query first, and block a new start."""
    cluster = os.path.realpath(cluster)
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/comm", encoding="utf-8", errors="replace") as file:
                if file.read() == "postgres\n" and os.readlink(f"/proc/{name}/cwd") == cluster:
                    yield int(name)
        except OSError:
            continue  # ended meanwhile, or another user's


def watch(data_dir: str) -> None:
    """Wait until nobody uses the server, stop it, and return. Returns at once where another watcher lives."""
    watcher = open_lock(data_dir, WATCHER)
    if not try_lock(watcher, fcntl.LOCK_EX):
        return
    holders = open_lock(data_dir, HOLDERS)
    fcntl.flock(holders, fcntl.LOCK_EX)
    if is_at(holders, os.path.join(data_dir, HOLDERS)):
        _stop_and_tidy(data_dir)
    os.close(watcher)  # before the holders' lock: who gets that one next must not take this process for its watcher
    os.close(holders)


def _stop_and_tidy(data_dir: str) -> None:
    running = stop(data_dir)
    try:
        os.rmdir(os.pread(running, 4096, 0))
    except OSError:
        return  # never made, or something lies in it still: let it lie
    finally:
        os.close(running)


def is_at(descriptor: int, path: str) -> bool:
    """Whether the open file still lies there. If the folder was deleted, a server on a new one at its place isn't ours
    to stop; the old server misses its files within a minute and ends by itself."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except OSError:
        return False


if __name__ == "__main__":
    watch(sys.argv[1])

"""A private, real PostgreSQL for development and tests, shared by every process that uses the same data directory.

It starts at the first connection and stops when its last user is gone (`embedded_watch.py`, where the locks are told).
Its programs come from a PyPI package; who runs them is decided in `embedded_account.py`. It listens on a Unix socket
in a folder that only its owner can enter, and writes no statement, parameter or row into its log.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from clavitor.base import embedded_account, embedded_cluster, embedded_watch
from clavitor.base.embedded_account import ADVICE, EmbeddedServerError
from clavitor.base.embedded_watch import HOLDERS, POLL_SECONDS, RUNNING, START, WATCHER

__all__ = ["EmbeddedServer", "EmbeddedServerError"]

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements, their parameters and the rows in an error's detail may hold what no log may.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
WATCHER_SECONDS = 30  # within which the watcher must live

# Data directory -> this process's descriptor of its HOLDERS lock, and what file that is. Forks inherit both.
_held: dict[Path, tuple[int, os.stat_result]] = {}


class EmbeddedServer:
    """The PostgreSQL of one data directory: its cluster in `postgres/`, its log in `postgres.log`."""

    def __init__(self, data_dir: Path | str) -> None:
        self.data_dir = Path(data_dir).expanduser().resolve()
        self.cluster = self.data_dir / embedded_watch.CLUSTER
        self.log = self.data_dir / "postgres.log"

    def ensure_running(self) -> dict[str, str | int]:
        """Start the server unless it runs, count this process among its users until it ends, and say how to connect.

        Returns psycopg's `host`, `port` and `user`. Cheap when nothing is to be done, so ask before each connection.
        Raises EmbeddedServerError. A crash recovery takes what it takes: it waits, and says so on stderr.
        """
        try:
            return self._parameters() or self._join()
        except OSError as error:
            raise EmbeddedServerError(
                f"The embedded PostgreSQL in {self.data_dir} can't be started: {error}. The folder and all in it must "
                f"be the user's who runs this, on a disk with space left; or set CLAVITOR_DATA_DIR to another. {ADVICE}"
            ) from error

    def release(self) -> None:
        """Stop counting this process (its forks apart) among the users; the last one's release stops the server."""
        descriptor, lock = _held.pop(self.data_dir, (-1, None))
        if lock and _is_open(descriptor, lock):
            os.close(descriptor)

    def wait_until_stopped(self, seconds: float) -> bool:
        """Whether server and watcher end within that time. For who has released it and wants to delete its folder."""
        until = time.monotonic() + seconds
        while (lives := self._is_locked(WATCHER) or self._is_locked(RUNNING)) and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        return not lives

    def discard(self, seconds: float) -> None:
        """Release it, wait that long for its end, and delete the data directory: for a throw-away one."""
        self.release()
        self.wait_until_stopped(seconds)
        embedded_cluster.remove_home(self.cluster)
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def _parameters(self) -> dict[str, str | int] | None:
        """How to connect, if this process is a user and the server is ready and watched."""
        postmaster = embedded_watch.read_postmaster(str(self.cluster))
        if not postmaster or postmaster.status != "ready" or not self._is_user() or not self._is_locked(WATCHER):
            return None
        return {"host": postmaster.socket_dir, "port": embedded_cluster.PORT, "user": embedded_cluster.USER}

    def _is_user(self) -> bool:
        """Whether this process holds the lock of the folder that is there now, not of one that was deleted since."""
        descriptor, lock = _held.get(self.data_dir, (-1, None))
        held = lock is not None and _is_open(descriptor, lock)
        return held and embedded_watch.is_at(descriptor, str(self.data_dir / HOLDERS))

    def _is_locked(self, name: str) -> bool:
        return embedded_watch.is_locked(str(self.data_dir), name)

    def _join(self) -> dict[str, str | int]:
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        starting = self._lock(START, fcntl.LOCK_EX, "another process to start PostgreSQL")
        was_held = self.data_dir in _held
        try:
            return self._parameters() or self._serve()
        except BaseException:
            if not was_held:
                self.release()
            raise
        finally:
            os.close(starting)

    def _serve(self) -> dict[str, str | int]:
        logged = self.log.stat().st_size if self.log.exists() else 0
        self._hold()
        if not self._is_locked(WATCHER):  # before the server: wherever this process is killed, nothing stays behind
            watch = (sys.executable, "-I", "-S", embedded_watch.__file__, str(self.data_dir))
            self._spawn(watch, descriptors=())
        postmaster = embedded_watch.read_postmaster(str(self.cluster))
        if postmaster is None or postmaster.status == "stopping":
            self._launch()
        return self._wait_until_ready(logged)

    def _hold(self) -> None:
        descriptor = self._lock(HOLDERS, fcntl.LOCK_SH, "the last PostgreSQL to stop")
        self.release()  # only now: between two locks nobody must seem to be there
        _held[self.data_dir] = descriptor, os.fstat(descriptor)

    def _lock(self, name: str, operation: int, awaited: str) -> int:
        descriptor = embedded_watch.open_lock(str(self.data_dir), name)
        patience = Patience(awaited)
        while not embedded_watch.try_lock(descriptor, operation):
            patience.pause()
        return descriptor

    def _launch(self) -> None:
        patience = Patience(f"a killed or stopping PostgreSQL in {self.data_dir} to end")
        running = embedded_watch.stop(str(self.data_dir), patience.speak)
        try:
            embedded_cluster.clear_place(self.cluster)
            account = embedded_account.account_for(self.cluster)
            programs = embedded_account.programs_for(account)
            embedded_cluster.prepare_cluster(self.cluster, account, programs, running)
            socket_dir = embedded_cluster.prepare_socket_dir(account, running)
            settings = {**SETTINGS, "unix_socket_directories": f'"{socket_dir}"'}
            options = [f"--{name}={value}" for name, value in settings.items()]
            postgres = (str(programs / "postgres"), "-D", str(self.cluster.resolve()), *options)
            self._spawn((*account.prefix, *postgres), descriptors=(running,))
        finally:
            os.close(running)

    def _spawn(self, command: tuple[str, ...], descriptors: tuple[int, ...]) -> None:
        """Start a process that is nobody's child and outlives this one, and Ctrl-C in its terminal."""
        with open(self.log, "ab", opener=embedded_watch.open_as_owner) as log:
            subprocess.run(  # noqa: S603 (programs of our own choice)
                ["setsid", "--fork", *command],  # noqa: S607 (util-linux lies where the system has it)
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=descriptors,
                cwd="/",
                env=embedded_account.environment(),
                check=True,
            )

    def _wait_until_ready(self, logged: int) -> dict[str, str | int]:
        patience = Patience(f"PostgreSQL to be ready (after a crash it recovers first; its log is {self.log})")
        while not (parameters := self._parameters()):
            if not self._is_locked(RUNNING) and not embedded_watch.read_postmaster(str(self.cluster)):
                raise self._failure("stopped at its start", logged)
            if patience.seconds() > WATCHER_SECONDS and not self._is_locked(WATCHER):
                raise self._failure("has nobody to stop it: its watcher doesn't start", logged)
            patience.pause()
        return parameters

    def _failure(self, what: str, logged: int) -> EmbeddedServerError:
        lines = self.log.read_bytes()[logged:].decode(errors="replace").strip().splitlines()[-12:]
        return EmbeddedServerError(
            f"The embedded PostgreSQL in {self.data_dir} {what}. The end of its log, {self.log}:\n"
            + "\n".join(lines)
            + f"\nMend what it names and try again, or move {self.cluster} away to begin anew. {ADVICE}"
        )


def _is_open(descriptor: int, lock: os.stat_result) -> bool:
    """Whether the descriptor is still that of the lock: a process that turns into a daemon closes what it has open."""
    try:
        return os.path.samestat(os.fstat(descriptor), lock)
    except OSError:
        return False


class Patience:
    """Waits in short steps, and says on stderr what for: first after 2 seconds, then every 5."""

    def __init__(self, awaited: str) -> None:
        self.awaited = awaited
        self.since = time.monotonic()
        self.next_word = 2.0

    def seconds(self) -> float:
        """How long it has waited."""
        return time.monotonic() - self.since

    def pause(self) -> None:
        """Wait one step."""
        self.speak()
        time.sleep(POLL_SECONDS)

    def speak(self) -> None:
        """Say what is awaited, if it is time for that."""
        if self.seconds() >= self.next_word:
            self.next_word += 5.0
            print(f"clavitor: waiting for {self.awaited}, {self.seconds():.0f} s so far", file=sys.stderr, flush=True)

"""Makes an embedded PostgreSQL's folders: the cluster (once), and that of its socket (at each start)."""

import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

from clavitor.base import embedded_account
from clavitor.base.embedded_account import ADVICE, Account, EmbeddedServerError, make_home

USER, PORT, DATABASE = "postgres", 5432, "clavitor"
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES = 107  # sockaddr_un's limit
NO_PID = 2**31 - 1  # above every pid that Linux gives


def clear_place(cluster: Path) -> None:
    """Move aside what lies at the cluster's place and is no whole cluster. It is never deleted."""
    if not _is_whole(cluster) and (cluster.is_symlink() or cluster.exists()):
        cluster.rename(cluster.with_name(f"{cluster.name}.broken-{time.time_ns()}"))


def _is_whole(cluster: Path) -> bool:
    return (cluster / "global" / "pg_control").is_file()


def prepare_cluster(cluster: Path, account: Account, programs: Path, running: int) -> None:
    """See that there is a cluster that the programs can run, with the database `clavitor`. Raises EmbeddedServerError.

    The caller holds the RUNNING lock; its descriptor goes to initdb, which may outlive a killed caller.
    """
    if _is_whole(cluster):
        _check_version(cluster, account, programs)
        _forget_dead_postmaster(cluster)
        return
    home = cluster.parent if account.may_write(cluster.parent) else _own_home(account)
    fresh = home / f"{cluster.name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    _initdb(fresh, account, programs, running)
    fresh.rename(home / cluster.name)  # so a cluster that is there is whole, wherever this process is killed
    if home != cluster.parent:
        cluster.symlink_to(home / cluster.name)


def _own_home(account: Account) -> Path:
    home = make_home("data-")
    os.chown(home, account.uid, account.gid)
    return home


def remove_home(cluster: Path) -> None:
    """Delete the cluster's own folder, if it was given one elsewhere."""
    home = cluster.resolve().parent
    if cluster.is_symlink() and home.parent == embedded_account.HOMES:
        shutil.rmtree(home, ignore_errors=True)


def _initdb(fresh: Path, account: Account, programs: Path, running: int) -> None:
    initdb = (programs / "initdb", "-D", fresh, "--username", USER, "--auth=trust", "--encoding=UTF8")
    made = account.run(*initdb, "--locale=C.UTF-8", descriptors=(running,))
    if "invalid locale" in made.stdout:
        made = account.run(*initdb, "--locale=C", descriptors=(running,))
    if made.returncode == 0:
        single = (programs / "postgres", "--single", "-D", fresh, "-c", "exit_on_error=on", "postgres")
        made = account.run(*single, stdin=f"CREATE DATABASE {DATABASE}\n", descriptors=(running,))
    if made.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        lines = "\n".join(made.stdout.strip().splitlines()[-15:])
        raise EmbeddedServerError(
            f"PostgreSQL can't make its folder {fresh}:\n{lines}\n"
            f"Mend that (is the disk full?), or set CLAVITOR_DATA_DIR to another folder. {ADVICE}"
        )


def _check_version(cluster: Path, account: Account, programs: Path) -> None:
    of_data = (cluster / "PG_VERSION").read_text().strip()
    of_programs = account.run(programs / "postgres", "--version").stdout.split()[-1]
    if of_programs.split(".")[0] != of_data:
        raise EmbeddedServerError(
            f"The database in {cluster} was made by PostgreSQL {of_data}, and the installed one is {of_programs}. "
            f"Take a dump with the old version, or move the folder away to begin anew. {ADVICE}"
        )


def _forget_dead_postmaster(cluster: Path) -> None:
    """Make a stale postmaster.pid name no process: PostgreSQL would not start if another program has that pid by now.

    The file itself stays, for it names the shared memory by which PostgreSQL sees that a server still runs after all.
    """
    pid_file = cluster / "postmaster.pid"
    if pid_file.exists():
        pid_file.write_text("\n".join([str(NO_PID), *pid_file.read_text().split("\n")[1:]]))


def prepare_socket_dir(account: Account, running: int) -> Path:
    """The folder of the server's socket: short of path, its owner's alone (0700), emptied of a dead server's socket.

    Named by the lock file behind `running`: the same for a data directory at each start, and another once the directory
    was deleted and made anew, for a server that lived on in the deleted one would take the new one's socket with it.
    Raises EmbeddedServerError if something else lies at its place.
    """
    lock = os.fstat(running)
    name = f"clavitor-{account.uid}-{lock.st_dev:x}-{lock.st_ino:x}"
    folder = _temporary_dir(account, name) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) != 0o700 or not _is_ours(found.st_uid, account):
        raise EmbeddedServerError(
            f"{folder} must be a folder of user {account.uid} with mode 0700, and is something else. "
            f"Remove it, or set TMPDIR to a folder of your own. {ADVICE}"
        )
    if found.st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    for socket in (SOCKET, f"{SOCKET}.lock"):
        (folder / socket).unlink(missing_ok=True)
    os.ftruncate(running, 0)
    os.pwrite(running, os.fsencode(folder), 0)
    return folder


def _is_ours(uid: int, account: Account) -> bool:
    return uid in (account.uid, os.geteuid())


def _temporary_dir(account: Account, name: str) -> Path:
    """The usual one, if a socket's path in it is short enough and the account can use it."""
    usual = Path(tempfile.gettempdir())
    is_short = len(os.fsencode(usual / name / SOCKET)) <= SOCKET_PATH_BYTES
    return usual if is_short and account.may_write(usual) else Path("/tmp")  # noqa: S108 (what's made in it is verified)

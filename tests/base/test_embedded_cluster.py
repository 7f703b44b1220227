"""The cluster's folder and the socket's: made whole, and never in somebody else's."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from clavitor.base import embedded_cluster
from clavitor.base.embedded import EmbeddedServer, EmbeddedServerError
from tests.base.servers import as_root, query


def test_a_half_made_cluster_is_moved_aside(bare_dir: Path) -> None:
    half = bare_dir / "postgres"
    half.mkdir()
    (half / "PG_VERSION").write_text("16\n")
    assert query(bare_dir, "SELECT 1") == [(1,)]
    assert [(path / "PG_VERSION").read_text() for path in bare_dir.glob("postgres.broken-*")] == ["16\n"]


def test_another_versions_cluster_is_refused(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    server.ensure_running()
    server.release()
    assert server.wait_until_stopped(10)
    (server.cluster / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 12, and the installed one is 16"):
        server.ensure_running()


def test_a_failed_initdb_shows_what_it_said(bare_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_cluster, "USER", "pg_reserved")
    with pytest.raises(EmbeddedServerError, match='(?s)superuser name "pg_reserved" is disallowed.*disk full'):
        EmbeddedServer(bare_dir).ensure_running()
    assert not (bare_dir / "postgres.new").exists()


@pytest.fixture
def socket_dir(data_dir: Path) -> Iterator[Path]:
    server = EmbeddedServer(data_dir)
    folder = Path(str(server.ensure_running()["host"]))
    server.release()
    assert server.wait_until_stopped(10)
    assert not folder.exists(), "the watcher should have tidied up"
    yield folder
    with suppress(FileNotFoundError):  # the watcher tidies up an empty folder, and may have been quicker
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

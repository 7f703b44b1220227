"""Files that are no file, no database, or not whole."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from clavitor.importer import source
from tests.importer.conftest import Import
from tests.importer.files import make_file


def _nothing(path: Path) -> None:
    assert not path.exists()


def _truncate(path: Path) -> None:
    make_file(path)
    os.truncate(path, path.stat().st_size - 5000)


def _scribble(path: Path) -> None:
    make_file(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8192))


def _misindex(path: Path) -> None:
    """Every page can be read, but an index holds something else than its table."""
    wrong = "UPDATE sqlite_master SET sql = replace(sql, '(tenant_id)', '(status)') WHERE name = 'idx_humans_tenant'"
    make_file(path, "PRAGMA writable_schema = ON", wrong)


def _misname(path: Path) -> None:
    """A schema that SQLite can't read, and quotes in an error that isn't UTF-8."""
    make_file(path)
    path.write_bytes(path.read_bytes().replace(b"REFERENCES tenants(id)", b"REFERENCES tena \xff\xfeid)"))


def _leave_wal(path: Path) -> None:
    """As a crashed writer leaves it: changes that the file itself lacks."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE t (id)")
    kept = path.with_name(path.name + "-wal").read_bytes()
    database.close()
    path.with_name(path.name + "-wal").write_bytes(kept)


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (_nothing, "unreadable", "No such file"),
        (Path.mkdir, "unreadable", "is a folder"),
        (os.mkfifo, "unreadable", "device or pipe"),
        (Path.touch, "empty_file", "0 bytes"),
        (lambda path: path.write_text("id,name\n1,x\n"), "not_sqlite", "not a SQLite database"),
        (lambda path: path.write_bytes(b"SQLite format 3\0"), "damaged", "whole copy"),
        (_truncate, "damaged", "whole copy"),
        (_scribble, "damaged", "whole copy"),
        (_misindex, "damaged", "whole copy"),
        (_misname, "damaged", "whole copy"),
        (_leave_wal, "unreadable", "wal_checkpoint"),
    ],
    ids=[
        "missing",
        "folder",
        "pipe",
        "empty",
        "csv",
        "header",
        "truncated",
        "scribbled",
        "misindexed",
        "misnamed",
        "wal",
    ],  # fmt: skip
)
def test_a_file_that_can_not_be_read_is_refused(
    tmp_path: Path, import_file: Import, make: Callable[[Path], object], code: str, said: str
) -> None:
    path = tmp_path / "a file.sqlite3"
    make(path)
    result = import_file(path)
    assert result.places(code) == [("", "", "")]
    assert said in result.reason(code)
    assert result.errors == 1


def test_a_path_with_a_nul_is_refused(import_file: Import) -> None:
    assert import_file(Path("a\0b")).places("unreadable") == [("", "", "")]


@pytest.mark.django_db
def test_odd_names_and_links_are_read(tmp_path: Path, import_file: Import) -> None:
    odd = make_file(tmp_path / "100% ä?#.sqlite3")
    link = tmp_path / "link"
    link.symlink_to(odd)
    assert import_file(link).errors == 0


@pytest.mark.django_db
def test_a_database_in_wal_mode_that_was_closed_is_read(tmp_path: Path, import_file: Import) -> None:
    path = make_file(tmp_path / "wal.sqlite3")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    before = path.read_bytes()
    assert import_file(path).errors == 0
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["wal.sqlite3"]


def test_nothing_can_be_written_to_the_file(tmp_path: Path) -> None:
    with (
        source.opened(make_file(tmp_path / "f")) as file,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        file.database.execute("DELETE FROM humans")


@pytest.mark.django_db
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, import_file: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clavitor.importer import staging
    from tenancy.models import Tenant

    path = make_file(tmp_path / "f.sqlite3")
    stage = staging.stage

    def stage_and_touch(*arguments: object) -> None:
        stage(*arguments)  # type: ignore[arg-type]
        os.utime(path, ns=(1, 1))

    monkeypatch.setattr(staging, "stage", stage_and_touch)
    result = import_file(path)
    assert result.places("file_changed") == [("", "", "")]
    assert not Tenant.objects.exists()


def test_unreadable_cells_do_not_count_as_damage(import_broken: Import) -> None:
    """SQLite's own check complains of NULLs too; the row's own name says more."""
    result = import_broken(
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'name            TEXT NOT NULL', 'name            TEXT') "
        "WHERE name = 'humans'",
        "PRAGMA writable_schema = RESET",
        "UPDATE humans SET name = NULL WHERE id = 22",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'name            TEXT', 'name            TEXT NOT NULL') "
        "WHERE name = 'humans'",
    )
    assert result.places("null_not_allowed") == [("humans", "22", "name")]
    assert result.errors == 1

"""`manage.py import_corporate`, as an operator sees it."""

import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import Error

from clavitor.importer import cells, load
from clavitor.importer.models import ImportedFile
from clavitor.importer.report import SHOWN_ERRORS
from tenancy.models import Tenant
from tests.database import CommittedDatabase
from tests.importer.files import change_file, make_file

PROJECT = Path(__file__).parents[2]


def _import(path: Path, *arguments: str, verbosity: int = 1) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_corporate", str(path), *arguments, stdout=out, stderr=err, verbosity=verbosity)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_file(tmp_path / "file.sqlite3")


@pytest.mark.django_db
def test_it_counts_rows_by_table_and_tells_how_far_it_is(path: Path) -> None:
    out, err = _import(path)
    assert "tenants                      4             0\n" in out
    assert "Notices: 1 cursor_dropped, 1 internal_tenant. --report FILE names each." in out
    assert "Imported 20 rows." in out
    assert "Checking credentials: 2 rows\n" in err
    assert "Adding credentials\n" in err


@pytest.mark.django_db
def test_a_second_time_it_says_unchanged(path: Path) -> None:
    _import(path)
    out, err = _import(path, verbosity=0)
    assert "tenants                      0             4\n" in out
    assert "Unchanged: this very file was imported at 20" in out
    assert err == ""


@pytest.mark.django_db
def test_rows_that_were_there_already_are_unchanged(path: Path) -> None:
    _import(path)
    change_file(path, "CREATE INDEX another ON humans (name)")
    assert "Unchanged: the registry holds every row" in _import(path)[0]


@pytest.mark.django_db
def test_a_dry_run_says_what_would_be(path: Path) -> None:
    out, _ = _import(path, "--dry-run")
    assert "Dry run: 20 rows would be added. Nothing was written." in out
    assert not Tenant.objects.exists()


@pytest.mark.django_db
def test_the_report_has_six_fields_a_line(path: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"
    out, _ = _import(path, "--report", str(report))
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert f"Each is in {report}." in out
    assert {tuple(line) for line in lines} == {("table", "id", "column", "value", "reason", "code")}
    assert Counter(line["code"] for line in lines) == {"cursor_dropped": 1, "internal_tenant": 1}


def test_errors_are_named_and_counted(path: Path, tmp_path: Path) -> None:
    change_file(path, "UPDATE humans SET status = 'g\x1b[2Jone', tenant_id = 99")
    report = tmp_path / "report.jsonl"
    with pytest.raises(CommandError) as refused:
        _import(path, "--report", str(report))
    said = str(refused.value)
    assert r"humans 21 status 'g\x1b[2Jone': must be one of active, inactive, suspended [unknown_value]" in said
    assert f"Nothing was imported: 6 errors (3 unknown_value, 3 orphan). Each is in {report}." in said
    assert "\x1b" not in said + report.read_text()
    assert refused.value.returncode == 1
    assert len(report.read_text().splitlines()) == 7


def test_only_the_first_errors_are_shown(path: Path) -> None:
    rows = "WITH RECURSIVE n (i) AS (VALUES (1000) UNION ALL SELECT i + 1 FROM n WHERE i < 1099)"
    change_file(path, f"INSERT INTO humans {rows} SELECT i, 1, i || '@x', 'x', 'gone', 0, NULL FROM n")
    with pytest.raises(CommandError) as refused:
        _import(path)
    lines = str(refused.value).splitlines()
    assert len(lines) == SHOWN_ERRORS + 2
    assert lines[-2] == "... and 80 more."
    assert "--report FILE names each" in lines[-1]


def test_a_report_that_can_not_be_written_is_refused_first(path: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"--report .* can't be written: No such file or directory"):
        _import(path, "--report", str(tmp_path / "nowhere" / "report"))


def test_a_report_does_not_overwrite_the_file(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(CommandError, match="would be overwritten"):
        _import(path, "--report", str(path))
    assert path.read_bytes() == before


def test_a_wrong_file_is_in_the_report_too(tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"
    with pytest.raises(CommandError, match=r"1 error \(1 unreadable\)"):
        _import(tmp_path / "missing.sqlite3", "--report", str(report))
    assert json.loads(report.read_text())["code"] == "unreadable"


@pytest.mark.django_db
def test_a_failing_database_is_said_in_a_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise Error("the connection is lost\nDETAIL: values")

    monkeypatch.setattr(load, "_load", fail)
    with pytest.raises(CommandError) as refused:
        _import(path)
    assert str(refused.value) == "The database failed, and nothing was imported: the connection is lost"


def test_an_interruption_is_said_in_a_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cells, "check", interrupt)
    with pytest.raises(CommandError, match="Interrupted") as refused:
        _import(path)
    assert refused.value.returncode == 130


def test_two_imports_at_once_one_wins_and_the_other_finds_it_unchanged(
    committed_db: CommittedDatabase, path: Path
) -> None:
    with committed_db.connect() as lock:
        lock.execute("SELECT pg_advisory_lock(%s)", [load.LOCK])
        runs = [_start(path, committed_db) for _ in range(2)]
        for run in runs:
            assert run.stderr
            while "waiting for it to end" not in run.stderr.readline():
                assert run.poll() is None
    said = sorted(run.communicate(timeout=60)[0].splitlines()[-1] for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert said[0] == "Imported 20 rows."
    assert said[1].startswith("Unchanged")
    assert Tenant.objects.count() == 4
    assert ImportedFile.objects.count() == 1


def test_a_killed_import_leaves_nothing(committed_db: CommittedDatabase, path: Path) -> None:
    """Killed while it waits inside its transaction, on a row that another one is adding."""
    with committed_db.connect() as blocker:
        blocker.execute("BEGIN")
        blocker.execute("INSERT INTO pop_sync_state VALUES ('pop-tokyo-01', now(), NULL, 'active', now())")
        run = _start(path, committed_db)
        assert run.stderr
        while "Adding pop_sync_state" not in run.stderr.readline():
            assert run.poll() is None
        run.kill()
        run.communicate(timeout=60)
        blocker.execute("ROLLBACK")
    assert not Tenant.objects.exists()
    assert "Imported 20 rows." in _import(path)[0]


def _start(path: Path, database: CommittedDatabase) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_corporate", str(path)],
        cwd=PROJECT,
        env=database.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

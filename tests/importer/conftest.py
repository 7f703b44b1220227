"""An import of a small file, and what it reports."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clavitor.importer import run
from clavitor.importer.load import Loaded
from clavitor.importer.progress import Silent
from clavitor.importer.report import Report
from tests.importer.files import make_file

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Result:
    """What came of one import: its findings as the report has them, and the rows by table if it got that far."""

    def __init__(self, text: str, outcome: run.Outcome) -> None:
        self.text = text
        self.findings: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
        self.errors = outcome.report.errors
        self.loaded: Loaded | None = outcome.loaded

    def places(self, code: str) -> list[tuple[str, str, str]]:
        """Table, id and column of each finding with that code."""
        return sorted((f["table"] or "", f["id"] or "", f["column"] or "") for f in self.findings if f["code"] == code)

    def reason(self, code: str) -> str:
        """The reason of the only finding with that code."""
        (finding,) = (f for f in self.findings if f["code"] == code)
        return str(finding["reason"])


Import = Callable[..., Result]


@pytest.fixture
def import_file() -> Import:
    """Import the file at a path."""

    def run_import(path: Path, *, dry_run: bool = False) -> Result:
        stream = io.StringIO()
        outcome = run.import_file(path, dry_run=dry_run, at=NOW, report=Report(stream), progress=Silent())
        return Result(stream.getvalue(), outcome)

    return run_import


@pytest.fixture
def import_broken(tmp_path: Path, import_file: Import) -> Import:
    """Import the example file after some SQL was run in it."""

    def run_import(*statements: str, **options: str) -> Result:
        return import_file(make_file(tmp_path / "broken.sqlite3", *statements, **options))

    return run_import

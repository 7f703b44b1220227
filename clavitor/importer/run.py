"""One import from end to end: the file by itself first, without the database; then against the registry."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clavitor.importer import cells, checks, source, structure, tenants
from clavitor.importer.load import Loaded, load
from clavitor.importer.progress import Progress
from clavitor.importer.report import Report
from clavitor.importer.schema import TABLES


@dataclass(frozen=True)
class Outcome:
    """`loaded` is None if the file alone was bad enough. Rows were written if nothing is an error; by no dry run."""

    report: Report
    loaded: Loaded | None = None


def import_file(path: Path, *, dry_run: bool, at: datetime, report: Report, progress: Progress) -> Outcome:
    """Check all of the file, report every fault in one pass, and load it if there is none. Raises for no bad file."""
    progress.step("Looking whether the file is whole")
    try:
        with source.opened(path) as file:
            root = _check(file, report, progress)
            if report.errors:
                return Outcome(report)
            loaded = load(file, internal_root=root, dry_run=dry_run, at=at, report=report, progress=progress)
            return Outcome(report, loaded)
    except source.SourceRefused as refusal:
        report.add(refusal.code, refusal.reason)
        return Outcome(report)


def _check(file: source.Source, report: Report, progress: Progress) -> int | None:
    """Where a table or column is missing, the cells of the others are checked, but nothing across tables."""
    whole = structure.check(file, report)
    for table in whole:
        cells.check(file, table, report, progress)
    if len(whole) < len(TABLES):
        return None
    progress.step("Comparing rows with each other")
    checks.check(file, report)
    checks.note_dropped(file, report)
    return tenants.check(file, report)

"""`manage.py import_corporate FILE.sqlite3 [--dry-run] [--report FILE]`"""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone

from clavitor.importer import progress, run
from clavitor.importer.load import Loaded
from clavitor.importer.report import ERRORS, NOTICES, Report


class Command(BaseCommand):
    """Exit status 0: imported, unchanged, or a dry run without errors. 1: nothing was written, and why is said.

    130: interrupted.
    """

    help = (
        "Load a SQLite database in the corporate schema: all of it, or nothing if any row is bad. Importing the same "
        "file again changes nothing. --report gets every bad row and every notice as a line of JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.sqlite3", help="the database; it is only read")
        parser.add_argument("--dry-run", action="store_true", help="do all checks, the database's too; write nothing")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write findings here, as JSON lines")

    def handle(self, *, file: Path, dry_run: bool, report: Path | None, verbosity: int, **_options: Any) -> None:
        terminal = self.stderr.isatty()
        try:
            with (
                _opened(report, file) as stream,
                progress.shown(say=self._say, terminal=terminal, silent=not verbosity) as shown,
            ):
                outcome = run.import_file(
                    file, dry_run=dry_run, at=timezone.now(), report=Report(stream), progress=shown
                )
        except Error as error:
            said = str(error).strip().partition("\n")[0]  # what follows may show values
            raise CommandError(f"The database failed, and nothing was imported: {said}") from error
        except KeyboardInterrupt as interruption:
            said = "Interrupted. Nothing is half imported; run it again, and it says what is there."
            raise CommandError(said, returncode=130) from interruption
        if outcome.report.errors or outcome.loaded is None:
            raise CommandError(_refusal(outcome.report, report))
        self._say_what_came(outcome.report, outcome.loaded, dry_run, report)

    def _say(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()

    def _say_what_came(self, report: Report, loaded: Loaded, dry_run: bool, path: Path | None) -> None:
        self.stdout.write(_table(loaded))
        if notices := report.summary(NOTICES):
            self.stdout.write(f"Notices: {notices}. {_where(path)}")
        self.stdout.write(_verdict(loaded, dry_run))


@contextmanager
def _opened(report: Path | None, source: Path) -> Iterator[TextIO | None]:
    """The report, opened before anything is done: a path that can't be written fails early."""
    if report is None:
        yield None
        return
    if report.exists() and source.exists() and report.samefile(source):
        raise CommandError(f"--report {report} is the file to import; it would be overwritten. Give another path.")
    try:
        stream = report.open("w", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"--report {report} can't be written: {error.strerror}.") from error
    with stream:
        yield stream


def _where(path: Path | None) -> str:
    return f"Each is in {path}." if path else "--report FILE names each."


def _refusal(report: Report, path: Path | None) -> str:
    lines = [str(finding) for finding in report.first_errors]
    if report.errors > len(lines):
        lines.append(f"... and {report.errors - len(lines):,} more.")
    errors = f"{report.errors:,} error{'s' if report.errors > 1 else ''}"
    lines.append(f"Nothing was imported: {errors} ({report.summary(ERRORS)}). {_where(path)}")
    return "\n".join(lines)


def _table(loaded: Loaded) -> str:
    lines = [f"{'table':<18}{'added':>12}{'already here':>14}"]
    lines += [f"{name:<18}{loaded.added.get(name, 0):>12,}{known:>14,}" for name, known in loaded.known.items()]
    return "\n".join(lines)


def _verdict(loaded: Loaded, dry_run: bool) -> str:
    if since := loaded.same_file_since:
        return f"Unchanged: this very file was imported at {since:%Y-%m-%dT%H:%M:%SZ}. Nothing was written."
    if loaded.is_unchanged:
        return "Unchanged: the registry holds every row of the file already. Nothing was written."
    total = sum(loaded.added.values())
    return f"Dry run: {total:,} rows would be added. Nothing was written." if dry_run else f"Imported {total:,} rows."

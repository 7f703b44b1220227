"""The part of an import that needs the database: one transaction, and one import at a time."""

from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from django.db import Error, connection, transaction

from clavitor.importer import comparison, mapping, staging
from clavitor.importer.models import ImportedFile
from clavitor.importer.progress import Progress
from clavitor.importer.report import Report
from clavitor.importer.schema import LOADED, Table
from clavitor.importer.source import Source
from tenancy.models import Tenant

LOCK = 0x1_4D_50_4F_52_54  # "IMPORT", an advisory lock of our own
REFUSALS = (psycopg.errors.IntegrityError, psycopg.errors.DataError, psycopg.errors.RaiseException)
INSERT = """
INSERT INTO {table} ({names})
SELECT {values} FROM import_{table} s
 WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = s.{key})
"""


@dataclass
class Loaded:
    """What came of it, in rows by table. `same_file_since` is when this very file was imported, if it was."""

    added: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    same_file_since: datetime | None = None

    @property
    def is_unchanged(self) -> bool:
        """Whether the registry held all of it already."""
        return not any(self.added.values())


def load(
    source: Source, *, internal_root: int | None, dry_run: bool, at: datetime, report: Report, progress: Progress
) -> Loaded:
    """Add the rows that the registry hasn't, all or, if anything is reported as an error or `dry_run`, none."""
    loaded = Loaded()
    try:
        with transaction.atomic():
            _take_turn(progress)
            _load(source, internal_root, at, loaded, report, progress)
            source.refuse_if_changed()
            if dry_run or report.errors:
                transaction.set_rollback(True)
            else:
                staging.drop()
    except Error as error:
        if not isinstance(error.__cause__, REFUSALS):
            raise
        _report_refusal(error.__cause__, report)
    return loaded


def _take_turn(progress: Progress) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            progress.step("Another import is running; waiting for it to end")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _load(
    source: Source, internal_root: int | None, at: datetime, loaded: Loaded, report: Report, progress: Progress
) -> None:
    before = ImportedFile.objects.filter(sha256=source.digest).first()
    loaded.same_file_since = before.imported_at if before else None
    staging.stage(source, progress)
    progress.step("Comparing with the registry")
    mapping.map_roles(report)
    internal = mapping.map_internal_tenant(internal_root, report)
    loaded.known = {table.name: comparison.count_known(table) for table in LOADED}
    if before:
        _note_what_moved_on(report)
        return
    _report_contradictions(report)
    if not report.errors:
        _insert(internal, loaded, progress)
        if not loaded.is_unchanged:
            ImportedFile.objects.create(sha256=source.digest, imported_at=at, rows=loaded.added)


def _note_what_moved_on(report: Report) -> None:
    for table in LOADED:
        if table.compared:
            comparison.report_differences(table, report, same_file=True)
        comparison.report_removed(table, report)


def _report_contradictions(report: Report) -> None:
    comparison.report_taken(report)
    comparison.report_grants(report)
    for table in LOADED:
        if table.compared:
            comparison.report_differences(table, report, same_file=False)
            comparison.report_later_activity(table, report)


def _insert(internal: int | None, loaded: Loaded, progress: Progress) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a violation shows at the table that it is about
        for table in LOADED:
            progress.step(f"Adding {table.name}")
            cursor.execute(_insert_statement(table))
            loaded.added[table.name] = cursor.rowcount
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    if internal is not None:
        Tenant.objects.filter(pk=internal).update(is_internal=True)


def _insert_statement(table: Table) -> str:
    return INSERT.format(
        table=table.name,
        key=table.key.name,
        names=", ".join(column.name for column in table.loaded_columns),
        values=", ".join(map(comparison.converted, table.loaded_columns)),
    )


def _report_refusal(error: psycopg.Error, report: Report) -> None:
    """Name the constraint; the database's own detail would show values."""
    reason = f"the database refused it: {error.diag.message_primary}"
    report.add("refused_by_database", reason, table=error.diag.table_name, column=error.diag.column_name)

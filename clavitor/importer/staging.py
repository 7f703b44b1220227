"""The file's rows in temporary tables, as the file has them; they go with the transaction."""

from typing import Any

from django.db import connection
from psycopg import sql

from clavitor.importer.progress import Progress
from clavitor.importer.schema import TABLES, Table
from clavitor.importer.source import Source


def stage(source: Source, progress: Progress) -> None:
    """Make and fill one temporary table `import_...` a table of the file."""
    for table in TABLES:
        columns = ", ".join(f"{column.name} {column.kind.staged}" for column in table.loaded_columns)
        _execute(f"CREATE TEMPORARY TABLE import_{table.name} ({columns}) ON COMMIT DROP")
        _copy(source, table, progress)
        _execute(f"ANALYZE import_{table.name}")


def drop() -> None:
    """Remove them before the transaction ends, where it isn't ours alone."""
    _execute("DROP TABLE " + ", ".join(f"import_{table.name}" for table in TABLES))


def _copy(source: Source, table: Table, progress: Progress) -> None:
    rows = source.rows(table, table.loaded_columns)
    names = ", ".join(column.name for column in table.loaded_columns)
    with connection.cursor() as cursor:
        copying: Any = cursor.cursor
        with copying.copy(sql.SQL(f"COPY import_{table.name} ({names}) FROM STDIN")) as copy:  # noqa: S608  (our own names)
            for row in progress.track(f"Reading {table.name}", source.count(table), rows):
                copy.write_row(row)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)

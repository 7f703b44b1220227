"""Every cell of every row, checked by itself."""

from typing import Any

from clavitor.importer.kinds import Problem
from clavitor.importer.progress import Progress
from clavitor.importer.report import Report
from clavitor.importer.schema import Column, Table
from clavitor.importer.source import Source

NULL = Problem("null_not_allowed", "is NULL; a value is needed")


def check(source: Source, table: Table, report: Report, progress: Progress) -> None:
    """Report each cell that can't be taken, row by row; nothing is kept of the rows."""
    checks = [(index, column, column.kind.check) for index, column in enumerate(table.columns)]
    for row in progress.track(f"Checking {table.name}", source.count(table), source.rows(table, table.columns)):
        for index, column, problem_of in checks:
            cell = row[index]
            if cell is None and column.nullable:
                continue
            problem = NULL if cell is None else problem_of(cell)
            if problem is not None:
                _report(report, table, column, row[0], cell, problem)


def _report(report: Report, table: Table, column: Column, key: Any, cell: Any, problem: Problem) -> None:
    hidden = column.kind.secret or problem.code == "content_refused"
    report.add(
        problem.code, problem.reason, table=table.name, id=key, column=column.name, value=None if hidden else cell
    )  # fmt: skip

"""Whether the file has the schema's tables and columns, and no others."""

from clavitor.base import content
from clavitor.importer.report import Report, clean
from clavitor.importer.schema import TABLES, Table
from clavitor.importer.source import Source

# Indexes and triggers hold no rows; SQLite's own tables (sqlite_stat1, say) hold nothing of the schema.
OBJECTS = r"""
SELECT lower(name), type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
  FROM sqlite_master
 WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
"""


def check(source: Source, report: Report) -> tuple[Table, ...]:
    """Report what is missing or too much, all of it. Returns the tables that have every column of theirs."""
    tables = dict(source.database.execute(OBJECTS).fetchall())
    for name in sorted(tables.keys() - {table.name for table in TABLES}):
        _report_unknown(report, "table", str(name), None)
    return tuple(table for table in TABLES if _is_whole(source, table, tables, report))


def _is_whole(source: Source, table: Table, tables: dict[str, int], report: Report) -> bool:
    if not tables.get(table.name):
        found = "is a view or a virtual table" if table.name in tables else "is missing"
        reason = f"The table {table.name} {found}. Give a database in the schema's form."
        report.add("missing_table", reason, table=table.name)
        return False
    columns = {str(row[1]).lower() for row in source.database.execute(f"PRAGMA table_xinfo({table.name})")}
    wanted = {column.name for column in table.columns}
    for name in sorted(columns - wanted):
        _report_unknown(report, "column", name, table.name)
    for name in sorted(wanted - columns):
        report.add("missing_column", f"The column {table.name}.{name} is missing.", table=table.name, column=name)
    return not wanted - columns


def _report_unknown(report: Report, sort: str, name: str, table: str | None) -> None:
    if content.is_key_like(name):
        code, why = "content_refused", "looks like key material, which is never taken"
    else:
        code, why = f"unknown_{sort}", "is not in the schema, and nothing is left out in silence"
    reason = f"The {sort} {clean(name[:60])} {why}. Remove it from the file."
    report.add(code, reason, table=table or name[:60], column=name[:60] if table else None)

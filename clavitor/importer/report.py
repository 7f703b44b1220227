"""What an import finds, one finding a line of JSON: `{"table","id","column","value","reason","code"}`.

`code` is stable, and tells the two sorts apart: a code of ERRORS stops the import, and nothing is written; a code of
NOTICES stops nothing, and says what the import leaves out or decides. `id` and `value` are strings (ids pass 2**53) or
null: a finding about a whole file, table or column has no id. A value is cut to MAX_VALUE characters, and one that
could be a secret or its hash is never shown.
"""

import json
from collections import Counter
from typing import Any, NamedTuple, TextIO

ERRORS = {
    # the file as a whole
    "unreadable": "the file is missing, is a folder, may not be read, or has changes beside it (WAL, journal)",
    "empty_file": "the file holds nothing",
    "not_sqlite": "the file is not a SQLite database",
    "damaged": "the SQLite database is truncated or corrupt",
    "file_changed": "the file was written to while it was being read",
    # tables and columns
    "missing_table": "a table of the schema is not there",
    "missing_column": "a column of the schema is not there",
    "unknown_table": "a table that the schema doesn't have",
    "unknown_column": "a column that the schema doesn't have",
    "content_refused": "a table, column or JSON name that looks like key material, which is never taken or shown",
    # one cell
    "null_not_allowed": "NULL where the schema says NOT NULL, or as a key",
    "wrong_type": "a cell of another SQLite type than its column's",
    "bad_id": "an id that is not an integer above 0",
    "bad_time": "Unix seconds before 1970 or after the year 9999",
    "bad_text": "text that is not UTF-8",
    "nul_character": "text with a NUL character, which PostgreSQL can't hold",
    "too_long": "text or bytes longer than the registry takes",
    "too_short": "an empty value that may not be empty",
    "bad_email": "an address that is not of the form name@domain",
    "unknown_value": "a value that is not in its column's closed list",
    "out_of_range": "a negative limit or price",
    "bad_hex": "not exactly 8 lowercase hex digits (l0, p0), or not 64 (token_hash)",
    "bad_path": "a wl3_path of the wrong form, or that doesn't lie where p0 says (RULES 29)",
    "bad_scopes": "scopes that are not four hex digits each, sorted and unique, or that go with all_access (RULES 31)",
    "bad_json": "text that is not JSON, or not the object that it must be",
    "bad_pop_id": "a POP's name with more than lowercase letters, digits and hyphens",
    # rows beside each other, in the file or in the registry
    "duplicate": "a value that must be unique and isn't",
    "duplicate_email": "an email that two people have, perhaps in other case (RULES 7)",
    "orphan": "a reference to a row that isn't in the file",
    "level_mismatch": "a tenant's level that contradicts its parent's (RULES 5)",
    "cycle": "a tenant that is its own ancestor",
    "bad_internal_tenant": "SuperAdmin granted elsewhere than on one single root (RULES 10)",
    "differs": "the registry holds this row already, with another value",
    "refused_by_database": "a constraint of the database that no check above foresaw",
}
NOTICES = {
    "cursor_dropped": "last_sync_cursor is a credential id, not a position of the feed (RULES 34); the POP starts anew",
    "role_differs": "the file's role isn't the registry's of that name; the registry's is kept",
    "internal_tenant": "which root became the internal tenant, or was merged into it (RULES 10)",
    "activity_kept": "the file's last use is later than the registry's, which is kept: only POPs report use (RULES 33)",
    "role_granted": "somebody whom the registry has already gets a role by the file",
    "moved_on": "this same file was imported before, and the registry's value has changed since; it is kept",
    "removed_since": "this same file was imported before, and the row has been removed since; it stays removed",
}
MEANING = {**ERRORS, **NOTICES}
MAX_VALUE = 80
SHOWN_ERRORS = 20


class Finding(NamedTuple):
    """One line of the report."""

    table: str | None
    id: str | None
    column: str | None
    value: str | None
    reason: str
    code: str

    def __str__(self) -> str:
        value = None if self.value is None else repr(self.value)
        where = " ".join(part for part in (self.table, clean(self.id), self.column, value) if part)
        return f"{where}: {self.reason} [{self.code}]" if where else f"{self.reason} [{self.code}]"


def clean(text: str | None) -> str | None:
    """`text` fit for a terminal: what doesn't print (escape sequences, say) is escaped."""
    return text if text is None or text.isprintable() else repr(text)[1:-1]


def shown(cell: Any) -> str | None:
    """A cell of the file as a report shows it: cut, and bytes as hex."""
    if cell is None:
        return None
    if isinstance(cell, bytes):
        text = f"x'{cell[:MAX_VALUE].hex()}'"
    else:
        text = str(cell)[: MAX_VALUE + 1].encode(errors="surrogateescape").decode(errors="replace")
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"


class Report:
    """Counts findings, writes each to `file` as it comes, and keeps the first errors for the screen."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file
        self.counts: Counter[str] = Counter()
        self.first_errors: list[Finding] = []

    def add(
        self, code: str, reason: str, *, table: str | None = None, id: Any = None, column: str | None = None,
        value: Any = None,
    ) -> None:  # fmt: skip
        """Note one finding. `reason` says what is wrong and, for an error, what would be right.

        Raises KeyError for a code that isn't documented above.
        """
        if code not in MEANING:
            raise KeyError(code)
        finding = Finding(table, shown(id), column, shown(value), reason, code)
        if code in ERRORS and len(self.first_errors) < SHOWN_ERRORS:
            self.first_errors.append(finding)
        self.counts[code] += 1
        if self._file is not None:
            self._file.write(json.dumps(finding._asdict()) + "\n")

    @property
    def errors(self) -> int:
        """How many findings stop the import."""
        return sum(count for code, count in self.counts.items() if code in ERRORS)

    def summary(self, codes: dict[str, str]) -> str:
        """The counts of those codes, as `3 orphan, 1 bad_hex`."""
        return ", ".join(f"{count:,} {code}" for code, count in self.counts.most_common() if code in codes)

"""Search by what an operator has in hand: an id, an email, an `l0` or `p0`, how a name begins. Each uses an index.

A lookup takes what was typed and answers with a condition, or None when it can't be such a value at all: so a search
for an email never reads names, and conditions on other tables, which no index serves together with the table's own in
one OR, stay apart.
"""

import re
from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, StartsWith

from clavitor.base.ids import MAX_ID

MOST_FOUND = 1_000  # rows
Lookup = Callable[[str], Q | None]


def by_id(path: str = "pk") -> Lookup:
    """The whole id in `path`."""
    return lambda typed: Q(**{path: int(typed)}) if re.fullmatch(r"[0-9]{1,19}", typed) and _fits(typed) else None


def by_hex(path: str) -> Lookup:
    """The beginning of an `l0` or `p0`, from two digits on. A range, so that an index serves it in any collation."""

    def lookup(typed: str) -> Q | None:
        digits = typed.lower()
        if not re.fullmatch(r"[0-9a-f]{2,8}", digits):
            return None
        return Q(**{f"{path}__gte": digits.ljust(8, "0"), f"{path}__lte": digits.ljust(8, "f")})

    return lookup


def by_email(path: str) -> Lookup:
    """The whole email, in any case; anything with an @ may be one."""
    return lambda typed: Q(Exact(Lower(path), typed.lower())) if "@" in typed else None


def by_beginning(path: str, at_least: int = 2) -> Lookup:
    """The beginning of a text, in any case. Needs an index on lower(`path`) with text_pattern_ops."""
    return lambda typed: Q(StartsWith(Lower(path), typed.lower())) if len(typed) >= at_least else None


def find(rows: QuerySet[Any], typed: str, lookups: Iterable[Lookup]) -> QuerySet[Any]:
    """The rows that any of `lookups` finds; all of them when nothing was typed, none when it can be no such value.

    They are sought before they are sorted, and 1,000 at most: PostgreSQL would else walk through the whole table in the
    list's order when it takes a rare value for a common one.
    """
    typed = typed.strip()
    if not typed:
        return rows
    conditions = [condition for lookup in lookups if (condition := lookup(typed)) is not None]
    if not conditions or "\0" in typed:  # no text in PostgreSQL holds a NUL, and it wouldn't be asked
        return rows.none()
    return rows.filter(pk__in=rows.filter(reduce(or_, conditions)).order_by().values("pk")[:MOST_FOUND])


def _fits(typed: str) -> bool:
    return 0 < int(typed) <= MAX_ID

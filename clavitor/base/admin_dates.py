"""Steps from years to months to days over an indexed time, without reading the rows: Django's own asks for the distinct
dates of all of them. So a step may lead to an empty list."""

import calendar
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

YEAR, MONTH, DAY = PARTS = ("year", "month", "day")


class Step(NamedTuple):
    """One link."""

    title: str
    address: str


def date_steps(changes: Any) -> list[Step]:
    """The way back up, then what the list `changes` may be narrowed to next. One look-up, of the first year."""
    field = changes.date_hierarchy
    chosen = {part: value for part in PARTS if (value := _number(changes.params.get(f"{field}__{part}")))}
    back = [_step(changes, "All dates", {})] if chosen else []
    if MONTH in chosen:
        back.append(_step(changes, str(chosen[YEAR]), {YEAR: chosen[YEAR]}))
    if DAY in chosen:
        back.append(_step(changes, _month(chosen[MONTH]), {part: chosen[part] for part in (YEAR, MONTH)}))
    return back + [_step(changes, title, {**chosen, part: number}) for title, part, number in _next(changes, chosen)]


def _next(changes: Any, chosen: dict[str, int]) -> Iterable[tuple[str, str, int]]:
    if DAY in chosen:
        return []
    if MONTH in chosen:
        days = calendar.monthrange(chosen[YEAR], chosen[MONTH])[1]
        return [(str(day), DAY, day) for day in range(1, days + 1)]
    if YEAR in chosen:
        return [(_month(month), MONTH, month) for month in range(1, 13)]
    years = range(_first_year(changes), timezone.now().year + 1)
    return [(str(year), YEAR, year) for year in years]


def _first_year(changes: Any) -> int:
    field = changes.date_hierarchy
    first: datetime | None = changes.root_queryset.order_by(field).values_list(field, flat=True).first()
    return (first or timezone.now()).year


def _step(changes: Any, title: str, chosen: dict[str, int]) -> Step:
    field = changes.date_hierarchy
    wanted = {f"{field}__{part}": str(number) for part, number in chosen.items()}
    return Step(title, changes.get_query_string(wanted, remove=[f"{field}__"]))


def _month(number: int) -> str:
    return calendar.month_abbr[number]


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() else 0

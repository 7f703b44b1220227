"""Lists that stay fast at a million rows: nothing is counted, and one row beyond the page tells if there is a next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import InvalidPage, Page, Paginator
from django.db import connection
from django.http import HttpRequest

from clavitor.base.admin_dates import Step, date_steps

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList  # it has no types, and is Django's as far as those go


class UncountedPage(Page):  # type: ignore[type-arg]  # Django can take no argument here
    """A page that knows whether another follows, and not how many there are."""

    def __init__(self, rows: Sequence[Any], number: int, paginator: "UncountedPaginator", more: bool) -> None:
        super().__init__(rows, number, paginator)
        self.more = more

    def has_next(self) -> bool:
        return self.more


class UncountedPaginator(Paginator):  # type: ignore[type-arg]  # as above
    """Pages by LIMIT alone. Keys are found first, so that what a row needs of other tables is read for one page."""

    template_name = "admin/uncounted_pagination.html"
    count = 10**9  # Django asks for a number and only compares it: this says "more than fits one page"

    def page(self, number: int | str) -> UncountedPage:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        keys = list(self.object_list.values_list("pk", flat=True)[first : first + self.per_page + 1])
        rows = list(self.object_list.filter(pk__in=keys[: self.per_page]))
        return UncountedPage(rows, number, self, more=len(keys) > self.per_page)


def estimated_rows(table: str) -> int | None:
    """About how many rows `table` has, as PostgreSQL last estimated; None before it has. Costs next to nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [table])
        row = cursor.fetchone()
    return row[0] if row and row[0] >= 0 else None


class UncountedChangeList(ChangeList):
    """A list that says which rows it shows and, where nothing narrows it, about how many there are."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.title = str(self.opts.verbose_name_plural)

    def get_results(self, request: HttpRequest) -> None:
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        try:
            self.shown = self.paginator.page(self.page_num)
        except InvalidPage as error:
            raise IncorrectLookupParameters from error
        self.result_list = self.shown.object_list
        # Of this page alone. unfold shows no total when the two are equal.
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = True
        self.multi_page = self.shown.has_other_pages()

    @property
    def rows_shown(self) -> str:
        """As "51–100 of about 1,000,000". Where the list is narrowed and goes on, no total: that would take a count."""
        first = (self.page_num - 1) * self.list_per_page
        last = first + self.result_count
        return f"{first + 1:,}–{last:,} {self._out_of(last)}"

    @property
    def date_steps(self) -> list[Step]:
        """Links that narrow the list to a year, a month, a day."""
        return date_steps(self)

    def _out_of(self, last: int) -> str:
        if not self.shown.has_next():
            return f"of {last:,}"
        narrowed = self.query or self.get_filters_params()
        estimate = None if narrowed else estimated_rows(self.model._meta.db_table)
        return f"of about {estimate:,}" if estimate is not None and estimate > last else "and more"

"""The search over everything (Ctrl+K): an id, an `l0`, an email or a name, wherever it occurs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from clavitor.base.admin_search import find

MOST_OF_EACH = 5


def everywhere(request: HttpRequest, typed: str) -> list[Any]:
    """The first rows of each table that are found by what was typed, by the same indexed look-ups as in its list."""
    found: list[Any] = []
    for model_admin in admin.site._registry.values():
        if typed.strip() and (lookups := getattr(model_admin, "lookups", ())):
            rows = model_admin.get_queryset(request)
            keys = list(find(rows, typed, lookups).order_by().values_list("pk", flat=True)[:MOST_OF_EACH])
            found += [_result(model_admin, row) for row in rows.filter(pk__in=keys)] if keys else []
    return found


def _result(model_admin: Any, row: Any) -> Any:
    meta = model_admin.opts
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return SearchResult(model_admin.describe(row), str(meta.verbose_name), address, "arrow_forward")

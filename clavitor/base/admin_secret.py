"""The one page that shows a secret. It answers the very request that made it, so nothing is kept to show (RULES 32)."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers


def reveal(admin: "ModelAdmin[Any]", request: HttpRequest, row: Model, *, name: str, secret: str) -> HttpResponse:
    """Show `secret`, which is called `name` and belongs to `row`, on a page that no cache keeps."""
    meta = row._meta
    context = {
        **admin.admin_site.each_context(request),
        "title": f"{name} of {row}",
        "opts": admin.opts,
        "secret": secret,
        "next": reverse(f"{admin.admin_site.name}:{meta.app_label}_{meta.model_name}_change", args=[row.pk]),
    }
    response = TemplateResponse(request, "admin/secret.html", context)
    add_never_cache_headers(response)  # no-store among them
    return response

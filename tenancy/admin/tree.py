"""The tenants' tree in lists, filters and links: a tenant is named with those above it, and found with those below."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, OrderBy, QuerySet, When
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest
from django.utils.safestring import SafeString

from clavitor.base.admin_display import badge, link
from clavitor.base.admin_filters import LookUpFilter
from tenancy.models import Tenant

ABOVE = "parent__parent"  # to select_related with, so that naming the ancestors takes no query


def line(tenant: Tenant) -> list[Tenant]:
    """`tenant` and those above it, the root first. Three levels are all there can be."""
    above = [tenant]
    while above[0].parent:
        above.insert(0, above[0].parent)
    return above


def path(tenant: Tenant) -> str:
    """As "Acme MSP › Beta Ltd › Sales"."""
    return " › ".join(each.name for each in line(tenant))


def path_link(tenant: Tenant) -> SafeString:
    """The path, leading to the tenant's page."""
    return link(tenant, path(tenant))


def below(keys: Iterable[Any]) -> list[int]:
    """The ids of these tenants and of all below them, in three look-ups by index."""
    found = level = [int(key) for key in keys]
    for _ in range(2):
        level = list(Tenant.objects.filter(parent__in=level).order_by().values_list("pk", flat=True))
        found = found + level
    return found


def tree_order() -> list[OrderBy]:
    """Sort keys that put each tenant right below its parent, brothers by name."""
    keys = []
    for value, of_parent, of_root in (
        (Lower("name"), Lower("parent__name"), Lower("parent__parent__name")),
        (F("id"), F("parent__id"), F("parent__parent__id")),
    ):
        keys.append(
            [
                Coalesce(of_root, of_parent, value),
                Case(When(parent__parent__isnull=False, then=of_parent), When(parent__isnull=False, then=value)),
                Case(When(parent__parent__isnull=False, then=value)),
            ]
        )
    return [OrderBy(key, nulls_first=True) for names_and_ids in zip(*keys, strict=True) for key in names_and_ids]


def state(tenant: Tenant) -> SafeString:
    """What is in force, and, where it isn't the tenant's own doing, through whom."""
    effective = tenant.effective.status
    if effective == tenant.status:
        return badge(effective)
    cause = next((each for each in line(tenant) if each.status == effective), tenant)
    return badge(effective, f"{effective} by {cause}", title=f"Its own status is {tenant.status}.")


class TenantFilter(LookUpFilter):
    """Rows of one tenant and of all below it."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        key = self.value()
        return queryset.filter(**{f"{self.field_path}__in": below([key])}) if key else queryset


class BelowFilter(TenantFilter):
    """In the list of tenants itself: one tenant and all below it."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        key = self.value()
        return queryset.filter(pk__in=below([key])) if key else queryset

"""Who may do what: the one place that answers it."""

from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from tenancy.models import Human


def is_operator(human: "Human") -> bool:
    """Whether `human` is our staff: active, and holding `all` on the active internal tenant (RULES 9-11). One query."""
    assignments = apps.get_model("tenancy", "RoleAssignment")
    return bool(
        human.is_active
        and assignments.objects.filter(
            human=human,
            tenant__is_internal=True,
            tenant__status="active",
            role__reach="all",
            role__permissions__all=True,
        ).exists()
    )

"""Figures as people read them."""

from django import template

register = template.Library()


@register.filter
def shown(number: int) -> str:
    """With a comma at the thousands: 1,904."""
    return f"{number:,}"

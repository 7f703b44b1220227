"""How far a row's last change has got, in words. The app that follows changes tells it, not the rows' own apps."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model

from clavitor.base.admin_display import NOTHING

Progress = Callable[[Any], str]

_told_by: dict[type[Model], Progress] = {}


def tell_progress(model: type[Model], progress: Progress) -> None:
    """From now on, `progress(row)` stands on the pages of `model`."""
    _told_by[model] = progress


def progress(row: Model) -> str:
    """As "In force at 22 of 23 POPs; pop-seoul-01 is the furthest behind"; a dash where nobody follows such rows."""
    told_by = _told_by.get(type(row))
    return told_by(row) if told_by else NOTHING

"""The operators' first page. Each app adds its panels; nothing here knows what they show."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

Facts = Callable[[datetime], dict[str, Any]]


@dataclass(frozen=True)
class Panel:
    """`facts(now)` is what `template` shows; `rank` says how far down it stands, `wide` whether it takes a row."""

    template: str
    facts: Facts
    rank: int
    wide: bool = False


@dataclass(frozen=True)
class Concern:
    """Something that an operator should look at, and where."""

    text: str
    address: str
    state: str = "suspended"


Concerns = Callable[[datetime], list[Concern]]

_panels: list[Panel] = []
_watches: list[Concerns] = []


def add_panel(panel: Panel) -> None:
    """Show `panel` from now on."""
    _panels.append(panel)


def add_watch(watch: Concerns) -> None:
    """List what `watch(now)` finds under "Needs attention" from now on."""
    _watches.append(watch)


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The dashboard's context (UNFOLD's DASHBOARD_CALLBACK)."""
    now = timezone.now()
    panels = sorted(_panels, key=lambda panel: panel.rank)
    return {
        **context,
        "panels": [{"template": each.template, "wide": each.wide, "facts": each.facts(now)} for each in panels],
        "concerns": [concern for watch in _watches for concern in watch(now)],
        "now": now,
    }

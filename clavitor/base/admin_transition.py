"""A change of state in the admin: a page that shows what it hits and asks why, one call of the operation, one entry.

Each admin class lists its `Transition`s; the pages, the buttons and the reports are made from them here, once.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import models
from django.urls import reverse
from django.utils.http import urlencode
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from clavitor.base.transitions import Transitions


class ReasonForm(forms.Form):
    """Why. Subclasses add what their operation takes beside it; the fields go to it by name."""

    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Kept in the history and in the event trail. Don't write secrets here.",
    )
    field_order: Sequence[str] | None = None


def always(row: Any) -> bool:
    """For what can be done to a row in any state."""
    return True


def from_states(table: Transitions, target: str) -> Callable[[Any], bool]:
    """Whether a row's status may become `target`, as the operations' own table has it."""
    states: Collection[str] = [state for state, following in table.items() if target in following]
    return lambda row: row.status in states


@dataclass(frozen=True)
class Transition:
    """One thing that may be done to rows.

    `operation` takes the row by the admin's `subject`, `by`, `at`, and the cleaned fields of `form`; where it returns
    a pair, the second is a secret, shown once. `available` says for which rows the button shows: the operation decides.
    """

    name: str  # in the address
    label: str  # on the button: "Suspend"
    done: str  # in the history: "Suspended"
    operation: Callable[..., Any]
    available: Callable[[Any], bool]
    explanation: str  # what it means, in a sentence or two
    icon: str  # of Material Symbols
    variant: ActionVariant = ActionVariant.DEFAULT
    form: type[forms.Form] = ReasonForm
    hits_others: bool = True  # whether the page counts what hangs on the rows
    for_many: bool = True  # whether it can be done to many rows of the list at once


@dataclass(frozen=True)
class Shortcut:
    """A button on a row's page that opens the form of a new row of `model`, as "vaults_agenttoken", begun."""

    label: str
    icon: str
    model: str
    parameter: str

    def button(self, row: models.Model) -> dict[str, Any]:
        """As unfold's template takes it."""
        address = f"{reverse(f'admin:{self.model}_add')}?{urlencode({self.parameter: row.pk})}"
        return {"title": self.label, "icon": self.icon, "variant": ActionVariant.DEFAULT, "path": address}


@dataclass
class Outcome:
    """What became of the rows that were chosen."""

    done: list[models.Model] = field(default_factory=list)
    refused: list[tuple[models.Model, Any]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

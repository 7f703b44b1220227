"""What hangs on a row, in words: "312 vaults", "1,904 devices".

An app tells of its own rows; so a tenant's pages count vaults although the tenants' app knows nothing of vaults. The
same counts stand on a row's page, with links, and on the page that confirms an act, as what it reaches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

Model = type[models.Model]


@dataclass(frozen=True)
class Hanging:
    """Rows of `model`, `rows(keys)` of them on the rows with these keys. `parameter` narrows their list to one key."""

    model: Model
    noun: str
    rows: Callable[[Sequence[Any]], QuerySet[Any]]
    parameter: str = ""
    plural: str = ""
    reached: bool = True  # whether a change of state of the row is felt there

    def count(self, keys: Sequence[Any]) -> str:
        """As "1 vault", "1,904 devices", "no people"."""
        number = self.rows(keys).count()
        words = self.noun if number == 1 else self.plural or f"{self.noun}s"
        return f"{number:,} {words}" if number else f"no {words}"

    def address(self, key: Any) -> str:
        """Of the list of those that hang on `key`; empty if no list shows just them."""
        meta = self.model._meta
        changelist = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        return f"{changelist}?{urlencode({self.parameter: key})}" if self.parameter else ""


_hanging: dict[Model, list[Hanging]] = {}
_widened: dict[Model, Callable[[Sequence[Any]], Sequence[Any]]] = {}


def hang(model: Model, *hanging: Hanging) -> None:
    """Count these on the pages of `model` from now on."""
    _hanging.setdefault(model, []).extend(hanging)


def widen(model: Model, keys: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
    """From now on, what hangs on `keys(some keys)` hangs on those rows of `model`: on a tenant, what is below it."""
    _widened[model] = keys


def reached(model: Model, keys: Sequence[Any]) -> list[str]:
    """What an act on the rows of `model` with these keys reaches beside them."""
    wide = _widened.get(model, list)(keys)
    return [each.count(wide) for each in _hanging.get(model, []) if each.reached]


def belongings(row: models.Model) -> list[tuple[str, str]]:
    """What belongs to `row`: words, and the address of the list or nothing."""
    wide = _widened.get(type(row), list)([row.pk])
    return [(each.count(wide), each.address(row.pk)) for each in _hanging.get(type(row), [])]

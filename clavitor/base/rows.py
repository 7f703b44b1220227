"""Rows as operations handle them: read afresh under a lock, checked field by field, saved by name."""

from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models

from clavitor.base.errors import Conflict, Invalid

Row = TypeVar("Row", bound=models.Model)


class Gone(Conflict):
    """The row was removed since the caller read it."""

    code = "gone"


def lock(row: Row) -> Row:
    """`row` read afresh, and locked until the transaction ends. Raises Gone.

    Lock in one order everywhere: tenant, subscription, vault, then the rest. NO KEY, because that is all an operation
    changes: rows that merely refer to this one can still be added meanwhile.
    """
    manager = type(row)._default_manager
    fresh = manager.select_for_update(no_key=True).filter(pk=row.pk).first()
    if fresh is None:
        raise Gone(f"{type(row)._meta.verbose_name} {row.pk} isn't there any more. Load the list again.")
    return fresh


def check_fields(row: models.Model, *names: str) -> None:
    """Hold the named fields against their own validators. Raises Invalid for the first that is wrong."""
    for name in names:
        field = row._meta.get_field(name)
        value = getattr(row, name)
        try:
            field.clean(value, row)  # type: ignore[union-attr]  # only concrete fields are ever named
        except ValidationError as error:
            raise Invalid(f"{name} {value!r} is wrong. {' '.join(error.messages)}", field=name) from error


def change(row: Row, *, at: datetime | None = None, **values: Any) -> Row:
    """Set and save `values` alone; with `at`, as the time of the change too."""
    for name, value in {**values, **({"updated_at": at} if at else {})}.items():
        setattr(row, name, value)
    row.save(update_fields=[*values, *(["updated_at"] if at else [])])
    return row

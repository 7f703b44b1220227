"""Model fields for the schema's column types. Each refuses a wrong value in forms, in the API and in SQL."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from clavitor.base.ids import MAX_ID, new_id


class PositiveInt64IDField(models.BigIntegerField):  # type: ignore[type-arg]  # its own class-level types can't be known here
    """A primary key: 0 < id < 2**63 (RULES 1), made by `new_id` when the row is saved, unless one is given."""

    description = "Positive int64 id"
    default_validators = [MinValueValidator(1), MaxValueValidator(MAX_ID)]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "default": new_id, "editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["default"], kwargs["editable"]
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def get_default(self) -> None:
        """None: an id may need the database, and making an instance must not (Django's own checks make some)."""

    def get_pk_value_on_save(self, instance: models.Model) -> int:
        return new_id()

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        return f'"{self.column}" > 0'

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"min_value": 1, "max_value": MAX_ID, **kwargs})


class TextLineField(models.CharField):  # type: ignore[type-arg]  # as above
    """One line of text in a column of the schema's type, TEXT. `max_length` is held by forms and the API."""

    description = "Line of text (up to %(max_length)s)"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(*args, **kwargs)

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "text"

    def rel_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "text"


class EmailLineField(models.EmailField, TextLineField):  # type: ignore[type-arg]  # as above
    """An email address in a TEXT column."""


class _PatternField(TextLineField):
    """A TEXT column that holds exactly `pattern`, a regular expression that Python and PostgreSQL read alike."""

    pattern: str
    example: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.validators.append(RegexValidator(self.pattern.replace("$", r"\Z"), f"Must be {self.example}."))

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        return f"\"{self.column}\" ~ '{self.pattern}'"


class Hex8Field(_PatternField):
    """Four bytes in hex, as `l0` and `p0` are: exactly 8 lowercase hex digits (RULES 1)."""

    pattern = "^[0-9a-f]{8}$"
    example = "exactly 8 lowercase hex digits, like 6087adf5"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_length": 8})


class SecretHashField(_PatternField):
    """SHA-256 of a secret: 64 lowercase hex digits. The secret itself is never stored (RULES 32)."""

    pattern = "^[0-9a-f]{64}$"
    example = "the SHA-256 of the secret, 64 lowercase hex digits"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_length": 64})

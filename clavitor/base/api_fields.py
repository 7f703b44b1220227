"""Fields of the API that the schema's columns need."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clavitor.base.ids import MAX_ID


class TextField(serializers.CharField):
    """A text; a number isn't taken for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeNumberField(serializers.IntegerField):
    """A whole number in plain digits, as parameters have it: no 1_000, 5.0, +5 or digits of other scripts."""

    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch(r"-?[0-9]+", str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "pattern": "^[1-9][0-9]{0,18}$", "example": "1234567890123456789"})
class IdField(serializers.Field[int, Any, str, Any]):
    """An id, as a string of decimal digits: JavaScript can't hold an int64 as a number (RULES 1)."""

    default_error_messages = {"invalid": f"Must be an id: a string of digits, from 1 to {MAX_ID}."}

    def to_internal_value(self, data: Any) -> int:
        is_digits = isinstance(data, str) and data.isascii() and data.isdigit() and len(data) <= len(str(MAX_ID))
        if not is_digits or not 0 < int(data) <= MAX_ID:
            self.fail("invalid")
        return int(data)

    def to_representation(self, value: int) -> str:
        return str(value)

"""Inputs that unfold lacks."""

from datetime import datetime
from typing import Any

from unfold.widgets import UnfoldAdminTextInputWidget


class MomentInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]  # unfold has no types
    """One field for day and time, the browser's own; to the minute."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> Any:
        return f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else super().format_value(value)

"""Refusals. An operation raises one; the admin, a form and the API each put it in their own words (message, form error,
problem+json). A message says what is wrong, the value that is wrong, and what to do next."""

from typing import ClassVar


class DomainError(Exception):
    """Something the rules don't allow. `code` is stable and for machines; `field` is the input at fault, if any."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(DomainError):
    """A value that can't be right, whoever sends it and whenever."""

    code = "invalid"


class NotAllowed(DomainError):
    """Right as such, but not for this actor."""

    code = "not_allowed"


class Conflict(DomainError):
    """Right as such, but not in the state that things are in now."""

    code = "conflict"


class InvalidTransition(Conflict):
    """A state that can't be reached from the present one (RULES 18 and "States")."""

    code = "invalid_transition"

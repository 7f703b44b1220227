"""Acts that are an operator's alone (RULES, "What each act needs": `all`)."""

from clavitor.base.errors import NotAllowed
from tenancy import access
from tenancy.models import Human


class OperatorRequired(NotAllowed):
    """Somebody without `all` tried what only operators do."""

    code = "operator_required"


def is_operator_or_command_line(by: Human | None) -> bool:
    """Whether `by` may do everything: an operator, or whoever has a shell on the machine."""
    return by is None or access.is_operator(by)


def require_operator(by: Human | None, *, act: str) -> None:
    """Raise OperatorRequired unless `by` is an operator or the command line; `act` is a verb with its object."""
    if not is_operator_or_command_line(by):
        raise OperatorRequired(f"Only an operator may {act}, and {by} is none. Ask an operator to do it.")

"""What every change of state has in common: a table of what may follow what, and a reason where one is due."""

from collections.abc import Mapping, Sequence

from clavitor.base.errors import Invalid, InvalidTransition

Transitions = Mapping[str, Sequence[str]]


class ReasonRequired(Invalid):
    """Suspending, archiving, revoking, overriding and pausing are never done without saying why."""

    code = "reason_required"


def require_transition(allowed: Transitions, *, thing: str, present: str, wanted: str) -> None:
    """Raise InvalidTransition unless `allowed` lets a `present` thing become `wanted`; say what it may become."""
    possible = allowed.get(present, ())
    if wanted not in possible:
        next_step = f"It can only become {' or '.join(possible)}." if possible else "That is final."
        raise InvalidTransition(f"{thing} is {present} and can't become {wanted}. {next_step}", field="status")


def require_reason(reason: str, *, act: str) -> str:
    """`reason` without the white space around it. Raises ReasonRequired when nothing is left; `act` is a verb."""
    if not reason.strip():
        raise ReasonRequired(f"To {act} needs a reason: say in a few words why.", field="reason")
    return reason.strip()

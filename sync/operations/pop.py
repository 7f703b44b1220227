"""POPs: added, paused, resumed (RULES 35)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from clavitor.base import audit, rows
from clavitor.base.errors import Conflict
from clavitor.base.transitions import Transitions, require_reason, require_transition
from sync.models import Pop, PopStatus
from tenancy import operations as tenancy
from tenancy.models import Human

TRANSITIONS: Transitions = {
    PopStatus.ACTIVE: [PopStatus.PAUSED],
    PopStatus.ERROR: [PopStatus.PAUSED],
    PopStatus.PAUSED: [PopStatus.ACTIVE],
}


class PopTaken(Conflict):
    """There is a POP of that id."""

    code = "pop_taken"


@transaction.atomic
def create_pop(*, pop_id: str, at: datetime) -> Pop:
    """A new active POP, still without a key. Raises Invalid, PopTaken."""
    pop = Pop(pop_id=pop_id, last_sync_at=at, updated_at=at)
    rows.check_fields(pop, "pop_id")
    try:
        with transaction.atomic():
            pop.save(force_insert=True)
    except IntegrityError as error:
        raise PopTaken(f"There is a POP {pop_id} already. Add a key to it instead.", field="pop_id") from error
    audit.record("pop_created", pop, by=None)
    return pop


@transaction.atomic
def pause_pop(*, pop: Pop, by: Human | None, reason: str, at: datetime) -> Pop:
    """Refuse its pulls until it is resumed. An operator's act. Raises InvalidTransition, OperatorRequired."""
    reason = require_reason(reason, act="pause a POP")
    return _move(pop, PopStatus.PAUSED, by=by, reason=reason, at=at)


@transaction.atomic
def resume_pop(*, pop: Pop, by: Human | None, at: datetime, reason: str = "") -> Pop:
    """Let it pull again. An operator's act. Raises InvalidTransition, OperatorRequired."""
    return _move(pop, PopStatus.ACTIVE, by=by, reason=reason.strip(), at=at)


def _move(pop: Pop, status: PopStatus, *, by: Human | None, reason: str, at: datetime) -> Pop:
    tenancy.require_operator(by, act="pause or resume a POP")
    pop = rows.lock(pop)
    require_transition(TRANSITIONS, thing=f"POP {pop}", present=pop.status, wanted=status)
    rows.change(pop, status=status, at=at)
    audit.record("pop_moved", pop, by=by, reason=reason, after=str(status))
    return pop

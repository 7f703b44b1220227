"""People: invited, renamed, let in, put on hold, let go (RULES 7, 11 and "States")."""

from datetime import datetime

from django.db import IntegrityError, transaction

from clavitor.base import audit, rows
from clavitor.base.errors import Conflict
from clavitor.base.transitions import Transitions, require_reason, require_transition
from tenancy.models import Human, HumanStatus, Tenant
from tenancy.operations.admins import lock_administered, require_another_admin
from tenancy.operations.tenant import require_not_archived

TRANSITIONS: Transitions = {
    HumanStatus.INACTIVE: [HumanStatus.ACTIVE],
    HumanStatus.ACTIVE: [HumanStatus.SUSPENDED, HumanStatus.INACTIVE],
    HumanStatus.SUSPENDED: [HumanStatus.ACTIVE, HumanStatus.INACTIVE],
}


class EmailTaken(Conflict):
    """Emails are unique without regard to case (RULES 7)."""

    code = "email_taken"


@transaction.atomic
def create_human(*, tenant: Tenant, email: str, name: str, by: Human | None, at: datetime) -> Human:
    """A person invited to `tenant`: inactive until activated. Raises Invalid, EmailTaken, TenantArchived."""
    tenant = rows.lock(tenant)
    require_not_archived(tenant)
    human = Human(tenant=tenant, email=email.strip(), name=name.strip(), status=HumanStatus.INACTIVE, created_at=at)
    rows.check_fields(human, "email", "name")
    _save_with_email(human)
    audit.record("human_created", human, by=by, tenant=tenant.pk)
    return human


@transaction.atomic
def update_human(*, human: Human, name: str, email: str, by: Human | None, at: datetime) -> Human:
    """Another name or email. Raises Invalid, EmailTaken."""
    human = rows.lock(human)
    human.name, human.email, human.updated_at = name.strip(), email.strip(), at
    rows.check_fields(human, "email", "name")
    _save_with_email(human)
    audit.record("human_updated", human, by=by)
    return human


@transaction.atomic
def activate_human(*, human: Human, by: Human | None, at: datetime, reason: str = "") -> Human:
    """Let somebody invited in, or lift a hold. Raises InvalidTransition."""
    return _move(human, HumanStatus.ACTIVE, by=by, reason=reason.strip(), at=at)


@transaction.atomic
def suspend_human(*, human: Human, by: Human | None, reason: str, at: datetime) -> Human:
    """A security hold; ends their sessions at once. Raises InvalidTransition, LastAdmin."""
    reason = require_reason(reason, act="suspend a person")
    return _move(human, HumanStatus.SUSPENDED, by=by, reason=reason, at=at)


@transaction.atomic
def deactivate_human(*, human: Human, by: Human | None, at: datetime, reason: str = "") -> Human:
    """Somebody has left; ends their sessions at once. Raises InvalidTransition, LastAdmin."""
    return _move(human, HumanStatus.INACTIVE, by=by, reason=reason.strip(), at=at)


def _move(human: Human, status: HumanStatus, *, by: Human | None, reason: str, at: datetime) -> Human:
    lock_administered(human)
    human = rows.lock(human)
    require_transition(TRANSITIONS, thing=f"{human} ({human.email})", present=human.status, wanted=status)
    if status != HumanStatus.ACTIVE:
        for tenant in lock_administered(human):  # again: a role may have been granted before `human` was locked
            require_another_admin(tenant, besides=human, by=by, reason=reason)
    before = human.status
    ends_sessions = {} if status == HumanStatus.ACTIVE else {"sessions_ended_at": at}
    rows.change(human, status=status, at=at, **ends_sessions)
    audit.record("human_moved", human, by=by, reason=reason, before=before, after=str(status))
    return human


def _save_with_email(human: Human) -> None:
    taken = EmailTaken(
        f"{human.email} belongs to another person already, perhaps in other case. Use another address.",
        field="email",
    )
    if Human.objects.with_email(human.email).exclude(pk=human.pk).exists():
        raise taken
    try:
        with transaction.atomic():
            human.save()
    except IntegrityError as error:  # taken by another transaction meanwhile
        raise taken from error

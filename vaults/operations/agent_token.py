"""Agent tokens: issued, revoked (RULES 31, 32)."""

import enum
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from billing import operations as billing
from billing.models import Subscription
from clavitor.base import rows, secrets
from clavitor.base.errors import Invalid
from clavitor.base.transitions import Transitions, require_reason, require_transition
from tenancy.models import Human
from vaults.models import AgentToken, AgentTokenStatus, Vault
from vaults.operations.limits import require_room_for_token
from vaults.operations.locks import lock_for_addition, subscription_of

PREFIX = "cva_"
DEFAULT_LIFE = timedelta(days=90)
SCOPE = re.compile(r"[0-9a-f]{4}\Z")
TRANSITIONS: Transitions = {
    AgentTokenStatus.ACTIVE: [AgentTokenStatus.REVOKED, AgentTokenStatus.EXPIRED],
}


class Expiry(enum.Enum):
    """Stands for "as long as by default", because None means never."""

    DEFAULT = "90 days"


DEFAULT_EXPIRY: Final = Expiry.DEFAULT


@transaction.atomic
def issue_agent_token(
    *,
    vault: Vault,
    name: str,
    scopes: str | Iterable[str],
    all_access: bool,
    by: Human | None,
    at: datetime,
    expires_at: datetime | None | Expiry = DEFAULT_EXPIRY,
) -> tuple[AgentToken, str]:
    """A new token and its secret, which is shown once and kept nowhere.

    `scopes` are four hex digits each, as a list or comma-separated; they never change afterwards. `expires_at` is 90
    days from `at` unless given; None is never. Raises Invalid, TokenLimitReached, VaultNotInService.
    """
    service = lock_for_addition(vault, at)
    minted = secrets.mint(PREFIX)
    token = AgentToken(
        vault=service.vault,
        name=name.strip(),
        token_hash=minted.hash,
        scopes=normal_scopes(scopes, all_access=all_access),
        all_access=all_access,
        created_by=by,
        created_at=at,
        expires_at=_expiry(expires_at, at),
    )
    rows.check_fields(token, "name", "scopes")
    require_room_for_token(service, at)
    token.save(force_insert=True)
    facts = {"scopes": token.scopes, "all_access": all_access, "expires_at": _text(token.expires_at)}
    _record(token, billing.EventType.TOKEN_ISSUED, service.subscription, by=by, at=at, **facts)
    return token, minted.secret


@transaction.atomic
def revoke_agent_token(*, token: AgentToken, by: Human | None, reason: str, at: datetime) -> AgentToken:
    """It lets nobody in from now on, and its place is free. Final. Raises InvalidTransition."""
    reason = require_reason(reason, act="revoke a token")
    token = rows.lock(token)
    require_transition(TRANSITIONS, thing=f"Agent token {token}", present=token.status, wanted=AgentTokenStatus.REVOKED)
    rows.change(token, status=AgentTokenStatus.REVOKED)
    _record(token, billing.EventType.TOKEN_REVOKED, subscription_of(token.vault), by=by, at=at, reason=reason)
    return token


def normal_scopes(scopes: str | Iterable[str], *, all_access: bool) -> str:
    """`scopes` sorted, unique, lowercase and comma-separated (RULES 31). Raises Invalid, naming the wrong ones."""
    given = scopes.split(",") if isinstance(scopes, str) else scopes
    found = {scope.strip().lower() for scope in given} - {""}
    if wrong := sorted(scope for scope in found if not SCOPE.match(scope)):
        raise Invalid(f"Scopes {', '.join(wrong)} are wrong: each is four hex digits, as 00a1.", field="scopes")
    if all_access and found:
        raise Invalid("A token with all access has no scopes: leave them out, or all access.", field="scopes")
    return ",".join(sorted(found))


def _expiry(expires_at: datetime | None | Expiry, at: datetime) -> datetime | None:
    if isinstance(expires_at, Expiry):
        return at + DEFAULT_LIFE
    if expires_at is not None and expires_at <= at:
        raise Invalid(f"expires_at {_text(expires_at)} is past. Let it lie ahead, or be empty.", field="expires_at")
    return expires_at


def _text(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _record(
    token: AgentToken,
    event_type: str,
    subscription: Subscription | None,
    *,
    by: Human | None,
    at: datetime,
    **details: object,
) -> None:
    billing.record_event(
        event_type=event_type,
        tenant=token.vault.tenant,
        subscription=subscription,
        vault=token.vault,
        by=by,
        at=at,
        details={"agent_token": str(token.pk), "name": token.name, **details},
    )

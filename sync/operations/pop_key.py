"""POP keys: added, rotated, revoked. Two may live at a time, so that a POP changes keys without a gap."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from clavitor.base import audit, rows, secrets
from clavitor.base.errors import Conflict, Invalid, InvalidTransition
from sync.models import Pop, PopKey
from tenancy import operations as tenancy
from tenancy.models import Human

PREFIX = "cvp_"
MOST_LIVE_KEYS = 2
MAX_OVERLAP_SECONDS = 72 * 60 * 60


class PopKeyLimitReached(Conflict):
    """A third key would live beside two others."""

    code = "pop_key_limit_reached"


def live_keys(pop: Pop, at: datetime) -> QuerySet[PopKey]:
    """The keys that let `pop` in at `at`, newest first."""
    return pop.keys.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)


@transaction.atomic
def add_pop_key(*, pop: Pop, at: datetime) -> tuple[PopKey, str]:
    """A new key and its secret, which is shown once and kept nowhere. Raises PopKeyLimitReached."""
    pop = rows.lock(pop)
    live = live_keys(pop, at)
    if live.count() >= MOST_LIVE_KEYS:
        raise PopKeyLimitReached(
            f"POP {pop} has {MOST_LIVE_KEYS} live keys ({', '.join(str(key.pk) for key in live)}), which is the most. "
            "Revoke one first (manage.py revoke_pop_key KEY_ID)."
        )
    minted = secrets.mint(PREFIX)
    key = PopKey.objects.create(pop=pop, key_hash=minted.hash, created_at=at)
    audit.record("pop_key_added", key, by=None, pop=pop.pk)
    return key, minted.secret


@transaction.atomic
def rotate_pop_key(*, pop: Pop, overlap_seconds: int, at: datetime) -> tuple[PopKey, str]:
    """A new key and its secret; those there were end `overlap_seconds` (0 to 72 hours) from `at`, if not before.

    Raises Invalid, PopKeyLimitReached.
    """
    if not 0 <= overlap_seconds <= MAX_OVERLAP_SECONDS:
        raise Invalid(
            f"overlap_seconds {overlap_seconds} is wrong: 0 to {MAX_OVERLAP_SECONDS} (72 hours) are possible.",
            field="overlap_seconds",
        )
    pop = rows.lock(pop)
    ends_at = at + timedelta(seconds=overlap_seconds)
    live_keys(pop, ends_at).update(expires_at=ends_at)
    return add_pop_key(pop=pop, at=at)


@transaction.atomic
def revoke_pop_key(*, key: PopKey, by: Human | None, at: datetime) -> PopKey:
    """It lets nobody in from now on. Final. An operator's act. Raises InvalidTransition, OperatorRequired."""
    tenancy.require_operator(by, act="revoke a POP's key")
    rows.lock(key.pop)
    key = rows.lock(key)
    if key.revoked_at is not None:
        raise InvalidTransition(f"{key} was revoked before, which is final.", field="status")
    rows.change(key, revoked_at=at, revoked_by=by)
    audit.record("pop_key_revoked", key, by=by, pop=key.pop_id)
    return key


def is_key_of(pop: Pop, secret: str, *, at: datetime) -> bool:
    """Whether `secret` lets `pop` in at `at`."""
    return live_keys(pop, at).filter(key_hash=secrets.hash_secret(secret)).exists()

"""What the demonstration keeps between runs beside its data: its operator's password, its POP's key."""

import secrets
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from clavitor.demo import data
from sync import operations as sync
from sync.models import Pop, SyncHead
from tenancy import operations as tenancy

POP_ID = "pop-demo-01"


def _kept(name: str) -> Path:
    """A file in which the demonstration keeps a secret of its own for its next run, readable by its owner alone."""
    path = Path(settings.DATA_DIR) / name
    path.touch(mode=0o600)
    return path


def operator_password() -> str:
    """The demo operator's password, made at the first run."""
    kept = _kept("demo-password")
    operator = tenancy.create_operator(email=data.OPERATOR_EMAIL, name="Demo operator", at=timezone.now())
    password = kept.read_text()
    if not password or not operator.check_password(password):
        password = secrets.token_urlsafe(12)
        operator.set_password(password)
        operator.save(update_fields=["password"])
        kept.write_text(password)
    return password


def pop_key() -> str:
    """The demo POP's key, made at the first run."""
    kept = _kept("demo-pop-key")
    now = timezone.now()
    pop = Pop.objects.filter(pk=POP_ID).first() or sync.create_pop(pop_id=POP_ID, at=now)
    key = kept.read_text()
    if not key or not sync.is_key_of(pop, key, at=now):
        for old in sync.live_keys(pop, now):
            sync.revoke_pop_key(key=old, by=None, at=now)
        _, key = sync.add_pop_key(pop=pop, at=now)
        kept.write_text(key)
    return key


def pop_state() -> str:
    """Where the demo POP is, in words."""
    pop = Pop.objects.get(pk=POP_ID)
    head = SyncHead.objects.get().position
    position = pop.last_sync_cursor or 0
    return f"{pop.pop_id} is at position {position} of {head}, {pop.get_status_display().lower()}"

"""`manage.py revoke_pop_key KEY_ID` or `POP_ID --all`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from clavitor.base.errors import DomainError
from sync import operations
from sync.models import Pop, PopKey


class Command(BaseCommand):
    """Revoke one key by its number, or with --all every live key of a POP."""

    help = "Revoke one key (KEY_ID), or every live key of a POP (POP_ID --all)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", metavar="KEY_ID|POP_ID")
        parser.add_argument("--all", action="store_true", dest="every", help="Every live key of the POP.")

    def handle(self, *, target: str, every: bool, **options: Any) -> None:
        keys = _keys_of_pop(target, every) or _key(target, every)
        try:
            with transaction.atomic():
                for key in keys:
                    operations.revoke_pop_key(key=key, by=None, at=timezone.now())
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Revoked: {', '.join(str(key) for key in keys)}.")


def _keys_of_pop(pop_id: str, every: bool) -> list[PopKey]:
    """The live keys of that POP, or none if there is no such POP."""
    pop = Pop.objects.filter(pop_id=pop_id).first()
    if pop is None:
        return []
    keys = list(operations.live_keys(pop, timezone.now()))
    if not keys:
        raise CommandError(f"POP {pop} has no live key, so there is nothing to revoke.")
    if not every:
        named = ", ".join(str(key.pk) for key in keys)
        raise CommandError(f"POP {pop} has live keys {named}. Name one of them, or add --all for every one.")
    return keys


def _key(key_id: str, every: bool) -> list[PopKey]:
    key = PopKey.objects.filter(pk=key_id).first() if key_id.isdecimal() else None
    if key is None:
        raise CommandError(f"{key_id!r} is neither the number of a key nor a POP. The admin lists both, under POPs.")
    if every:
        raise CommandError(f"--all goes with a POP, and {key_id} is one key, of POP {key.pop_id}. Leave --all out.")
    return [key]

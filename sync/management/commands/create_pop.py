"""`manage.py create_pop POP_ID`: a POP, or one more key for one there is."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from clavitor.base.errors import DomainError
from sync import operations
from sync.models import Pop


class Command(BaseCommand):
    """Add a POP if there is none of that id, and a key for it; the key stands alone on stdout, once."""

    help = "Add a POP, or a key to one there is, and print the key: alone on stdout, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pop_id", metavar="POP_ID", help="As pop-zurich-01.")

    def handle(self, *, pop_id: str, **options: Any) -> None:
        at = timezone.now()
        try:
            with transaction.atomic():
                pop = Pop.objects.filter(pop_id=pop_id).first() or operations.create_pop(pop_id=pop_id, at=at)
                key, secret = operations.add_pop_key(pop=pop, at=at)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stderr.write(f"POP {pop} has key {key.pk}. It is shown this once:", self.style.SUCCESS)
        self.stdout.write(secret)

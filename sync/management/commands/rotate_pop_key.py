"""`manage.py rotate_pop_key POP_ID`: a new key, and an end for the old ones."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clavitor.base.errors import DomainError
from sync import operations
from sync.models import Pop


class Command(BaseCommand):
    """Add a key and let the others end after an overlap; the new key stands alone on stdout, once."""

    help = "Print a new key for a POP, alone on stdout, once; its old keys end after the overlap."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pop_id", metavar="POP_ID")
        parser.add_argument(
            "--overlap-hours", type=int, default=24, help="How long the old keys go on, 0 to 72. Default: 24."
        )

    def handle(self, *, pop_id: str, overlap_hours: int, **options: Any) -> None:
        pop = Pop.objects.filter(pop_id=pop_id).first()
        if pop is None:
            raise CommandError(f"There is no POP {pop_id!r}. Make it with manage.py create_pop.")
        try:
            key, secret = operations.rotate_pop_key(pop=pop, overlap_seconds=overlap_hours * 3600, at=timezone.now())
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stderr.write(
            f"POP {pop} has key {key.pk}; the old ones end in {overlap_hours} h. It is shown this once:",
            self.style.SUCCESS,
        )
        self.stdout.write(secret)

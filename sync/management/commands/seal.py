"""`manage.py seal`: seal what is captured, now."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from sync.seal import seal_once
from sync.sealer import STANDBY_SECONDS, connect_sealer, has_work, take_lock


class Command(BaseCommand):
    """Seal until nothing is left. While another sealer holds the lock, wait for it to do so."""

    help = "Seal everything that is captured, or wait until the sealer at work has."

    def handle(self, **options: Any) -> None:
        objects = 0
        with connect_sealer() as connection:
            locked = take_lock(connection)
            while has_work(connection):
                if locked:
                    sealed = seal_once(connection)
                    objects += sealed.objects
                    self.stderr.write(f"Sealed {objects} objects, head at {sealed.head}.")
                else:
                    time.sleep(STANDBY_SECONDS)
                    locked = take_lock(connection)
        self.stdout.write(f"{objects} objects sealed; nothing is left to seal.")

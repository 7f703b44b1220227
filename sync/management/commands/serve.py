"""`manage.py serve`: the web server with its sealing loop."""

import multiprocessing
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

THREADS_PER_WORKER = 16


def _refuse_unmigrated() -> None:
    try:
        executor = MigrationExecutor(connection)
    except Error as error:
        raise CommandError(f"The database doesn't answer: {error}") from error
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connection.close()
    if pending:
        raise CommandError(f"{len(pending)} migrations are not applied. Run `manage.py migrate` first.")


class Command(BaseCommand):
    """Run the server: the admin, the API, and in each worker a sealer, of which one at a time works."""

    help = "Serve the admin and the API, with the sealing loop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="Processes; each has 16 request threads.")

    def handle(self, *, host: str, port: int, workers: int, **options: Any) -> None:
        if not 0 < port < 65536 or workers < 1:
            raise CommandError(f"Need a port from 1 to 65535 and at least one worker, not {port} and {workers}.")
        _refuse_unmigrated()
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        os.environ.setdefault("DATABASE_POOL_SIZE", str(THREADS_PER_WORKER))
        os.environ.setdefault("CLAVITOR_REQUEST_THREADS", str(THREADS_PER_WORKER))
        multiprocessing.set_start_method("spawn", force=True)  # a fork would have this process's settings: no pool
        self.stderr.write(f"Serving on http://{host}:{port} with {workers} worker{'s' if workers > 1 else ''}.")
        server = Granian(
            "clavitor.asgi:application",
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            workers=workers,
            backpressure=256,
            websockets=False,
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
        )
        try:
            server.serve()
        except (RuntimeError, ValueError) as error:  # what granian says of an address that it can't have
            reason = str(error).partition("\n")[0]
            raise CommandError(f"Can't serve on {host}, port {port}: {reason}. Choose others.") from error

"""`manage.py follow_pop`: the reference POP. It runs at an edge site, so it never connects to a database of the centre.

It ends with 0 when it has caught up (`--once`) or was told to stop, and with a code of its own for each thing that
somebody has to act on (EXIT_CODES).
"""

import logging
import os
import signal
from argparse import ArgumentParser
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError

from clavitor.base import secrets
from clavitor.base.errors import DomainError
from sync.follower import Console, FeedClient, Follower, KeyRefused, Paused, RequestRefused, Trouble
from sync.replica import PageRefused, Replica, ReplicaInUse, ReplicaTrouble, ReplicaUnusable

KEY_PREFIX = "cvp_"

# The first that fits counts. From 5 on only with --once: without it these are waited out.
EXIT_CODES: list[tuple[type[DomainError], int]] = [
    (KeyRefused, 3),
    (RequestRefused, 4),
    (Paused, 5),
    (Trouble, 6),
    (PageRefused, 7),
    (ReplicaInUse, 8),
    (ReplicaUnusable, 9),
    (ReplicaTrouble, 9),
    (DomainError, 1),
]


def _stop(number: int, frame: object) -> NoReturn:
    """SIGTERM as Ctrl-C: what is under way is undone, and the replica stands at its last whole page."""
    raise KeyboardInterrupt


class Command(BaseCommand):
    """Follow the feed into a SQLite replica until told to stop, or with `--once` until there is no more."""

    help = (
        "The reference POP: pull the feed at --url into the SQLite file --replica. The key comes from "
        "CLAVITOR_POP_KEY, or from --key, which others on this machine can see in the list of processes."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", required=True, help="The server's root, as https://registry.example.com.")
        parser.add_argument("--key", default=os.environ.get("CLAVITOR_POP_KEY", ""), help="cvp_...")
        parser.add_argument("--replica", required=True, type=Path, metavar="FILE.sqlite3")
        parser.add_argument("--once", action="store_true", help="End when there is no more to pull.")
        parser.add_argument("--interval", type=float, default=0.5, help="Seconds between looks for news (0.5).")
        parser.add_argument("--limit", type=int, default=5000, help="Objects a page (5000, the most).")

    def handle(self, *, url: str, key: str, replica: Path, once: bool, interval: float, limit: int, **_: Any) -> None:
        if not secrets.is_well_formed(key, KEY_PREFIX):
            fault = "The key is mistyped" if key else "No key"
            raise CommandError(f"{fault}. Set CLAVITOR_POP_KEY to what `manage.py create_pop` printed.")
        if not 1 <= limit <= 5000 or interval <= 0:
            raise CommandError(f"Need a limit from 1 to 5000 and an interval above 0, not {limit} and {interval}.")
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell of every poll
        signal.signal(signal.SIGTERM, _stop)
        try:
            self._follow(url, key, replica, once, interval, limit)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        except DomainError as error:
            code = next(code for kind, code in EXIT_CODES if isinstance(error, kind))
            raise CommandError(str(error), returncode=code) from error

    def _follow(self, url: str, key: str, path: Path, once: bool, interval: float, limit: int) -> None:
        console = Console(self.stdout, self.stderr)
        with ExitStack() as stack:
            client = stack.enter_context(closing(FeedClient(url, key)))
            replica = stack.enter_context(closing(Replica(path)))
            stack.callback(console.end_bar)
            wait_seconds = 0 if once else 20
            follower = Follower(
                client=client, replica=replica, report=console, limit=limit, wait_seconds=wait_seconds,
                interval_seconds=interval,
            )  # fmt: skip
            if not once:
                follower.follow()
            follower.follow_once()

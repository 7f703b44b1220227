"""`manage.py demo`: everything in one command. `scripts/demo` installs what it needs and calls it."""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from argparse import SUPPRESS, ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from clavitor.base.embedded import EmbeddedServer, EmbeddedServerError
from clavitor.base.errors import DomainError
from clavitor.demo import check as checking
from clavitor.demo import comparison, data, ports, processes, remembered

STATE_SECONDS = 5.0
CATCH_UP_SECONDS = 10.0
DATABASE_SECONDS = 30.0  # within which the throw-away database has stopped


class Command(BaseCommand):
    """Migrate, load sample data, serve, and let a reference POP follow, until Ctrl-C; or `--check` all that."""

    help = "Run the whole service with demo data and a POP that follows it."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Try it all on a throw-away folder and port, and end.")
        parser.add_argument("--in-place", action="store_true", help=SUPPRESS)  # --check, in the folder it has made

    def handle(self, *, check: bool, in_place: bool, **options: Any) -> None:
        logging.getLogger().setLevel(logging.WARNING)  # this command tells its own story
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what it has started ends with it
        self.console = Console(stderr=True, highlight=False)
        if check and not in_place:
            sys.exit(self._check_elsewhere())
        self.port = ports.free_port() if check else ports.chosen_port()
        self.url = f"http://127.0.0.1:{self.port}"
        try:
            self._run(check)
        except KeyboardInterrupt:
            self.console.print("Stopped. Run it again to go on where it was.")
        except (processes.DidNotStart, checking.CheckFailed, EmbeddedServerError, DomainError) as error:
            raise CommandError(str(error)) from error

    def _check_elsewhere(self) -> int:
        """Run `--check` in a process of its own, with a data folder and a server that are gone afterwards."""
        folder = Path(tempfile.mkdtemp(prefix="clavitor-check-"))
        # Empty, not absent: what isn't set here would come from .env.
        variables = {**os.environ, "CLAVITOR_DATA_DIR": str(folder), "DEBUG": "1", "DATABASE_URL": ""}
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--check", "--in-place"]
        try:
            return subprocess.run(command, env=variables, check=False).returncode  # noqa: S603  (this very command)
        finally:
            EmbeddedServer(folder).discard(DATABASE_SECONDS)

    def _run(self, check_only: bool) -> None:
        self._prepare()
        password, key = remembered.operator_password(), remembered.pop_key()
        replica = Path(settings.DATA_DIR) / "demo-replica.sqlite3"
        with self._server() as server, self._pop(key, replica) as pop:
            if check_only:
                self._check(replica, pop)
            else:
                self._catch_up(replica)
                self._tell(password)
                self._watch(server, pop)

    def _prepare(self) -> None:
        self.console.print(f"Data folder {settings.DATA_DIR}")
        self.console.print("Starting the database and migrating ...")
        call_command("migrate", interactive=False, verbosity=0)
        if data.is_loaded():
            self.console.print("Demo data is there already.")
            return
        loading = data.load(at=timezone.now())
        for _ in track(loading, "Loading demo data", total=data.STEPS, console=self.console):
            pass

    @contextmanager
    def _server(self) -> Iterator["subprocess.Popen[bytes]"]:
        self.console.print(f"Starting the server on {self.url} ...")
        with processes.running("server", "serve", "--port", str(self.port)) as server:
            processes.wait_until_ready(self.url, server)
            yield server

    @contextmanager
    def _pop(self, key: str, replica: Path) -> Iterator["subprocess.Popen[bytes]"]:
        arguments = ("follow_pop", "--url", self.url, "--replica", str(replica))
        with processes.running("POP", *arguments, CLAVITOR_POP_KEY=key) as pop:
            yield pop

    def _check(self, replica: Path, pop: "subprocess.Popen[bytes]") -> None:
        try:
            first = checking.wait_until_equal(replica)
            lines = checking.enrol_and_revoke(replica)
        except checking.CheckFailed:
            processes.require_running("POP", pop)  # that it has ended says more than what its replica lacks
            raise
        counts = {table: len(rows) for table, rows in comparison.replica_rows(replica).items()}
        held = ", ".join(f"{count} {table}" for table, count in counts.items())
        self.stdout.write(f"ok: the POP booted from zero in {first:.2f} s and holds {held}, row by row as the registry")
        for line in lines:
            self.stdout.write(f"ok: {line}")

    def _catch_up(self, replica: Path) -> None:
        try:
            checking.wait_until_equal(replica, seconds=CATCH_UP_SECONDS)
        except checking.CheckFailed as error:  # its operator may have paused it, say
            self.console.print(f"The POP doesn't follow. {error}")

    def _tell(self, password: str) -> None:
        self.stdout.write(f"\n  Admin     {self.url}/admin/")
        self.stdout.write(f"  Operator  {data.OPERATOR_EMAIL}   password  {password}")
        self.stdout.write(f"  API       {self.url}/api/docs/")
        self.stdout.write(f"  Logs      {processes.log_path('server')} and {processes.log_path('POP')}")
        self.stdout.write(f"  POP       {remembered.pop_state()}\n\nCtrl-C stops everything.")
        self.stdout.flush()

    def _watch(self, server: "subprocess.Popen[bytes]", pop: "subprocess.Popen[bytes]") -> None:
        told = ""
        while True:
            time.sleep(STATE_SECONDS)
            processes.require_running("server", server)
            ended = f"has ended, and its log {processes.log_path('POP')} says why" if pop.poll() is not None else ""
            if (state := ended or remembered.pop_state()) != told:
                told = state
                self.console.print(f"POP {state}")

"""Processes of the project that get killed: servers, sealers, POPs. Each leads a process group of its own."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx

from sync.replica import ReplicaReader

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_SECONDS = 40


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """`manage.py ARGUMENTS`, started and killed as often as like. All that it prints goes to one file."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], folder: Path) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        self._command = [sys.executable, "manage.py", *arguments]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs."""
        if not self.runs():
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True,
                )  # fmt: skip

    def runs(self) -> bool:
        """Whether it has been started and hasn't ended."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """kill -9, with all that it has started, and wait until it is gone."""
        if self._process:
            self._signal(signal.SIGKILL)
            self._process.wait(timeout=10)

    def freeze(self, seconds: float) -> None:
        """Stop it in its tracks, and let it go on after a while."""
        self._signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._signal(signal.SIGCONT)

    def ended_badly(self) -> bool:
        """Whether it ended by itself, and not well."""
        return self._process is not None and self._process.poll() not in (None, 0, -signal.SIGKILL)

    def last_words(self) -> str:
        """The end of what it printed."""
        return f"--- {self.name}\n{self.log.read_text(errors='replace')[-1500:]}" if self.log.exists() else ""

    def _signal(self, number: int) -> None:
        assert self._process
        try:
            os.killpg(self._process.pid, number)  # its own group alone: it was started as a leader
        except ProcessLookupError:
            return


class Server(Process):
    """`manage.py serve`, with its sealer."""

    def __init__(self, number: int, environment: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        super().__init__(f"server-{number}", ["serve", "--port", str(self.port)], environment, folder)
        self.url = f"http://127.0.0.1:{self.port}"

    def wait_until_it_answers(self) -> None:
        """Raises TimeoutError, with its last words, if it doesn't."""
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise TimeoutError(f"{self.name} doesn't answer.\n{self.last_words()}")


class Sealing(Process):
    """`manage.py seal`, which ends by itself."""

    def __init__(self, number: int, environment: dict[str, str], folder: Path) -> None:
        super().__init__(f"seal-{number}", ["seal"], environment, folder)


class FollowingPop(Process):
    """`manage.py follow_pop`, without a database."""

    def __init__(self, number: int, server: Server, key: str, folder: Path, limit: int) -> None:
        self.replica = folder / f"pop-{number}.sqlite3"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {**kept, "DEBUG": "1", "CLAVITOR_POP_KEY": key, "CLAVITOR_DATA_DIR": str(folder / "edge")}
        arguments = ["follow_pop", "--url", server.url, "--replica", str(self.replica)]
        arguments += ["--interval", "0.05", "--limit", str(limit)]
        super().__init__(f"pop-{number}", arguments, environment, folder)

    def position(self) -> int:
        """How far its replica is; 0 while there is none, or none with tables."""
        try:
            with closing(ReplicaReader(self.replica)) as replica:
                return replica.read_state().position
        except sqlite3.OperationalError:
            return 0

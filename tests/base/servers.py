"""Real processes that use a real embedded server, and looks at what runs."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from clavitor.base import embedded_watch
from clavitor.base.embedded import EmbeddedServer

PROJECT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs to run as root")

USE = """
import sys
from clavitor.base.embedded import EmbeddedServer
print(EmbeddedServer(sys.argv[1]).ensure_running()["host"], flush=True)
sys.stdin.read()
"""
FORK_AND_LEAVE = """
import os, sys
from clavitor.base.embedded import EmbeddedServer
server = EmbeddedServer(sys.argv[1])
server.ensure_running()
if os.fork():
    os._exit(0)
sys.stdin.readline()
print(server.ensure_running()["host"], flush=True)
sys.stdin.read()
"""


class User:
    """A process of its own that uses the server until it is told to leave, or killed."""

    def __init__(self, data_dir: Path, program: str = USE, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env={**os.environ, **environment},
        )

    def host(self) -> str:
        assert self.process.stdout and self.process.stderr
        return self.process.stdout.readline().strip() or pytest.fail(self.process.stderr.read())

    def leave(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def postmaster(data_dir: Path) -> int:
    found = embedded_watch.read_postmaster(str(data_dir / "postgres"))
    assert found, "no PostgreSQL runs"
    return found.pid


def query(data_dir: Path, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(**EmbeddedServer(data_dir).ensure_running(), dbname="clavitor", autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def watchers(data_dir: Path) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(data_dir) in arguments and os.fsencode(embedded_watch.__file__) in arguments:
            found.append(int(folder.name))
    return found


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it didn't come about in time"
        time.sleep(0.01)

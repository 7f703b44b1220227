"""`manage.py serve`: a real server on a real database, what it refuses, and what it survives."""

import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from pytest_django import DjangoDbBlocker

from clavitor.base.database import direct_connection
from tests import factories, serving
from tests.catalogue import rows
from tests.database import CommittedDatabase, committed_database
from tests.serving import RunningServer
from tests.torture.processes import ROOT

RAW = """
INSERT INTO vaults (l0, tenant_id, subscription_id, status, created_at)
SELECT %s, tenant_id, id, 'active', now() FROM subscriptions
"""
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"port": 0}, "not 0 and 1"),
        ({"port": 65536}, "65536"),
        ({"port": -1}, "-1"),
        ({"workers": 0}, "at least one worker"),
    ],
)
def test_a_port_or_a_number_of_workers_that_is_none_is_refused(options: dict[str, int], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("serve", **options)


def test_a_port_in_words_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid int value: '80x'"):
        call_command("serve", "--port", "80x")


def test_an_unmigrated_database_is_refused(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sync' AND name >= '0004'")
    with pytest.raises(CommandError, match=r"1 migrations are not applied. Run `manage.py migrate` first."):
        call_command("serve")


def test_no_database_is_a_clear_line(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch, pytest.raises(CommandError, match="doesn't answer: connection refused"):
        patch.setattr(connection, "cursor", refuse)
        call_command("serve")


@pytest.mark.parametrize("host", ["127.0.0.1", "nonsense"])
def test_an_address_that_can_not_be_had_is_a_clear_line(committed_db: CommittedDatabase, host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "manage.py", "serve", "--host", host, "--port", port]
        ended = subprocess.run(
            command, cwd=ROOT, env=committed_db.environment(), capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"CommandError: Can't serve on {host}, port {port}: ")
    assert "Traceback" not in ended.stderr


class Served:
    """A server on a database of its own, with a POP's client."""

    def __init__(self, database: CommittedDatabase, server: RunningServer, pop: httpx.Client) -> None:
        self.database, self.server, self.pop = database, server, pop

    def status(self, path: str) -> int:
        return httpx.get(f"{self.server.url}{path}", timeout=20).status_code

    def seconds_until(self, path: str, status: int, within: float = 10) -> float:
        began = time.monotonic()
        while self.status(path) != status:
            assert time.monotonic() - began < within
            time.sleep(0.02)
        return time.monotonic() - began

    def seconds_until_pulled(self, l0: str, within: float = 10) -> float:
        """How long after its commit a raw INSERT is in the feed."""
        cursor = self.pop.get("/head").json()["cursor"]
        with connection.cursor() as database:
            database.execute(RAW, [l0])
        began = time.monotonic()
        while l0 not in self.pop.get("/changes", params={"cursor": cursor}).text:
            assert time.monotonic() - began < within
            time.sleep(0.02)
        return time.monotonic() - began


@pytest.fixture(scope="module")
def served(
    django_db_setup: str, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with django_db_blocker.unblock(), committed_database(django_db_setup) as database:
        factories.SubscriptionFactory()
        folder = tmp_path_factory.mktemp("served")
        with serving.serving(database, folder) as server, serving.client(server, serving.new_key()) as pop:
            yield Served(database, server, pop)


def test_it_is_alive_and_ready(served: Served) -> None:
    assert (served.status("/healthz"), served.status("/readyz")) == (200, 200)


def test_a_change_by_raw_sql_is_in_the_feed_within_a_second(served: Served) -> None:
    taken = [served.seconds_until_pulled(f"0000000{number}") for number in range(5)]
    assert statistics.median(taken) < 1
    assert max(taken) < 3  # on a machine that does other things too


def test_its_requests_share_a_pool_of_connections(served: Served) -> None:
    def sessions() -> set[int]:
        return {pid for (pid,) in rows(SESSIONS)}

    served.pop.get("/changes")
    before = sessions()
    for _ in range(20):
        served.pop.get("/changes")
    assert len(before) >= 2  # the pool's and the sealer's
    assert before <= sessions()
    assert len(sessions()) <= 1 + 16


def test_without_its_database_it_says_so_and_recovers_by_itself(served: Served) -> None:
    name = served.database.name
    connection.close()
    with direct_connection(dbname="postgres") as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            assert served.seconds_until("/readyz", 503) < 5
            answer = served.pop.get("/changes")
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert served.status("/healthz") == 200
        finally:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert served.seconds_until("/readyz", 200) < 5
    assert served.seconds_until_pulled("000000ff") < 10


def worker_of(server: RunningServer) -> int:
    """The process that answers: the one child of the server's that a spawn made."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    (worker,) = [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return int(worker)


def is_gone(server: RunningServer) -> bool:
    """Whether nobody listens at its port any more."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", server.port)) != 0


def test_a_worker_that_is_killed_is_replaced_and_all_end_with_the_server(
    committed_db: CommittedDatabase, tmp_path: Path
) -> None:
    with serving.serving(committed_db, tmp_path) as server:
        killed = worker_of(server)
        os.kill(killed, signal.SIGKILL)
        time.sleep(0.2)
        server.wait_until_it_answers()
        assert worker_of(server) != killed
        os.kill(server.pid, signal.SIGKILL)  # the main process alone
        until = time.monotonic() + 10
        while not is_gone(server):
            assert time.monotonic() < until
            time.sleep(0.05)


def test_it_stops_when_told_and_gives_the_lock_back(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    with serving.serving(committed_db, tmp_path) as server:
        assert server.stop() == 0
        assert is_gone(server)
    assert rows(SESSIONS) == []
    assert "Traceback" not in server.log.read_text()

"""The sealer: one at a time, and always one, whatever happens to it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from clavitor.base.database import direct_connection
from sync import sealer as module
from sync.models import SyncHead
from sync.seal import HeadMoved, Sealed, seal_once
from sync.sealer import Sealer, connect_sealer, has_work, take_lock
from tests import factories
from tests.catalogue import rows
from tests.database import CommittedDatabase
from tests.sync.sealing import drain

ROOT = Path(__file__).parents[2]
RUN = "import django; django.setup(); from sync.sealer import Sealer; Sealer().run()"
STARTS_WITHIN_SECONDS = 30.0
SESSIONS = """
SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory'))
  FROM pg_stat_activity a WHERE a.datname = current_database() AND a.application_name = 'clavitor-sealer'
"""
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE application_name = 'clavitor-sealer' AND datname = current_database()
"""


def head() -> int:
    return SyncHead.objects.get().position


def seconds_until(condition: Callable[[], bool], within: float) -> float:
    """How long it took. Raises AssertionError when it takes longer."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within, f"not within {within} s"
        time.sleep(0.01)
    return time.monotonic() - began


def seconds_until_sealed(within: float) -> float:
    """How long the next change takes into the feed."""
    before = head()
    factories.VaultFactory()
    return seconds_until(lambda: head() > before, within)


def sealers() -> tuple[int, int]:
    """How many are connected, and how many of them have the lock."""
    [(connected, locked)] = rows(SESSIONS)
    return connected, locked


@pytest.fixture
def sealer(committed_db: CommittedDatabase) -> Iterator[Sealer]:
    sealer = Sealer()
    yield sealer
    sealer.stop()


def test_the_lock_is_one_connections_and_goes_with_it(committed_db: CommittedDatabase) -> None:
    with connect_sealer() as one, connect_sealer() as other:
        assert take_lock(one)
        assert not take_lock(other)
        one.close()
        assert seconds_until(lambda: take_lock(other), within=5) < 5


def test_the_lock_is_taken_between_transactions(committed_db: CommittedDatabase) -> None:
    """Before BEGIN, or the snapshot could be older than the lock, and miss the head that another has just moved."""
    with connect_sealer() as one:
        take_lock(one)
        assert one.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_each_database_has_a_sealer_of_its_own(committed_db: CommittedDatabase) -> None:
    with connect_sealer() as one, direct_connection(dbname="postgres") as elsewhere:
        assert take_lock(one) and take_lock(elsewhere)


def test_it_sees_what_waits(committed_db: CommittedDatabase) -> None:
    with connect_sealer() as one:
        assert not has_work(one)
        factories.VaultFactory()
        assert has_work(one)
        drain()
        assert not has_work(one)


def test_it_seals_what_comes_until_it_is_stopped(sealer: Sealer) -> None:
    sealer.start()
    assert seconds_until_sealed(within=10) < 10
    assert seconds_until_sealed(within=1) < 1
    sealer.stop()
    assert seconds_until(lambda: sealers() == (0, 0), within=5) < 5
    before = head()
    factories.VaultFactory()
    time.sleep(0.2)
    assert head() == before


def test_stopping_it_before_it_started_is_nothing(committed_db: CommittedDatabase) -> None:
    Sealer().stop()


def test_it_stands_by_until_the_lock_is_free(sealer: Sealer) -> None:
    with connect_sealer() as holder:
        take_lock(holder)
        sealer.start()
        seconds_until(lambda: sealers() == (2, 1), within=10)
        factories.VaultFactory()
        for _ in range(4):
            time.sleep(0.2)
            has_work(holder)  # who does nothing for two seconds loses it
        assert head() == 0
    assert seconds_until(lambda: head() == 1, within=3) < 3


def test_its_connections_end_and_it_goes_on(sealer: Sealer, committed_db: CommittedDatabase) -> None:
    sealer.start()
    seconds_until_sealed(within=10)
    with committed_db.connect() as killer:
        killer.execute(TERMINATE)
    assert seconds_until_sealed(within=6) < 6


FAILURES = [
    HeadMoved("moved"),
    RuntimeError("anything"),
    psycopg.OperationalError("row (secret)"),
    OSError("full"),
    ValueError("secret"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_whatever_fails_it_starts_over_and_tells_no_row(
    sealer: Sealer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    failures = [failure]

    def seal_or_fail(connection: psycopg.Connection[object]) -> Sealed:
        if failures:
            raise failures.pop()
        return seal_once(connection)

    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(module, "seal_once", seal_or_fail)
    sealer.start()
    seconds_until_sealed(within=10)
    (told,) = [record.getMessage() for record in caplog.records if record.name == "clavitor.sealer"]
    assert type(failure).__name__ in told
    assert "secret" not in told


def test_it_waits_for_a_database_that_is_not_there(
    sealer: Sealer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    with monkeypatch.context() as patch:
        patch.setattr(module, "connect_sealer", lambda: module.connect(host="127.0.0.1", port=1))
        sealer.start()
        seconds_until(lambda: len(caplog.records) >= 3, within=10)
    assert seconds_until_sealed(within=5) < 5


@pytest.mark.parametrize("begin", ["SELECT 1", "BEGIN"])
def test_who_does_nothing_for_two_seconds_loses_connection_and_lock(
    committed_db: CommittedDatabase, begin: str
) -> None:
    with pytest.raises(psycopg.Error), connect_sealer() as frozen, connect_sealer() as other:
        take_lock(frozen)
        frozen.execute(begin)
        assert seconds_until(lambda: take_lock(other), within=4) > 1.5
        frozen.execute("SELECT 1")


class SealerProcess:
    """A sealer in a process of its own."""

    def __init__(self, database: CommittedDatabase) -> None:
        environment = database.environment(DJANGO_SETTINGS_MODULE="clavitor.settings")
        self.process = subprocess.Popen([sys.executable, "-c", RUN], cwd=ROOT, env=environment)

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextmanager
def two_sealers(database: CommittedDatabase) -> Iterator[SealerProcess]:
    """The one that works; another stands by."""
    with ExitStack() as ending:
        first = SealerProcess(database)
        ending.callback(first.end)
        seconds_until(lambda: sealers() == (1, 1), within=STARTS_WITHIN_SECONDS)
        ending.callback(SealerProcess(database).end)
        seconds_until(lambda: sealers() == (2, 1), within=STARTS_WITHIN_SECONDS)
        yield first


def test_when_the_sealer_at_work_is_killed_or_freezes_another_goes_on(committed_db: CommittedDatabase) -> None:
    with two_sealers(committed_db) as working:
        assert seconds_until_sealed(within=2) < 2
        working.signal(signal.SIGSTOP)
        assert seconds_until_sealed(within=4) < 4
        working.signal(signal.SIGCONT)
        seconds_until(lambda: sealers() == (2, 1), within=6)  # it comes back, and stands by
        assert seconds_until_sealed(within=2) < 2
    with two_sealers(committed_db) as working:
        working.signal(signal.SIGKILL)
        assert seconds_until_sealed(within=3) < 3

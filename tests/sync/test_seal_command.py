"""`manage.py seal`: what is captured is sealed when it ends, whoever has done it."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from sync.management.commands import seal as command
from sync.models import SyncHead
from sync.seal import seal_once
from sync.sealer import connect_sealer, has_work, take_lock
from tests import factories

pytestmark = pytest.mark.usefixtures("committed_db")


def seal() -> str:
    """What it prints on stdout."""
    out = StringIO()
    try:
        call_command("seal", stdout=out, stderr=StringIO())
    finally:
        connection.close()
    return out.getvalue()


def test_it_seals_everything_and_says_how_much() -> None:
    factories.AgentTokenFactory.create_batch(2)
    assert seal() == "4 objects sealed; nothing is left to seal.\n"
    assert SyncHead.objects.get().position == 4


def test_nothing_to_do_is_said() -> None:
    assert seal() == "0 objects sealed; nothing is left to seal.\n"


def test_it_tells_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    factories.AgentTokenFactory.create_batch(2)
    monkeypatch.setattr(command, "seal_once", lambda connection: seal_once(connection, batch=1))
    told = StringIO()
    call_command("seal", stdout=StringIO(), stderr=told)
    assert told.getvalue().splitlines()[-1].endswith("head at 4.")


def test_it_gives_the_lock_back() -> None:
    seal()
    with connect_sealer() as other:
        assert take_lock(other)


def test_it_waits_while_another_has_the_lock_and_takes_over_when_that_one_goes() -> None:
    with ThreadPoolExecutor(1) as thread:
        with connect_sealer() as other:
            take_lock(other)
            factories.VaultFactory()
            waiting: Future[str] = thread.submit(seal)
            for _ in range(4):
                time.sleep(0.2)
                assert has_work(other)
                assert not waiting.done()
        assert waiting.result(timeout=10) == "1 objects sealed; nothing is left to seal.\n"


def test_it_ends_when_another_has_done_it() -> None:
    with ThreadPoolExecutor(1) as thread, connect_sealer() as other:
        take_lock(other)
        factories.VaultFactory()
        waiting: Future[str] = thread.submit(seal)
        time.sleep(0.2)
        assert not waiting.done()
        seal_once(other)
        assert waiting.result(timeout=10) == "0 objects sealed; nothing is left to seal.\n"

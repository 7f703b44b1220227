"""How operations are tried: a refusal leaves nothing behind, and of two at once the second sees what the first did."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, connections, transaction

from clavitor.base.errors import DomainError
from tests.database import CommittedDatabase

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OUR_APPS = ("tenancy", "billing", "vaults", "sync")
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Caught:
    """The error that a block raised; set when the block is over."""

    error: DomainError


@contextmanager
def refused(code: str, *, field: str | None = None) -> Iterator[Caught]:
    """The block raises the DomainError of that code and that field, and no row of ours is other than before."""
    caught, before = Caught(), everything()
    with pytest.raises(DomainError) as raised, transaction.atomic():
        yield caught
    caught.error = raised.value
    assert (raised.value.code, raised.value.field) == (code, field), raised.value.message
    assert everything() == before


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of ours, and what capture noted."""
    models = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models() if model._meta.managed]
    rows = {model._meta.db_table: sorted(model._base_manager.values_list(), key=repr) for model in models}
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, object_id FROM sync_dirty ORDER BY 1, 2")
        return {**rows, "sync_dirty": cursor.fetchall()}


def race(database: CommittedDatabase, first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Do `first`, and before it commits begin `second` on another connection; return what `second` returned or raised.

    `second` must have to wait for `first`: if it gets through, it has judged by what is about to be wrong.
    """
    outcome: list[Any] = []
    thread = threading.Thread(target=lambda: outcome.append(_outcome(second)))
    with transaction.atomic():
        first()
        thread.start()
        _wait_until(lambda: outcome != [] or _somebody_waits(database))
        assert outcome == [], f"the second didn't wait for the first, but gave {outcome}"
    thread.join(timeout=10)
    assert outcome, "the second still waits though the first has committed"
    return outcome[0]


def _outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Exception as error:
        return error
    finally:
        connections.close_all()


def _somebody_waits(database: CommittedDatabase) -> bool:
    with database.connect() as other:
        (count,) = other.execute(WAITING).fetchone() or (0,)
        return count != 0


def _wait_until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends_at, "the second neither waits nor ends"
        time.sleep(0.01)

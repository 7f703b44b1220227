"""A seal that loses a race or dies halfway leaves nothing behind, and everything to the next one."""

from collections.abc import Callable

import psycopg
import pytest

from clavitor.base.database import direct_connection
from sync import seal as sealing_module
from sync.models import SyncHead, SyncObject, SyncSeal
from sync.seal import HeadMoved, Sealed, seal_once
from tests import factories
from tests.catalogue import rows
from tests.sync.sealing import positions, seal

pytestmark = pytest.mark.usefixtures("committed_db")


def dirty() -> set[tuple[str, str, bool]]:
    return set(rows("SELECT kind, object_id, urgent FROM sync_dirty"))


def head() -> int:
    return SyncHead.objects.get().position


def seal_while(happens: Callable[[], object], before: str) -> Sealed:
    """One seal, amid which something else happens, just before that statement."""
    with direct_connection() as connection:
        execute = connection.execute

        def interrupted(query: str, *parameters: object) -> object:
            if query == before:
                happens()
            return execute(query, *parameters)

        connection.execute = interrupted
        return seal_once(connection)


def nothing_was_sealed() -> bool:
    return not positions() and head() == 0 and SyncSeal.objects.count() == 1 and bool(dirty())


def test_who_loses_the_head_seals_nothing_and_the_next_try_all() -> None:
    factories.VaultFactory()

    def somebody_moves_the_head() -> None:
        SyncHead.objects.update(chain="0" * 64)

    with pytest.raises(HeadMoved):
        seal_while(somebody_moves_the_head, sealing_module.MOVE_HEAD)
    assert nothing_was_sealed()
    assert seal().objects == 1


def test_who_finds_its_positions_taken_seals_nothing() -> None:
    """Another sealed something else at the same time, without the lock."""
    factories.VaultFactory()

    def somebody_takes_the_position() -> None:
        SyncObject.objects.create(kind="vault", object_id="x", position=1, deleted=True, body=b"{}", leaf=b"")

    with pytest.raises(HeadMoved):
        seal_while(somebody_takes_the_position, sealing_module.PUBLISH)
    SyncObject.objects.all().delete()
    assert nothing_was_sealed()


def test_without_a_head_nothing_is_sealed() -> None:
    SyncHead.objects.all().delete()
    factories.VaultFactory()
    with pytest.raises(HeadMoved):
        seal()
    assert dirty() and not positions()


@pytest.mark.parametrize(
    "statement", [sealing_module.EXPAND, sealing_module.PUBLISH, sealing_module.SEAL, sealing_module.MOVE_HEAD]
)
def test_a_sealer_that_dies_halfway_leaves_everything_to_the_next(statement: str) -> None:
    factories.VaultFactory()
    before = dirty()

    def it_dies() -> None:
        with direct_connection() as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            )

    with pytest.raises(psycopg.OperationalError):
        seal_while(it_dies, statement)
    assert nothing_was_sealed()
    assert dirty() == before
    assert seal().objects == 1

"""Connections of our own beside Django's."""

import psycopg
import pytest
from django.db import connection, transaction

from clavitor.base.database import connect, direct_connection
from tests import factories
from tests.catalogue import rows
from tests.database import CommittedDatabase


def test_it_is_another_session_of_the_same_database_in_autocommit(db: None) -> None:
    [(database, session)] = rows("SELECT current_database(), pg_backend_pid()")
    with direct_connection() as direct:
        assert direct.autocommit
        assert direct.execute("SELECT current_database()").fetchone() == (database,)
        assert direct.execute("SELECT pg_backend_pid()").fetchone() != (session,)


def test_it_is_closed_whatever_happens(db: None) -> None:
    with pytest.raises(RuntimeError), direct_connection() as direct:
        raise RuntimeError
    assert direct.closed


def test_it_sees_nothing_of_a_transaction_that_is_under_way(committed_db: CommittedDatabase) -> None:
    def count() -> object:
        return direct.execute("SELECT count(*) FROM tenants").fetchone()

    with direct_connection() as direct:
        with transaction.atomic():
            factories.TenantFactory()
            assert count() == (0,)
        assert count() == (1,)


def test_options_reach_the_server(db: None) -> None:
    with direct_connection(options="-c idle_session_timeout=1234", application_name="x") as direct:
        assert direct.execute("SHOW idle_session_timeout").fetchone() == ("1234ms",)
        assert direct.execute("SHOW application_name").fetchone() == ("x",)


def test_the_pools_and_djangos_own_parameters_are_left_out(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "prepare_threshold", 0)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "server_side_binding", True)
    with direct_connection() as direct:
        assert direct.prepare_threshold == 5  # psycopg's own
        assert direct.cursor_factory is psycopg.Cursor


def test_no_server_is_an_error_of_psycopgs(db: None) -> None:
    with pytest.raises(psycopg.OperationalError):
        connect(port=1, host="127.0.0.1")

"""Past Django's cursors: direct connections for what must not share a request's transaction, and hot statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection as django_connection
from django.db import connections


def connect(**options: Any) -> psycopg.Connection[tuple[Any, ...]]:
    """A new autocommit connection of its own, past any pool, to the database that Django's `default` alias uses now.

    `options` are libpq's (`options="-c idle_session_timeout=2000"`, say). The caller closes it.
    """
    parameters = connections["default"].get_connection_params()
    for django_only in ("cursor_factory", "context", "pool", "prepare_threshold", "server_side_binding"):
        parameters.pop(django_only, None)
    return psycopg.connect(**{**parameters, **options}, autocommit=True)


@contextmanager
def direct_connection(**options: Any) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """`connect`, closed at the end of the block."""
    connection = connect(**options)
    try:
        yield connection
    finally:
        connection.close()


def fetch(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of `statement` on Django's own connection, in its transaction; values come in binary.

    For the few statements that every POP's every request runs: measured, preparing them and leaving out the ORM halves
    the time that such a request costs here.
    """
    django_connection.ensure_connection()
    with django_connection.wrap_database_errors, psycopg.Cursor(django_connection.connection) as database:
        return database.execute(statement, parameters, binary=True).fetchall()

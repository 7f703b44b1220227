"""Direct connections to the database, beside Django's own, for what must not share a request's transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
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

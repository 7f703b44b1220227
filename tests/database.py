"""Databases for tests: one template a session, and clones of it for tests that commit.

TRUNCATE is refused and `billing_events` is append-only, so nothing can flush the test database between tests. An
ordinary test is rolled back; one that commits gets a database of its own and drops it.
"""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import psycopg
from django.db import connection, connections
from psycopg import sql

from clavitor.base import ids
from clavitor.base.database import connect, direct_connection

DJANGO_ONLY = ("cursor_factory", "context", "pool", "prepare_threshold", "server_side_binding")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class CommittedDatabase:
    """A database that is one test's alone, and where Django's default connection points meanwhile."""

    name: str
    url: str

    def environment(self, **variables: str) -> dict[str, str]:
        """This process's environment with DATABASE_URL naming this database: what a subprocess should run in."""
        return {**os.environ, "DEBUG": "1", "DATABASE_URL": self.url, **variables}

    def connect(self, **options: str) -> psycopg.Connection[tuple[object, ...]]:
        """Another autocommit session, past Django. The caller closes it."""
        return connect(dbname=self.name, **options)


def make_template() -> str:
    """Copy the freshly migrated test database into one that nobody connects to, and return its name.

    Clones and templates that a killed run left behind go first.
    """
    test_database = connection.settings_dict["NAME"]
    drop_copies(test_database)
    template = f"{test_database}_copy_template"
    _copy(test_database, template)
    return template


def drop_copies(test_database: str) -> None:
    """Remove the template and the clones of that test database."""
    with direct_connection(dbname="postgres") as server:
        rows = server.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{test_database}_copy_"]
        ).fetchall()
        for (name,) in rows:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def committed_database(template: str) -> Iterator[CommittedDatabase]:
    """A clone of `template`, in use as Django's default database for the length of the block."""
    name = f"{template.removesuffix('template')}{next(_numbers)}"
    usual = connection.settings_dict["NAME"]
    _copy(template, name)
    use(name)
    try:
        yield CommittedDatabase(name, database_url())
    finally:
        use(usual)
        with direct_connection(dbname="postgres") as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def use(name: str) -> None:
    """Point Django's default connection at the database `name`, in every thread that connects from now on."""
    leave()
    connection.settings_dict["NAME"] = name  # one dict for all threads' connections


def leave() -> None:
    """Close this thread's connections and the pool, and forget the id window, unknown to any other database."""
    connections.close_all()
    connection.close_pool()
    ids.forget_window()


def database_url() -> str:
    """The default connection as a URL, which settings and libpq read alike (a Unix socket's folder as well)."""
    parameters = {name: value for name, value in connection.get_connection_params().items() if name not in DJANGO_ONLY}
    user, password, name = (quote(str(parameters.pop(key, "")), "") for key in ("user", "password", "dbname"))
    return f"postgres://{user}{password and ':' + password}@/{name}?{urlencode(parameters, quote_via=quote)}"


def _copy(source: str, copy: str) -> None:
    leave()  # nobody may be connected to the source
    with direct_connection(dbname="postgres") as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(copy), sql.Identifier(source)))

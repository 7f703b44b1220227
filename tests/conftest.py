"""The ground of every test: which database it gets, and what it may not do.

An ordinary test asks for `db` and is rolled back. A test that commits (threads, subprocesses, `on_commit`, COMMIT's own
errors) asks for `committed_db` instead. `transaction=True` and `live_server` would flush by TRUNCATE, which is refused.
"""

import ipaddress
import shutil
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker

from clavitor.base.postgresql.base import DatabaseWrapper
from tests import database

FLUSHING = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that would flush or mix the two databases; skip browser tests where there is no Chromium."""
    no_browser = pytest.mark.skip(reason="no Chromium: apt-get install chromium")
    has_browser = shutil.which("chromium")
    for item in items:
        if error := _misuse(item):
            raise pytest.UsageError(f"{item.nodeid}: {error}")
        if item.get_closest_marker("browser") and not has_browser:
            item.add_marker(no_browser)


def _misuse(item: pytest.Item) -> str | None:
    fixtures = set(getattr(item, "fixturenames", ()))
    marker = item.get_closest_marker("django_db")
    if fixtures & FLUSHING or (marker and (marker.args or marker.kwargs)):
        return "nothing can flush the test database; use the fixture committed_db"
    if "committed_db" in fixtures and (marker or "db" in fixtures):
        return "committed_db is a database of its own; leave out db and django_db"
    return None


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    """The migrated test database (one a worker), and beside it the template of clones, whose name it gives."""
    reuse = request.config.getvalue("reuse_db")
    with django_db_blocker.unblock():
        keep = reuse and not request.config.getvalue("create_db")
        databases = setup_databases(verbosity=0, interactive=False, aliases=["default"], keepdb=keep)
        template = database.make_template()
    yield template
    with django_db_blocker.unblock():
        database.drop_copies(template.removesuffix("_copy_template"))
        database.leave()
        if not reuse:
            teardown_databases(databases, verbosity=0)


@pytest.fixture
def committed_db(django_db_setup: str, django_db_blocker: DjangoDbBlocker) -> Iterator[database.CommittedDatabase]:
    """A database of the test's own, freshly migrated, in which commits are real. It has `url` for subprocesses."""
    with django_db_blocker.unblock(), database.committed_database(django_db_setup) as committed:
        yield committed


@pytest.fixture(autouse=True, scope="session")
def _no_direct_connection_without_a_database() -> Iterator[None]:
    """pytest-django blocks Django's connections only; a forgotten `db` must not reach a developer's data past them."""
    get_connection_params = DatabaseWrapper.get_connection_params
    of_project = connections.settings["default"]

    def unless_blocked(self: DatabaseWrapper) -> dict[str, Any]:
        is_blocked = DatabaseWrapper.ensure_connection.__name__ == "_blocking_wrapper"
        if is_blocked and self.settings_dict is of_project:
            raise RuntimeError("Database access not allowed: use the fixture db or committed_db.")
        return get_connection_params(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseWrapper, "get_connection_params", unless_blocked)
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_remote_sockets() -> Iterator[None]:
    """Refuse connections that leave this machine; Unix sockets and loopback are free."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))
        yield


def _local_only(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise RuntimeError(f"A test tried to connect to {address[0]!r}; tests may not leave this machine.")
        return connect(self, address)

    return guarded


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""A database that nobody else uses and that is gone afterwards, and settings as in production."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from clavitor.base.embedded import EmbeddedServer

STOP_SECONDS = 60


@contextmanager
def database() -> Iterator[None]:
    """Set DATABASE_URL and what else production needs, for a new database on that of DATABASE_URL, or embedded."""
    folder = Path(tempfile.mkdtemp(prefix="clavitor-bench-"))
    server = None if os.environ.get("DATABASE_URL") else EmbeddedServer(folder)
    root = os.environ.get("DATABASE_URL") or _url(server)
    name = f"bench_{secrets.token_hex(4)}"
    _execute(root, f"CREATE DATABASE {name}")
    os.environ |= {
        "DATABASE_URL": urlunsplit(urlsplit(root)._replace(path=f"/{name}")),
        "DJANGO_SETTINGS_MODULE": "clavitor.settings",
        "CLAVITOR_DATA_DIR": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
        "DEBUG": "0",
        "HTTPS": "0",
    }
    try:
        yield
    finally:
        _execute(root, f"DROP DATABASE {name} WITH (FORCE)")
        EmbeddedServer(folder).discard(STOP_SECONDS)


def _url(server: EmbeddedServer | None) -> str:
    if server is None:
        raise ValueError("There is neither a DATABASE_URL nor an embedded server.")
    parameters = server.ensure_running()
    return f"postgres://{parameters['user']}@/postgres?host={quote(str(parameters['host']), safe='')}"


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # a literal but for a name made above

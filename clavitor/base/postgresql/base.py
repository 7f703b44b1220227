"""Django's PostgreSQL backend, and with `"EMBEDDED_DATA_DIR": path` in a database's settings the embedded server's.

That server starts at the first connection, so that importing the settings, `check` or `--help` never starts one.
"""

import shutil
from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.client import DatabaseClient as PostgreSQLClient
from django.db.utils import OperationalError

from clavitor.base.embedded import EmbeddedServer, EmbeddedServerError
from clavitor.base.embedded_account import installed_programs


def _embedded_parameters(settings: dict[str, Any]) -> dict[str, Any]:
    """Where the embedded server listens, after starting it; nothing for a database elsewhere.

    Raises OperationalError, as for every other server that can't be reached.
    """
    if not settings.get("EMBEDDED_DATA_DIR"):
        return {}
    try:
        return dict(EmbeddedServer(settings["EMBEDDED_DATA_DIR"]).ensure_running())
    except EmbeddedServerError as error:
        raise OperationalError(str(error)) from error


class DatabaseClient(PostgreSQLClient):
    """`manage.py dbshell`: with the embedded server's own psql where none is installed."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """The command and its environment, as Django's."""
        found = {name.upper(): value for name, value in _embedded_parameters(settings_dict).items()}
        arguments, environment = super().settings_to_cmd_args_env({**settings_dict, **found}, parameters)
        if found and not shutil.which(cls.executable_name):
            arguments[0] = str(installed_programs() / cls.executable_name)
        return arguments, environment


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, asked before each connection whether the embedded server runs. The pool asks here too."""

    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        """psycopg's parameters, as Django's; the embedded server's address wins over HOST, PORT and USER."""
        return {**super().get_connection_params(), **_embedded_parameters(self.settings_dict)}

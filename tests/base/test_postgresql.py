"""The database backend: when it starts the embedded server, when it is Django's own. Not on Django's database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connections

from clavitor.base import embedded_account
from clavitor.base.embedded import EmbeddedServer
from clavitor.base.postgresql import base


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The settings of a database in a server of its own."""
    yield configured(NAME="clavitor", HOST="elsewhere", EMBEDDED_DATA_DIR=tmp_path)
    server = EmbeddedServer(tmp_path)
    server.release()
    assert server.wait_until_stopped(20)
    server.discard(0)


def configured(**settings: Any) -> dict[str, Any]:
    return connections.configure_settings({"default": {"ENGINE": "clavitor.base.postgresql", **settings}})["default"]


def server_runs(settings: dict[str, Any]) -> bool:
    return (settings["EMBEDDED_DATA_DIR"] / "postgres" / "postmaster.pid").exists()


def test_the_server_starts_with_the_first_connection_and_not_before(embedded: dict[str, Any]) -> None:
    wrapper = base.DatabaseWrapper(embedded, alias="embedded")
    assert not server_runs(embedded)
    parameters = wrapper.get_connection_params()
    assert server_runs(embedded)
    found = wrapper.get_new_connection(parameters)
    assert found.execute("SELECT current_database()").fetchone() == ("clavitor",)
    found.close()


def test_a_pool_connects_to_it_too(embedded: dict[str, Any]) -> None:
    wrapper = base.DatabaseWrapper({**embedded, "OPTIONS": {"pool": {"min_size": 1, "max_size": 2}}}, alias="pooled")
    found = wrapper.get_new_connection(wrapper.get_connection_params())
    assert found.execute("SELECT current_database()").fetchone() == ("clavitor",)
    assert wrapper.pool
    wrapper.pool.putconn(found)
    wrapper.close_pool()


def test_without_the_setting_it_is_djangos_own() -> None:
    settings = configured(NAME="registry", HOST="db.example.org", USER="clavitor")
    wrapper = base.DatabaseWrapper(settings, alias="elsewhere")
    parameters = wrapper.get_connection_params()
    assert [parameters[name] for name in ("dbname", "host", "user")] == ["registry", "db.example.org", "clavitor"]


def test_a_server_that_cannot_start_is_an_operational_error(
    embedded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_account, "PACKAGE", "no_such_package")
    with pytest.raises(OperationalError, match="Install the package"):
        base.DatabaseWrapper(embedded, alias="embedded").get_connection_params()


def test_dbshell_goes_to_it_with_its_own_psql_where_there_is_none(
    embedded: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    arguments, _ = base.DatabaseClient.settings_to_cmd_args_env(embedded, ["--no-psqlrc"])
    assert Path(arguments[0]).is_file() and Path(arguments[0]).name == "psql"
    host = arguments[arguments.index("-h") + 1]
    with psycopg.connect(host=host, user=arguments[arguments.index("-U") + 1], dbname=arguments[-1]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

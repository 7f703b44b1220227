"""For the machine that runs the service: alive, and ready or why not."""

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from clavitor.base import health
from clavitor.base.database import direct_connection
from tests.catalogue import rows

ERRORS = [OperationalError("gone"), InterfaceError("closed"), DatabaseError("broken")]


@pytest.fixture(autouse=True)
def _not_yet_seen_migrated() -> None:
    health._migrated.clear()


def test_alive_without_a_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready(client: Client, db: None) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "problems": []})


def test_not_ready_until_migrated(client: Client, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sync' AND name >= '0003'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    (problem,) = answer.json()["problems"]
    assert problem.startswith("2 migrations are not applied")
    assert "manage.py migrate" in problem


def test_it_becomes_ready_by_itself(client: Client, db: None) -> None:
    [(name,)] = rows("SELECT name FROM django_migrations WHERE app = 'sync' AND name >= '0004'")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sync' AND name = %s", [name])
        assert client.get("/readyz").status_code == 503
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('sync', %s, now())", [name])
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("before", [False, True])
def test_not_ready_without_a_database(client: Client, db: None, monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    """Whether or not it has been ready before."""
    if before:
        assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(health, "direct_connection", lambda **options: direct_connection(host="127.0.0.1", port=1))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "problems": ["The database doesn't answer."]}


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_not_ready_when_the_database_goes_amid_the_look(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*arguments: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["The database doesn't answer."])


def test_once_migrated_it_asks_no_more_than_whether_the_database_answers(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/readyz")
    with django_assert_num_queries(0):
        assert client.get("/readyz").status_code == 200

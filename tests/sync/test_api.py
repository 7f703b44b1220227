"""The sync API as a POP meets it: right answers, every refusal with its code, and no refusal that leaves a trace."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client

from clavitor.base import secrets
from sync import feed
from sync.models import SyncHead, SyncSeal
from tests import factories
from tests.catalogue import rows
from tests.database import CommittedDatabase
from tests.sync import refused
from tests.sync.sealing import drain
from vaults.models import Vault

CHANGES, HEAD, ACK = (f"/api/v1/sync/{name}" for name in ("changes", "head", "ack"))
SECRET = secrets.mint("cvp_")
VALUE = "c2VjcmV0LXZhbHVl"
TRACES = "pop_sync_state", "pop_keys", "sync_head", "sync_seals", "sync_objects", "sync_dirty", "django_admin_log"


@pytest.fixture
def pop(committed_db: CommittedDatabase) -> Client:
    """A POP's client; 4 objects are sealed, the first at position 1."""
    factories.PopKeyFactory(key_hash=SECRET.hash, pop__pop_id="pop-zurich-01")
    factories.VaultFactory.create_batch(4)
    drain()
    return Client(headers={"authorization": f"Bearer {SECRET.secret}"}, raise_request_exception=False)


def everything() -> list[list[tuple[Any, ...]]]:
    return [sorted(rows(f"SELECT t::text FROM {table} t")) for table in TRACES]


@contextmanager
def nothing_written() -> Iterator[None]:
    before = everything()
    yield
    assert everything() == before


def refusal(answer: HttpResponse) -> tuple[int, str]:
    """The status and the code of a problem."""
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert {"type", "title", "status", "code", "detail"} <= set(told)
    assert told["status"] == answer.status_code
    assert told["detail"]
    return answer.status_code, told["code"]


def faults(answer: HttpResponse) -> dict[str, str]:
    return {row["field"]: row["code"] for row in answer.json()["errors"]}


def cursor_at(position: int) -> str:
    held = SyncSeal.objects.get(first_position__lte=position, last_position__gte=position)
    return f"{held.epoch}.{position}.{held.chain[:16]}"


def acknowledge(pop: Client, body: Any) -> HttpResponse:
    return pop.post(ACK, body, content_type="application/json")


def test_a_pop_boots_and_follows(pop: Client) -> None:
    first = pop.get(CHANGES, {"limit": 3})
    assert first["Content-Type"] == "application/json"
    page = first.json()
    assert (page["from"], page["to"], page["head"], page["more"], page["checkpoint"]) == (0, 3, 4, True, None)
    page = pop.get(CHANGES, {"cursor": page["cursor"], "limit": 3, "wait": 0}).json()
    assert (page["from"], page["to"], page["more"], len(page["changes"])) == (3, 4, False, 1)
    factories.AgentTokenFactory(vault=Vault.objects.get(l0=page["changes"][0]["id"]))
    drain()
    page = pop.get(CHANGES, {"cursor": page["cursor"], "wait": 1}).json()
    assert [change["kind"] for change in page["changes"]] == ["agent_token"]


def test_positions_are_numbers_and_ids_are_strings(pop: Client) -> None:
    token = factories.AgentTokenFactory(all_scopes=True)
    factories.CredentialFactory()
    drain()
    changes = pop.get(CHANGES).json()["changes"]
    assert all(type(change["position"]) is int and type(change["id"]) is str for change in changes)
    told = {change["kind"]: change["data"] for change in changes}
    assert told["agent_token"]["id"] == str(token.pk)
    assert told["agent_token"]["all_access"] is True
    ids = [told["vault"]["tenant_id"], told["credential"]["human_id"], told["credential"]["id"]]
    assert all(type(id_) is str and id_.isdigit() for id_ in ids)


@pytest.mark.parametrize("limit", [1, 4999, 5000])
def test_limits_up_to_the_most(pop: Client, limit: int) -> None:
    assert len(pop.get(CHANGES, {"limit": limit}).json()["changes"]) == min(limit, 4)


def test_the_head(pop: Client) -> None:
    told = pop.get(HEAD, {"after": 4, "wait": 0}).json()
    assert told == {"epoch": SyncHead.objects.get().epoch, "head": 4, "cursor": cursor_at(4), "checkpoint": None}


@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/json", "text/html, application/json;q=0.5", "application/*"]
)
def test_what_a_caller_may_accept(pop: Client, accept: str | None) -> None:
    headers = {"accept": accept} if accept else {}
    for address in (CHANGES, HEAD):
        assert pop.get(address, headers=headers).status_code == 200


QUERIES = [
    (address, query, code)
    for address, by_code in ((CHANGES, refused.CHANGES), (HEAD, refused.HEAD))
    for code, queries in by_code.items()
    for query in queries
]


def test_wrong_parameters_are_refused_by_name(pop: Client) -> None:
    for address, query, code in QUERIES:
        answer = pop.get(f"{address}?{query}")
        assert refusal(answer) == (400, code), query
        field = query.partition("=")[0]
        told = answer.json()
        assert told.get("field") == field or faults(answer) == {field: code}, query


def test_several_faults_are_all_told(pop: Client) -> None:
    answer = pop.get(f"{CHANGES}?limit=0&wait=31")
    assert refusal(answer) == (400, "invalid")
    assert faults(answer) == {"limit": "min_value", "wait": "max_value"}


def test_wrong_bodies_are_refused_and_nothing_is_noted(pop: Client) -> None:
    right = cursor_at(4)
    for code, body in [(code, body) for code, bodies in refused.BODIES.items() for body in bodies]:
        if isinstance(body, dict):
            body = {name: right if value == "$" else value for name, value in body.items()}
        with nothing_written():
            assert refusal(acknowledge(pop, body)) == (400, code), body


KEY_LIKE: list[Any] = [
    {"l1": VALUE},
    {"cursor": "$", "prf": VALUE},
    {"cursor": {"deep": [{"master_key": VALUE}]}},
    [[{"L3": VALUE}]],
]


def test_key_material_is_refused_written_nowhere_and_logged_nowhere(
    pop: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for body in KEY_LIKE:
        with nothing_written():
            answer = acknowledge(pop, body)
            assert refusal(answer) == (400, "content_refused")
            assert VALUE not in answer.content.decode()
    with nothing_written():
        assert refusal(pop.post(f"{ACK}?l1={VALUE}", {"cursor": cursor_at(4)}, "application/json")) == (
            400,
            "content_refused",
        )
        answer = pop.post(ACK, {"cursor": cursor_at(4)}, "application/json", headers={"x-clavitor-l1": VALUE})
        assert refusal(answer) == (400, "content_refused")
    assert VALUE not in caplog.text


def test_a_body_over_a_mebibyte_is_refused_before_anything_else(pop: Client) -> None:
    with nothing_written():
        assert refusal(acknowledge(pop, b" " * (1024 * 1024 + 1))) == (413, "body_too_large")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "json"],
)
def test_a_body_of_another_type_is_refused(pop: Client, kind: str) -> None:
    with nothing_written():
        body = b'{"cursor":"' + cursor_at(4).encode() + b'"}'
        assert refusal(pop.generic("POST", ACK, body, content_type=kind)) == (415, "unsupported_media_type")


@pytest.mark.parametrize(("address", "methods"), [(CHANGES, "post put patch delete"), (HEAD, "post put patch delete"),
                                                  (ACK, "get put patch delete")])  # fmt: skip
def test_other_methods_are_refused_with_those_there_are(pop: Client, address: str, methods: str) -> None:
    for method in methods.split():
        with nothing_written():
            answer = getattr(pop, method)(address)
            assert refusal(answer) == (405, "method_not_allowed")
            assert ("POST" if address == ACK else "GET") in answer["Allow"]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_who_takes_no_json_is_refused_in_json(pop: Client, accept: str) -> None:
    for ask in (pop.get(CHANGES, headers={"accept": accept}), pop.get(HEAD, headers={"accept": accept})):
        assert refusal(ask) == (406, "not_acceptable")


def test_cursors_of_another_history_are_refused_in_both_calls(pop: Client) -> None:
    epoch, position, chain = cursor_at(2).split(".")
    SyncSeal.objects.filter(last_position=0).delete()
    cursors = {
        f"1.{position}.{chain}": (409, "epoch_changed"),
        f"{epoch}.5.{chain}": (409, "cursor_from_future"),
        f"{epoch}.{position}.{'0' * 16}": (409, "history_diverged"),
        f"{epoch}.0.{chain}": (410, "cursor_compacted"),
    }
    for cursor, expected in cursors.items():
        with nothing_written():
            assert refusal(pop.get(CHANGES, {"cursor": cursor})) == expected
            answer = acknowledge(pop, {"cursor": cursor, "error": "disk full"})
            assert refusal(answer) == expected
            assert "Discard the replica" in answer.json()["detail"]


@pytest.mark.parametrize("failure", [OperationalError("connection to 10.0.0.7 failed"), RuntimeError("secret")])
def test_a_failure_is_told_without_its_reasons(
    pop: Client, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(**parameters: object) -> None:
        raise failure

    monkeypatch.setattr(feed, "read_page", fail)
    answer = pop.get(CHANGES)
    unavailable = isinstance(failure, OperationalError)
    assert refusal(answer) == ((503, "database_unavailable") if unavailable else (500, "internal_error"))
    assert str(failure) not in answer.content.decode()

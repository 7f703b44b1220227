"""The documented API is the API: OpenAPI is valid, and holds the true answers, parameters and refusals."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator

from clavitor.base import secrets
from sync.models import Pop, PopStatus
from tests import factories
from tests.database import CommittedDatabase
from tests.sync.sealing import drain

SECRET = secrets.mint("cvp_")
AUTHORIZATION = {"authorization": f"Bearer {SECRET.secret}"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The schema as a program gets it. Raises what `scripts/check` would fail on."""
    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")
    answer = Client(headers={"accept": "application/vnd.oai.openapi+json"}).get("/api/schema/")
    return dict(answer.json())


@pytest.fixture
def pop(committed_db: CommittedDatabase) -> Client:
    """A POP's client; an object of each kind is sealed, and a tombstone."""
    factories.PopKeyFactory(key_hash=SECRET.hash)
    gone = factories.CredentialFactory()
    factories.CredentialFactory(vault=gone.vault)
    factories.AgentTokenFactory(vault=gone.vault)
    drain()
    gone.delete()
    drain()
    return Client(headers=AUTHORIZATION)


def documented(document: dict[str, Any], call: str, method: str, status: int) -> tuple[str, dict[str, Any]]:
    """The content type of that answer and its schema."""
    ((kind, content),) = document["paths"][f"/api/v1/sync/{call}"][method]["responses"][str(status)]["content"].items()
    return kind, content["schema"]


def open_objects(schema: Any) -> Any:
    """The schema without names that it doesn't list: what isn't documented is a fault here."""
    if isinstance(schema, list):
        return [open_objects(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema else {}
    return {**{name: open_objects(inner) for name, inner in schema.items()}, **closed}


def check(document: dict[str, Any], call: str, method: str, answer: Any, status: int = 200) -> dict[str, Any]:
    """The answer, which is as documented."""
    assert answer.status_code == status
    kind, schema = documented(document, call, method, status)
    assert answer["Content-Type"] == kind
    whole = {**open_objects(schema), "components": open_objects(document["components"])}
    Draft202012Validator(whole).validate(answer.json())
    return dict(answer.json())


def test_the_schema_is_valid_and_of_this_version(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {f"/api/v1/sync/{call}" for call in ("changes", "head", "ack")}


def test_it_is_printed_without_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    out = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    assert out.getvalue().startswith("openapi: 3.1")


def test_answers_are_as_documented(document: dict[str, Any], pop: Client) -> None:
    page = check(document, "changes", "get", pop.get("/api/v1/sync/changes"))
    assert {change["kind"] for change in page["changes"]} == {"vault", "credential", "agent_token"}
    assert any(change["deleted"] for change in page["changes"])
    assert "from" in page
    check(document, "changes", "get", pop.get("/api/v1/sync/changes", {"cursor": page["cursor"]}))
    check(document, "head", "get", pop.get("/api/v1/sync/head"))
    answer = pop.post("/api/v1/sync/ack", {"cursor": page["cursor"]}, "application/json")
    check(document, "ack", "post", answer)


def test_refusals_are_as_documented(document: dict[str, Any], pop: Client) -> None:
    answers = [
        ("get", 400, pop.get("/api/v1/sync/changes?limit=0&x=1")),
        ("get", 400, pop.get("/api/v1/sync/changes?cursor=5")),
        ("get", 401, Client().get("/api/v1/sync/changes")),
        ("get", 406, pop.get("/api/v1/sync/changes", headers={"accept": "text/html"})),
        ("get", 409, pop.get("/api/v1/sync/changes?cursor=1.2.0123456789abcdef")),
    ]
    for method, status, answer in answers:
        check(document, "changes", method, answer, status)
    for status, body, kind in [(413, b" " * 2**21, "application/json"), (415, b"{}", "text/plain")]:
        check(document, "ack", "post", pop.generic("POST", "/api/v1/sync/ack", body, kind), status)
    Pop.objects.update(status=PopStatus.PAUSED)
    check(document, "head", "get", pop.get("/api/v1/sync/head"), 403)


@pytest.mark.parametrize(
    ("call", "method", "statuses"),
    [
        ("changes", "get", "200 400 401 403 406 409 410 503"),
        ("head", "get", "200 400 401 403 406 503"),
        ("ack", "post", "200 400 401 403 406 408 409 410 413 415 503"),
    ],
)
def test_every_status_of_a_call_is_listed_and_no_other(
    document: dict[str, Any], call: str, method: str, statuses: str
) -> None:
    assert sorted(document["paths"][f"/api/v1/sync/{call}"][method]["responses"]) == statuses.split()


def test_parameters_and_their_bounds_are_listed(document: dict[str, Any]) -> None:
    listed = {row["name"]: row["schema"] for row in document["paths"]["/api/v1/sync/changes"]["get"]["parameters"]}
    assert set(listed) == {"cursor", "limit", "wait"}
    assert (listed["limit"]["minimum"], listed["limit"]["maximum"], listed["limit"]["default"]) == (1, 5000, 1000)
    assert (listed["wait"]["minimum"], listed["wait"]["maximum"]) == (0, 30)


def test_how_to_prove_who_one_is_is_told(document: dict[str, Any]) -> None:
    (name,) = document["components"]["securitySchemes"]
    assert document["components"]["securitySchemes"][name]["scheme"] == "bearer"
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["security"] == [{name: []}]


def test_the_page_for_people_loads_nothing_from_elsewhere() -> None:
    answer = Client().get("/api/docs/")
    assert answer.status_code == 200
    assert "://" not in answer.text.replace("http://www.w3.org", "")

"""Errors outside of REST framework's views: a problem for a program, a page for a person, a `code` in every problem."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from clavitor import urls
from clavitor.base import problems

SECRET = "the row holds 4711"


def raising(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


RAISED = {
    "missing": Http404(SECRET),
    "forbidden": PermissionDenied(SECRET),
    "suspicious": SuspiciousOperation(SECRET),
    "broken": RuntimeError(SECRET),
}
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
urlpatterns = [
    path(f"{prefix}{name}", raising(error)) for prefix in ("api/", "pages/") for name, error in RAISED.items()
] + urls.urlpatterns
ANSWERS = [("missing", 404, "not_found"), ("forbidden", 403, "not_allowed"), ("suspicious", 400, "bad_request"),
           ("broken", 500, "internal_error")]  # fmt: skip


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("name", "status", "code"), ANSWERS)
def test_a_program_gets_a_problem(client: Client, name: str, status: int, code: str) -> None:
    answer = client.get(f"/api/{name}")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], told["code"], told["type"]) == (status, code, "about:blank")
    assert told["title"] and told["detail"]
    assert SECRET not in answer.text


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("name", "status", "code"), ANSWERS)
def test_a_person_gets_a_page_and_no_database_is_asked(client: Client, name: str, status: int, code: str) -> None:
    answer = client.get(f"/pages/{name}")
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert HTTPStatus(status).phrase in answer.text
    assert SECRET not in answer.text


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("address", ["/api/", "/api/v1/", "/api/v1/sync/changes/", "/api/nothing?x=1", "/api/%FF/%00"])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options"])
def test_nothing_below_api_is_a_page(
    client: Client, settings: Settings, debug: bool, address: str, method: str
) -> None:
    settings.DEBUG = debug
    answer = getattr(client, method)(address)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_a_post_from_a_browser_is_not_asked_for_a_csrf_token_where_nothing_is() -> None:
    answer = Client(enforce_csrf_checks=True).post("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("address", ["/api/schema", "/api/docs"])
def test_the_documentation_is_found_without_its_slash(client: Client, address: str) -> None:
    answer = client.get(address, follow=True)
    assert answer.redirect_chain == [(f"{address}/", 301)]
    assert answer.status_code == 200


def test_more_members_stand_beside_the_usual_ones() -> None:
    told = problems.problem(409, "conflict", "No.", field="cursor")
    assert told == {"type": "about:blank", "title": "Conflict", "status": 409, "code": "conflict", "detail": "No.",
                    "field": "cursor"}  # fmt: skip

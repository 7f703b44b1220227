"""What every request passes: the size of its body, the names in it, and the log that holds nothing private."""

import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from pytest_django import Settings

from clavitor.base import middleware
from clavitor.base.middleware import ContentRefusalMiddleware, RequestLogMiddleware

VALUE = "c2VjcmV0LXZhbHVl"
LARGEST = 1024 * 1024


def answering(request: HttpRequest) -> HttpResponse:
    return HttpResponse("reached")


guarded = ContentRefusalMiddleware(answering)


@pytest.mark.parametrize("length", [0, 1, LARGEST])
def test_a_body_up_to_a_mebibyte_passes(length: int) -> None:
    request = RequestFactory().post("/api/x", b"x" * length, content_type="application/json")
    assert guarded(request).content == b"reached"


@pytest.mark.parametrize("length", [LARGEST + 1, 10**12])
@pytest.mark.parametrize("path", ["/api/v1/sync/ack", "/admin/login/"])
def test_a_larger_body_is_refused_unread(length: int, path: str) -> None:
    answer = guarded(RequestFactory().post(path, CONTENT_LENGTH=str(length)))
    assert answer.status_code == 413
    assert b"1048576" in answer.content
    assert (answer["Content-Type"] == "application/problem+json") is path.startswith("/api/")


@pytest.mark.parametrize("length", ["", "²", "-5", "many"])
def test_a_length_that_is_none_is_no_failure(length: str) -> None:
    assert guarded(RequestFactory().get("/", CONTENT_LENGTH=length)).content == b"reached"


@pytest.mark.parametrize("header", ["X-Clavitor-L1", "x-prf", "Master-Key", "X_Session_Key", "L3"])
def test_a_key_like_header_is_refused(client: Client, caplog: pytest.LogCaptureFixture, header: str) -> None:
    caplog.set_level(logging.DEBUG)
    answer = client.get("/healthz", headers={header: VALUE})
    assert answer.status_code == 400
    answer = client.get("/api/v1/sync/head", headers={header: VALUE})
    assert (answer.status_code, answer.json()["code"]) == (400, "content_refused")
    assert VALUE not in answer.text
    assert VALUE not in caplog.text


@pytest.mark.parametrize("query", [f"l1={VALUE}", f"cursor=1&masterKey={VALUE}", f"%6C1={VALUE}", f"prf%5Bx%5D={VALUE}",
                                   f"a=1;l1={VALUE}&l1={VALUE}", f"l3&x={VALUE}"])  # fmt: skip
def test_a_key_like_parameter_is_refused(client: Client, caplog: pytest.LogCaptureFixture, query: str) -> None:
    caplog.set_level(logging.DEBUG)
    for address in ("/api/v1/sync/changes", "/api/nothing", "/admin/"):
        answer = client.get(f"{address}?{query}")
        assert answer.status_code == 400
        assert VALUE not in answer.text
    assert VALUE not in caplog.text


def test_a_person_sees_a_page_that_says_why(client: Client) -> None:
    answer = client.get("/admin/?prf=1")
    assert answer["Content-Type"].startswith("text/html")
    assert "key material" in answer.text


def test_too_many_parameters_are_no_failure(client: Client) -> None:
    answer = client.get("/api/v1/sync/changes?" + "&".join(f"p{number}=" for number in range(2000)))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def broken(request: HttpRequest, email: str) -> HttpResponse:
    return HttpResponse(status=503)


urlpatterns = [path("person/<email>", broken), path("fine", answering)]


def messages(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "clavitor.request" and record.levelno == level
    ]


@pytest.mark.urls(__name__)
def test_a_failure_is_logged_by_its_route_alone(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/person/ann@example.com?q=ann@example.com", headers={"X-Note": "ann@example.com"})
    (line,) = messages(caplog, logging.WARNING)
    assert "503" in line
    assert "ann@" not in line


@pytest.mark.urls(__name__)
def test_what_goes_well_is_not_told(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.get("/fine")
    assert messages(caplog, logging.WARNING) == []


@pytest.mark.urls(__name__)
def test_what_is_slow_is_told(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "SLOW_SECONDS", 0.0)
    client.get("/fine")
    (line,) = messages(caplog, logging.WARNING)
    assert "/fine" in line and "milliseconds" in line


def test_it_leaves_the_answer_alone(settings: Settings) -> None:
    assert RequestLogMiddleware(answering)(RequestFactory().get("/")).content == b"reached"

"""What the log says of a request: its route, never a token or an email that its address holds."""

import logging

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve

from clavitor.base.logs import RouteFilter, route_of

PATH = "/admin/password/MQ/c0ffee-5ec7e7/"


def record_of(path: str) -> logging.LogRecord:
    """A line as Django writes it when a request has failed."""
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "%s: %s", ("Internal Server Error", path), None)
    record.request = RequestFactory().get(path)
    return record


def test_a_link_s_token_is_not_in_the_line() -> None:
    record = record_of(PATH)
    record.request.resolver_match = resolve(PATH)  # type: ignore[attr-defined]
    assert RouteFilter().filter(record)
    assert record.getMessage() == "Internal Server Error: /admin/password/<uidb64>/<token>/"


def test_an_address_without_a_route_stays_readable() -> None:
    assert route_of(RequestFactory().get("/nothing/here")) == "/nothing/here"


def test_a_line_without_a_request_stays_as_it_is() -> None:
    record = logging.LogRecord("other", logging.INFO, "", 0, "%s is up", ("it",), None)
    assert RouteFilter().filter(record)
    assert record.getMessage() == "it is up"


@pytest.mark.django_db
def test_the_line_of_a_slow_request_has_the_route(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = []
    monkeypatch.setattr("clavitor.base.middleware.SLOW_SECONDS", 0)
    monkeypatch.setattr("clavitor.base.middleware.log.warning", lambda event, **facts: lines.append(facts))
    client.get(PATH)
    assert [line["route"] for line in lines] == ["/admin/password/<uidb64>/<token>/"]

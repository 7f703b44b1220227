"""How the API reads and answers: strict JSON in, a problem for every error out."""

import io
from typing import Any

import orjson
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from clavitor.base import api
from clavitor.base.api_fields import TextField, WholeNumberField
from clavitor.base.content import ContentRefused
from clavitor.base.errors import Conflict, DomainError, Invalid, InvalidTransition, NotAllowed
from sync.cursor import CursorCompacted


class Inner(api.StrictSerializer):
    name = TextField(required=False)


class Example(api.StrictSerializer):
    count = WholeNumberField(required=False, min_value=1)
    name = TextField(required=False)
    inner = Inner(required=False)
    many = Inner(many=True, required=False)


def parsed(body: bytes) -> Any:
    return api.StrictJSONParser().parse(io.BytesIO(body))


def problem_of(error: Exception) -> dict[str, Any]:
    answer = api.problem_details(error, {})
    assert answer is not None
    assert answer.content_type == "application/problem+json"
    assert answer.status_code == answer.data["status"]
    assert {"type", "title", "status", "code", "detail"} <= set(answer.data)
    return dict(answer.data)


def refusal(data: Any) -> dict[str, Any]:
    with pytest.raises(serializers.ValidationError) as refused:
        api.parse(Example, data)
    return problem_of(refused.value)


@pytest.mark.parametrize("body", [b"{}", b" [1, null]\n", b'{"a":{"b":"\xc3\xa4"}}', b"null", b"1", '"🔐"'.encode()])
def test_json_is_read(body: bytes) -> None:
    assert parsed(body) == orjson.loads(body)


@pytest.mark.parametrize("body", [
    b"", b" ", b"{", b"{}{}", b"{}x", b"{'a':1}", b'{"a":1,}', b"// x\n{}", b"NaN", b'{"a":NaN}', b"Infinity",
    b"-Infinity",
    b"1e999", b'"\xff"', b'"\xed\xa0\x80"', b'"\\ud800"', b'{"a":"\n"}', b"\xef\xbb\xbf{}", b"a=1", b"\0",
    b"\xff\xfe{\0}\0",
    b"[" * 5000, b"[" * 100_000 + b"]" * 100_000,
])  # fmt: skip
def test_anything_else_is_not_json(body: bytes) -> None:
    with pytest.raises(exceptions.ParseError) as refused:
        parsed(body)
    told = problem_of(refused.value)
    assert (told["status"], told["code"]) == (400, "parse_error")
    assert len(told["detail"]) < 200


@pytest.mark.parametrize(
    "body", [b'{"l1":1}', b'[{"a":[{"masterKey":0}]}]', b'{"a":1,"\\u006c1":2}', b'{"l1":1,"l1":2}']
)
def test_key_like_names_are_refused_however_deep_and_written(body: bytes) -> None:
    with pytest.raises(ContentRefused):
        parsed(body)


def test_each_unknown_field_is_refused_by_name() -> None:
    told = refusal({"count": 1, "nmae": "x"})
    assert told["code"] == "unknown_field"
    assert told["errors"] == [{"field": "nmae", "code": "unknown_field",
                               "detail": "There is no such field. There are: count, name, inner, many."}]  # fmt: skip
    told = refusal({"b": 1, "a": 1})
    assert [row["field"] for row in told["errors"]] == ["a", "b"]
    assert told["code"] == "invalid"


def test_an_answer_is_not_much_larger_than_what_was_sent() -> None:
    told = refusal({f"{'x' * 1000}{number}": number for number in range(1000)})
    assert len(orjson.dumps(told)) < 10_000
    told = refusal({f"{number:03}": number for number in range(1000)})
    assert [row["field"] for row in told["errors"]] == [f"{number:03}" for number in range(20)]


def test_a_fault_is_named_by_its_path() -> None:
    told = refusal({"count": 0, "inner": {"x": 1}, "many": [{}, {"name": 5}]})
    assert sorted((row["field"], row["code"]) for row in told["errors"]) == [
        ("count", "min_value"), ("inner.x", "unknown_field"), ("many.1.name", "invalid"),
    ]  # fmt: skip
    assert all(row["field"] in told["detail"] for row in told["errors"])


@pytest.mark.parametrize("data", [None, [], [{}], "x", 5, True])
def test_a_body_is_an_object(data: Any) -> None:
    assert refusal(data)["status"] == 400


def query(text: str) -> dict[str, Any]:
    return api.parse_query(Example, Request(APIRequestFactory().get(f"/?{text}")))


def test_parameters_are_read() -> None:
    assert query("count=5&name=%C3%A4") == {"count": 5, "name": "ä"}


@pytest.mark.parametrize(("text", "codes"), [
    ("count=1&count=1", {"count": "repeated"}), ("count=&count=", {"count": "repeated"}),
    ("x=1", {"x": "unknown_field"}),
    ("Count=1", {"Count": "unknown_field"}), ("=1", {"": "unknown_field"}), ("count=0", {"count": "min_value"}),
    ("count", {"count": "invalid"}), ("name=", {"name": "blank"}),
    ("count=1&x&y", {"x": "unknown_field", "y": "unknown_field"}),
])  # fmt: skip
def test_wrong_parameters_are_refused_by_name(text: str, codes: dict[str, str]) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        query(text)
    assert {row["field"]: row["code"] for row in problem_of(refused.value)["errors"]} == codes


@pytest.mark.parametrize(("error", "status", "code"), [
    (Http404("x"), 404, "not_found"), (PermissionDenied("x"), 403, "permission_denied"),
    (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
    (exceptions.NotAcceptable(), 406, "not_acceptable"),
    (exceptions.UnsupportedMediaType("text/plain"), 415, "unsupported_media_type"),
    (exceptions.Throttled(3), 429, "throttled"),
    (DomainError("x"), 400, "refused"), (Invalid("x"), 400, "invalid"), (NotAllowed("x"), 403, "not_allowed"),
    (Conflict("x"), 409, "conflict"), (InvalidTransition("x"), 409, "invalid_transition"),
    (CursorCompacted("x"), 410, "cursor_compacted"), (ContentRefused("x"), 400, "content_refused"),
    (OperationalError("secret"), 503, "database_unavailable"), (InterfaceError("secret"), 503, "database_unavailable"),
])  # fmt: skip
def test_each_error_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    told = problem_of(error)
    assert (told["status"], told["code"]) == (status, code)
    assert "secret" not in told["detail"]


def test_the_field_at_fault_is_told() -> None:
    assert problem_of(Invalid("No.", field="cursor"))["field"] == "cursor"
    assert "field" not in problem_of(Invalid("No."))


def test_what_nobody_expects_is_left_to_the_500() -> None:
    assert api.problem_details(RuntimeError(), {}) is None
    assert api.problem_details(IntegrityError(), {}) is None


def test_headers_that_say_what_to_do() -> None:
    answer = api.problem_details(exceptions.Throttled(wait=2.6), {})
    assert answer is not None
    assert answer["Retry-After"] == "3"
    missing = exceptions.NotAuthenticated()
    missing.auth_header = 'Bearer realm="clavitor"'
    answer = api.problem_details(missing, {})
    assert answer is not None
    assert answer["WWW-Authenticate"] == 'Bearer realm="clavitor"'


@pytest.mark.parametrize(("data", "body"), [(None, b""), ({"a": 1}, b'{"a":1}'), ([], b"[]")])
def test_answers_are_compact_json(data: Any, body: bytes) -> None:
    assert api.JSONRenderer().render(data) == body

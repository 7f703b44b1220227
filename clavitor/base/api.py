"""How the API reads and answers: strict JSON in, problem details for every error out."""

from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from clavitor.base import content
from clavitor.base.errors import Conflict, DomainError, NotAllowed
from clavitor.base.problems import CONTENT_TYPE, problem

# Of unknown fields: an answer is not twenty times the size of what was sent.
MOST_NAMED = 20
NAME_LENGTH = 60


class JSONRenderer(BaseRenderer):
    """Answers in JSON, by orjson."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else orjson.dumps(data)


class StrictJSONParser(BaseParser):
    """Reads UTF-8 JSON (no NaN, no trailing bytes), and refuses key-like names in it, however deep."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            parsed = orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise exceptions.ParseError(f"The body is not JSON: {error}.") from error
        content.refuse_key_like_inside(parsed)
        return parsed


class StrictSerializer(serializers.Serializer[Any]):
    """A request's fields, and no others: an unknown one is refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))[:MOST_NAMED]
            if unknown:
                known = ", ".join(self.fields)
                raise serializers.ValidationError(
                    {name[:NAME_LENGTH]: [f"There is no such field. There are: {known}."] for name in unknown},
                    code="unknown_field",
                )
        return super().to_internal_value(data)


def parse_query(serializer_class: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The query parameters as `serializer_class` reads them. A repeated or an unknown one is refused."""
    repeated = [name for name, values in request.query_params.lists() if len(values) > 1]
    if repeated:
        raise serializers.ValidationError({name: ["Given more than once."] for name in repeated}, code="repeated")
    return parse(serializer_class, request.query_params.dict())


def parse(serializer_class: type[StrictSerializer], data: Any) -> dict[str, Any]:
    """`data` as `serializer_class` reads it. Raises ValidationError, which names the field and its fault."""
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _field_errors(detail: Any, name: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [row for key, inner in detail.items() for row in _field_errors(inner, f"{name}.{key}".strip("."))]
    if isinstance(detail, list):
        return [row for inner in detail for row in _field_errors(inner, name)]
    return [{"field": name, "code": str(detail.code), "detail": str(detail)}]


def _invalid(error: exceptions.ValidationError) -> dict[str, Any]:
    errors = _field_errors(error.detail)
    summary = " ".join(f"{row['field']}: {row['detail']}" for row in errors)
    return problem(400, errors[0]["code"] if len(errors) == 1 else "invalid", summary, errors=errors)


def _of_api(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    codes = error.get_codes()
    return problem(error.status_code, codes if isinstance(codes, str) else "invalid", str(error.detail))


def _of_domain(error: DomainError) -> dict[str, Any]:
    status = getattr(error, "http_status", None) or (
        403 if isinstance(error, NotAllowed) else 409 if isinstance(error, Conflict) else 400
    )
    return problem(status, error.code, error.message, **({"field": error.field} if error.field else {}))


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(error.auth_header)  # type: ignore[attr-defined]  # REST framework sets it
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(round(error.wait))  # type: ignore[attr-defined]  # Throttled has it
    return headers


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's EXCEPTION_HANDLER: every expected error as problem+json; any other is left to handler500."""
    from rest_framework.views import set_rollback  # at the top it would go round: its views are set up with this module

    if isinstance(error, Http404):
        error = exceptions.NotFound("There is nothing at this address.")
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        body = _of_api(error)
    elif isinstance(error, DomainError):
        body = _of_domain(error)
    elif isinstance(error, OperationalError | InterfaceError):  # not reached at all, as opposed to refusing a statement
        body = problem(503, "database_unavailable", "The database doesn't answer just now. Try again in a moment.")
    else:
        return None
    set_rollback()
    return Response(body, status=body["status"], headers=_headers(error), content_type=CONTENT_TYPE)

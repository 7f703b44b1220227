"""Errors as RFC 9457 problem details: what every machine that talks to us gets, always with a stable `code`."""

from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

CONTENT_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    """The members of a problem. `detail` says what is wrong, the value that is wrong, and what to do next."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, **members}


def problem_response(status: int, code: str, detail: str, **members: Any) -> HttpResponse:
    """A problem outside of REST framework's views, as in middleware."""
    body = orjson.dumps(problem(status, code, detail, **members))
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE)


def is_for_machines(request: HttpRequest) -> bool:
    """Whether the caller is a program: errors are then problems, else pages."""
    return request.path.startswith("/api/")


def error_response(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    """The same error as a problem for a program and as a page for a person."""
    if is_for_machines(request):
        return problem_response(status, code, detail)
    title = HTTPStatus(status).phrase
    return render(request, "error.html", {"status": status, "title": title, "detail": detail}, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return error_response(request, 404, "not_found", "There is nothing at this address.")


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Every address below /api/ that nobody else has. Without it a program would get a page while DEBUG is on."""
    return error_response(request, 404, "not_found", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. The cause is in the log, never in the answer."""
    return error_response(request, 500, "internal_error", "The service failed. It has been logged; try again later.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return error_response(request, 400, "bad_request", "The request can't be understood.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return error_response(request, 403, "not_allowed", "You may not do this.")

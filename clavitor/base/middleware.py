"""What every request passes: a log line without anything private in it, and the refusal of what must not come in."""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict

from clavitor.base import content
from clavitor.base.logs import route_of
from clavitor.base.problems import error_response

log = structlog.get_logger("clavitor.request")

Handler = Callable[[HttpRequest], HttpResponse]
SLOW_SECONDS = 1.0


class RequestLogMiddleware:
    """One structured line for a request that failed or was slow; for any other at debug level.

    The route alone is logged: a path may hold a link's token, a query an email; bodies and headers are never looked at.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        worth_telling = response.status_code >= 500 or seconds >= SLOW_SECONDS
        (log.warning if worth_telling else log.debug)(
            "request",
            method=request.method,
            route=route_of(request),
            status=response.status_code,
            milliseconds=round(seconds * 1000),
        )
        return response


class ContentRefusalMiddleware:
    """Refuses bodies over MAX_BODY_BYTES (413), and key-like headers and query parameters (400 `content_refused`)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.MAX_BODY_BYTES:
            return error_response(
                request,
                413,
                "body_too_large",
                f"The body is over {settings.MAX_BODY_BYTES} bytes, which is the most. Send it in parts.",
            )
        try:
            content.refuse_key_like(request.headers, "header")
            content.refuse_key_like(QueryDict(request.META.get("QUERY_STRING", "")), "parameter")
        except content.ContentRefused as refused:
            return error_response(request, 400, refused.code, refused.message)
        return self.get_response(request)

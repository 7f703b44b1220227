"""Where a request went, without what its address may hold: an email, or a link's single-use token."""

import logging

from django.http import HttpRequest


def route_of(request: HttpRequest) -> str:
    """The route that answered, as `admin/password/<uidb64>/<token>/`; the bare path where none did."""
    match = request.resolver_match
    return f"/{match.route}" if match else request.path


class RouteFilter(logging.Filter):
    """Django's own lines about failed requests end in the path; this puts the route in its place."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            record.args = tuple(route_of(request) if part == request.path else part for part in record.args)
        return True

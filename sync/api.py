"""The sync API: pull, head, acknowledge. docs/sync-protocol.md says how a POP uses it."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clavitor.base.api import parse, parse_query
from clavitor.base.problems import CONTENT_TYPE
from sync import feed
from sync.authentication import pop_of
from sync.serializers import (
    AckAnswer,
    AckBody,
    ChangesAnswer,
    ChangesQuery,
    HeadAnswer,
    HeadQuery,
    ProblemAnswer,
)

Refusals = dict[tuple[int, str], OpenApiResponse]


def _refusals(why: dict[int, str]) -> Refusals:
    return {(status, CONTENT_TYPE): OpenApiResponse(ProblemAnswer, text) for status, text in why.items()}


REFUSALS = _refusals(
    {
        400: "A parameter or field is wrong (`malformed_cursor`, `unknown_field`, `content_refused`, ...).",
        401: "No key, or an unknown or expired one.",
        403: "The POP is paused (`pop_paused`).",
        406: "`Accept` leaves JSON out.",
        503: "The database doesn't answer just now.",
    }
)
CURSOR_REFUSALS = REFUSALS | _refusals(
    {
        409: "The cursor is not of this history (`epoch_changed`, `cursor_from_future`, `history_diverged`).",
        410: "The cursor is too old (`cursor_compacted`).",
    }
)
BODY_REFUSALS = CURSOR_REFUSALS | _refusals(
    {
        408: "The body came too slowly.",
        413: "The body is over 1 MiB.",
        415: "The body isn't `application/json`.",
    }
)


class ChangesView(APIView):
    """The feed, page by page."""

    @extend_schema(
        operation_id="sync_changes",
        parameters=[ChangesQuery],
        responses={(200, "application/json"): ChangesAnswer, **CURSOR_REFUSALS},
    )
    def get(self, request: Request) -> HttpResponse:
        """Changes after the cursor. The same call boots a POP from zero and keeps it current."""
        query = parse_query(ChangesQuery, request)
        page = feed.read_page(cursor=query.get("cursor"), limit=query["limit"])
        return HttpResponse(page.as_json(), content_type="application/json")


class HeadView(APIView):
    """Where the feed is."""

    @extend_schema(
        operation_id="sync_head",
        parameters=[HeadQuery],
        responses={(200, "application/json"): HeadAnswer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The head, for a POP that only wants to know whether there is anything new."""
        parse_query(HeadQuery, request)
        head = feed.read_head()
        return Response({"epoch": head.epoch, "head": head.position, "cursor": head.cursor, "checkpoint": None})


class AckView(APIView):
    """Acknowledgements."""

    @extend_schema(
        operation_id="sync_ack",
        request=AckBody,
        responses={(200, "application/json"): AckAnswer, **BODY_REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Everything up to the cursor is applied, durably. Only ever forward."""
        body = parse(AckBody, request.data)
        acknowledged = feed.acknowledge(
            pop=pop_of(request), cursor=body["cursor"], error=body.get("error"), at=timezone.now()
        )
        return Response(acknowledged._asdict())

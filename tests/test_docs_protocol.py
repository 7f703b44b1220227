"""docs/sync-protocol.md against the code: its errors are those that the sync API can answer, its fields and examples
those of the feed."""

import ast
import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from rest_framework import exceptions, serializers

from clavitor.base import request_body, secrets
from sync import api, feed
from sync.cursor import Cursor
from sync.models import Pop, SyncHead, SyncSeal
from sync.replica import parse_page
from sync.serializers import AckBody, ChangesQuery, HeadQuery
from tests import factories
from tests.sync.test_projection import KEYS
from tests.test_docs import ROOT, first_cells, read, section
from vaults.models import StatusReason

PROTOCOL = read("docs/sync-protocol.md")
ERRORS = {code: int(status) for status, code in re.findall(r"^\| (\d{3}) \| `(\w+)` \|", PROTOCOL, re.MULTILINE)}
EXAMPLES = [
    (int(status), json.loads(body))
    for status, body in re.findall(r"```http\nHTTP/1\.1 (\d+) .*?\n\n(.*?)```", PROTOCOL, re.DOTALL)
]

# Where codes are written, and those that no call of the sync API gets.
SOURCES = ["sync/cursor.py", "sync/authentication.py", *map("clavitor/base/{}.py".format, (
    "api", "api_fields", "content", "middleware", "problems", "request_body"
))]  # fmt: skip
ELSEWHERE = {"not_allowed"}  # the page of a refused form; POPs send no forms
FRAMEWORK = (
    exceptions.ParseError, exceptions.NotFound, exceptions.MethodNotAllowed, exceptions.NotAcceptable,
    exceptions.UnsupportedMediaType,
)  # fmt: skip
CODE = re.compile(r"[a-z]+(_[a-z]+)*")


class Asker:
    """A POP that asks, with a key that lets it in."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.pop = factories.PopFactory()
        self.key = self.new_key()

    def new_key(self, **traits: bool) -> str:
        secret = secrets.mint("cvp_").secret
        factories.PopKeyFactory(pop=self.pop, secret=secret, **traits)
        return secret

    def get(self, path: str, query: str = "", **headers: str) -> HttpResponse:
        sent = {"Authorization": f"Bearer {self.key}", **headers}
        return self.client.get(f"/api/v1/sync/{path}?{query}", headers={key: sent[key] for key in sent if sent[key]})

    def post(self, body: str, content_type: str = "application/json") -> HttpResponse:
        headers = {"Authorization": f"Bearer {self.key}"}
        return self.client.post("/api/v1/sync/ack", body, content_type=content_type, headers=headers)

    def changes_at(self, **parts: Any) -> HttpResponse:
        """Changes after the head's cursor, but for these parts of it."""
        head = SyncHead.objects.get()
        cursor = Cursor(head.epoch, head.position, head.chain)._replace(**parts)
        return self.get("changes", f"cursor={cursor}")


@pytest.fixture
def asker(db: None, client: Client) -> Asker:
    client.raise_request_exception = False
    return Asker(client)


def fails(error: Exception) -> Callable[[Asker], HttpResponse]:
    """Ask for the head while reading it fails with `error`."""

    def ask(asker: Asker) -> HttpResponse:
        def failing() -> None:
            raise error

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(feed, "read_head", failing)
            return asker.get("head")

    return ask


def slow(asker: Asker) -> HttpResponse:
    """Announce a body, and never send it."""
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(request_body, "BODY_SECONDS", 0.01)
        front = request_body.WholeBody(lambda *_: pytest.fail("a thread was asked for"))
        asyncio.run(front({"type": "http", "method": "POST", "headers": []}, receive, send))
    start, body = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return HttpResponse(body["body"], status=start["status"], headers=headers)


def paused(asker: Asker) -> HttpResponse:
    Pop.objects.update(status="paused")
    return asker.get("head")


def compacted(asker: Asker) -> HttpResponse:
    SyncSeal.objects.all().delete()
    return asker.changes_at()


UNKNOWN_KEY = secrets.mint("cvp_").secret

# One request for each code.
REQUESTS: dict[str, Callable[[Asker], HttpResponse]] = {
    "malformed_cursor": lambda asker: asker.get("changes", "cursor=abc"),
    "unknown_field": lambda asker: asker.get("changes", "since=1"),
    "repeated": lambda asker: asker.get("changes", "limit=1&limit=2"),
    "required": lambda asker: asker.post("{}"),
    "null": lambda asker: asker.post('{"cursor": null}'),
    "blank": lambda asker: asker.get("changes", "cursor="),
    "invalid": lambda asker: asker.get("changes", "limit=0&wait=60"),
    "min_value": lambda asker: asker.get("changes", "limit=0"),
    "max_value": lambda asker: asker.get("changes", "limit=5001"),
    "max_length": lambda asker: asker.get("changes", f"cursor={'1' * 81}"),
    "max_string_length": lambda asker: asker.get("changes", f"limit={'1' * 1001}"),
    "null_characters_not_allowed": lambda asker: asker.get("changes", "cursor=%00"),
    "parse_error": lambda asker: asker.post("{"),
    "content_refused": lambda asker: asker.get("head", **{"X-Clavitor-L1": "1"}),
    "bad_request": lambda asker: asker.get("head", Host="elsewhere.example"),
    "key_missing": lambda asker: asker.get("head", Authorization=""),
    "malformed_key": lambda asker: asker.get("head", Authorization="Bearer cvp_1"),
    "unknown_key": lambda asker: asker.get("head", Authorization=f"Bearer {UNKNOWN_KEY}"),
    "expired_key": lambda asker: asker.get("head", Authorization=f"Bearer {asker.new_key(revoked=True)}"),
    "pop_paused": paused,
    "not_found": lambda asker: asker.get("heads"),
    "method_not_allowed": lambda asker: asker.get("ack"),
    "not_acceptable": lambda asker: asker.get("head", Accept="text/html"),
    "body_too_slow": slow,
    "epoch_changed": lambda asker: asker.changes_at(epoch="1"),
    "cursor_from_future": lambda asker: asker.changes_at(position=10**6),
    "history_diverged": lambda asker: asker.changes_at(chain="0" * 16),
    "cursor_compacted": compacted,
    "body_too_large": lambda asker: asker.post(" " * (2**20 + 1)),
    "unsupported_media_type": lambda asker: asker.post("cursor=1", "application/x-www-form-urlencoded"),
    "internal_error": fails(ValueError("broken")),
    "database_unavailable": fails(OperationalError("gone")),
}


@pytest.mark.parametrize("code", ERRORS)
def test_each_error_that_is_listed_is_answered(asker: Asker, code: str) -> None:
    answer = REQUESTS[code](asker)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (ERRORS[code], code)
    assert answer["Content-Type"] == "application/problem+json"


def test_each_error_that_can_be_answered_is_listed() -> None:
    written = {code for path in SOURCES for code in codes_in(path)} - ELSEWHERE
    of_framework = {error.default_code for error in FRAMEWORK}
    assert written | of_framework | set(codes_of_fields()) == set(ERRORS)


def codes_in(path: str) -> Iterator[str]:
    """Every code that is written down in a module, as an attribute or as an argument."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("code", "default_code"):
            yield from literals(node.value)
        if isinstance(node, ast.Call):
            yield from (code for keyword in node.keywords if keyword.arg == "code" for code in literals(keyword.value))
            if getattr(node.func, "id", "") in ("problem", "problem_response", "error_response", "_refused"):
                yield from (code for argument in node.args for code in literals(argument))


def literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from [*literals(node.body), *literals(node.orelse)]
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
        yield node.value


NASTY = [None, "", "x", "x" * 600, "9" * 2000, -1, 10**6, 1.5, True, [], {}, ["x"], "\0"]


def codes_of_fields() -> Iterator[str]:
    """What is wrong with nasty values of every field, and with a body that isn't an object."""
    for kind in (ChangesQuery, HeadQuery, AckBody):
        for name in kind().fields:
            for value in NASTY:
                yield from codes_of(kind, {name: value})
        yield from codes_of(kind, [])
        yield from codes_of(kind, {})


def codes_of(kind: type[serializers.Serializer[Any]], data: Any) -> Iterator[str]:
    serializer = kind(data=data)
    if not serializer.is_valid():
        yield from (error.code for errors in serializer.errors.values() for error in errors)


def test_no_call_is_throttled() -> None:
    """So "The service sends no 429 today" holds."""
    views = (api.ChangesView, api.HeadView, api.AckView)
    assert "DEFAULT_THROTTLE_CLASSES" not in settings.REST_FRAMEWORK
    assert not any(view.throttle_classes for view in views)


@pytest.mark.parametrize(
    ("kind", "view"), [("vault", "vaults"), ("credential", "credentials"), ("agent_token", "agent_tokens")]
)
def test_the_fields_of_each_kind_are_listed(kind: str, view: str) -> None:
    assert sorted(first_cells(section(PROTOCOL, f"### `{kind}`"))) == sorted(KEYS[f"sync_{view}"].split())


def test_every_reason_of_a_status_is_listed() -> None:
    assert all(f"`{reason}`" in section(PROTOCOL, "### `vault`") for reason in StatusReason.values)


def test_the_members_of_an_answer_are_listed(asker: Asker) -> None:
    told = first_cells(section(PROTOCOL, "## GET /api/v1/sync/changes"))
    change = {"position", "kind", "id", "deleted", "data"}
    assert sorted(told) == sorted([*ChangesQuery().fields, *asker.get("changes").json(), *change])


def test_the_pages_among_the_examples_follow_each_other() -> None:
    """The reference POP takes them, and they are of one feed."""
    pages = [parse_page(json.dumps(body).encode()) for status, body in EXAMPLES if "changes" in body]
    assert [(page.start, page.end) for page in pages] == [(0, 3), (3, 5), (5, 5)]
    assert len({page.epoch for page in pages}) == 1
    assert all(f"?cursor={page.cursor}" in PROTOCOL for page in pages[:2])


def test_the_errors_among_the_examples_are_listed_ones() -> None:
    problems = [(body["code"], status) for status, body in EXAMPLES if status >= 400]
    assert len(problems) == 4
    assert all(ERRORS[code] == status for code, status in problems)


def test_the_leaf_of_the_example_is_the_hash_of_its_canonical_bytes() -> None:
    [tombstone] = [change for _, body in EXAMPLES for change in body.get("changes", []) if change["deleted"]]
    canonical = json.dumps(tombstone, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert f"the leaf is `{hashlib.sha256(canonical).hexdigest()}`" in PROTOCOL

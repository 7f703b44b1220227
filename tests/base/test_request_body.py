"""A request's body is whole, with its true length, before anybody waits for it in a thread."""

import asyncio
from typing import Any

import orjson
import pytest

from clavitor.base import request_body
from clavitor.base.request_body import Message, Receive, Send, WholeBody

MOST = 1024 * 1024
Headers = list[tuple[bytes, bytes]]


class Caller:
    """Sends those messages, then nothing more; keeps what it gets."""

    def __init__(self, *messages: Message) -> None:
        self.waiting = list(messages)
        self.got: list[Message] = []

    async def receive(self) -> Message:
        if not self.waiting:
            await asyncio.Event().wait()
        return self.waiting.pop(0)

    async def send(self, message: Message) -> None:
        self.got.append(message)


class Application:
    """Reads a whole body and keeps it, with the headers that came with it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: Headers = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.headers = scope["headers"]
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.bodies.append(body)


def part(body: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def call(caller: Caller, method: str = "POST", headers: Headers | None = None, **scope: Any) -> Application:
    application = Application()
    whole = {"type": "http", "method": method, "headers": headers or [], **scope}
    asyncio.run(asyncio.wait_for(WholeBody(application)(whole, caller.receive, caller.send), 5))
    return application


@pytest.mark.parametrize(
    "messages",
    [
        [part(b"{}", more=False)],
        [part(b"{"), part(b"}"), part(b"", more=False)],
        [part(b""), part(b"{}"), {"type": "http.request"}],
    ],
)
def test_parts_become_one_body_with_its_length(messages: list[Message]) -> None:
    kept = (b"content-type", b"application/json")
    application = call(Caller(*messages), headers=[kept, (b"transfer-encoding", b"chunked")])
    assert application.bodies == [b"{}"]
    assert application.headers == [kept, (b"content-length", b"2")]


def test_a_length_that_lies_is_put_right() -> None:
    application = call(Caller(part(b"{}", more=False)), headers=[(b"content-length", b"1")])
    assert application.headers == [(b"content-length", b"2")]


def test_no_body_is_an_empty_one() -> None:
    application = call(Caller({"type": "http.request"}))
    assert (application.bodies, application.headers) == ([b""], [(b"content-length", b"0")])


def test_the_largest_body_passes() -> None:
    application = call(Caller(part(b"x" * (MOST - 1)), part(b"x", more=False)))
    assert len(application.bodies[0]) == MOST


def test_of_a_larger_one_no_more_is_read_than_shows_it() -> None:
    caller = Caller(*[part(b"x" * 1000)] * 5000)
    application = call(caller)
    assert application.headers == [(b"content-length", b"%d" % (MOST + 1))]
    assert len(caller.waiting) > 3900


def test_of_one_that_says_so_nothing_is_read() -> None:
    caller = Caller(part(b"x", more=False))
    application = call(caller, headers=[(b"content-length", b"%d" % (MOST + 1))])
    assert application.headers == [(b"content-length", b"%d" % (MOST + 1))]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_method_without_a_body_goes_straight_on(method: str) -> None:
    application = call(Caller(part(b"x", more=False)), method=method)
    assert application.headers == []


def test_who_goes_away_reaches_nobody() -> None:
    caller = Caller(part(b"{"), {"type": "http.disconnect"})
    application = call(caller)
    assert (application.bodies, caller.got) == ([], [])


def test_who_is_too_slow_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.01)
    caller = Caller(part(b"{"))
    application = call(caller)
    assert application.bodies == []
    start, body = caller.got
    assert start["status"] == 408
    assert (b"content-type", b"application/problem+json") in start["headers"]
    assert orjson.loads(body["body"])["code"] == "body_too_slow"

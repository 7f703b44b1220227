"""Requests in threads: an answer that is whole goes in one step, one that streams goes chunk by chunk."""

import asyncio
from collections.abc import Iterator
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from clavitor.base.request_body import Message
from clavitor.base.request_threads import RequestThreads

SCOPE: Message = {
    "type": "http",
    "method": "POST",
    "path": "/somewhere",
    "query_string": b"name=\xc3\xa9",
    "headers": [(b"content-length", b"4")],
    "http_version": "1.1",
    "scheme": "http",
    "server": ("127.0.0.1", 80),
    "client": ("127.0.0.1", 1234),
}


class Handler(WSGIHandler):
    """Answers `response`, and remembers what it was asked."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response

    def __call__(self, environ: dict[str, Any], start_response: Any) -> HttpResponseBase:
        self.body, self.query = environ["wsgi.input"].read(), environ["QUERY_STRING"]
        headers = [*self.response.items(), ("Set-Cookie", "a=b")]
        start_response(f"{self.response.status_code} {self.response.reason_phrase}", headers)
        return self.response


def ask(handler: Handler) -> list[Message]:
    """What is sent for one request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"asked", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(RequestThreads(handler, threads=1)(SCOPE, receive, send))
    return sent


def test_a_whole_answer_goes_in_one_step() -> None:
    handler = Handler(HttpResponse(b"said", status=201))
    start, body = ask(handler)
    assert (start["status"], body) == (201, {"type": "http.response.body", "body": b"said"})
    assert (b"set-cookie", b"a=b") in start["headers"]
    assert (handler.body, handler.query) == (b"asked", "name=%C3%A9")
    assert handler.response.closed


def test_a_stream_goes_chunk_by_chunk_and_is_closed_at_its_end() -> None:
    chunks = [b"one", b"two"]
    handler = Handler(StreamingHttpResponse(iter(chunks)))
    start, *parts, end = ask(handler)
    assert start["status"] == 200
    assert [(part["body"], part["more_body"]) for part in parts] == [(b"one", True), (b"two", True)]
    assert end == {"type": "http.response.body", "body": b""}
    assert handler.response.closed


def test_a_stream_that_breaks_off_is_closed_and_said_to_the_server() -> None:
    def broken() -> Iterator[bytes]:
        yield b"one"
        raise OSError("the disk is gone")

    handler = Handler(StreamingHttpResponse(broken()))
    try:
        ask(handler)
    except OSError as error:
        assert str(error) == "the disk is gone"
    else:
        raise AssertionError("the failure was swallowed")
    assert handler.response.closed

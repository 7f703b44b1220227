"""ASGI: a request's body is read whole before a thread is spent on it.

Django's threads are few, and WSGI can't see the end of a body that was announced without its length (chunked, HTTP/2).
So the body is gathered here, where waiting costs nothing, and goes on with its true length.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

from clavitor.base.problems import problem_response

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

BODY_SECONDS = 30.0  # for the whole body to come
BODILESS = {"GET", "HEAD"}


class WholeBody:
    """Wraps an ASGI application. A body over MAX_BODY_BYTES is cut off one byte later: enough to be refused for."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["method"] in BODILESS or _announces_too_much(scope):
            await self.application(scope, _once(b""), send)
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _gather(receive)
        except TimeoutError:
            await _refuse_slow(send)
        except ConnectionAbortedError:
            return  # there is nobody to answer
        else:
            await self.application(_with_length(scope, len(body)), _once(body), send)


def _announces_too_much(scope: Message) -> bool:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return any(value.isdigit() and int(value) > settings.MAX_BODY_BYTES for value in lengths)


async def _gather(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more and len(body) <= settings.MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body[: settings.MAX_BODY_BYTES + 1])


def _with_length(scope: Message, length: int) -> Message:
    kept = [header for header in scope["headers"] if header[0] not in (b"content-length", b"transfer-encoding")]
    return {**scope, "headers": [*kept, (b"content-length", str(length).encode())]}


def _once(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _refuse_slow(send: Send) -> None:
    answer = problem_response(
        408, "body_too_slow", f"The body didn't come within {BODY_SECONDS:.0f} seconds. Send it again, faster."
    )
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})

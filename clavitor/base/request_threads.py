"""ASGI: ordinary requests run in Django's WSGI handler, in threads.

The environment is a2wsgi's. Its way of running the handler isn't used: it passes an answer piece by piece through a
queue, which measured a third of the time of a page. An answer that is whole goes over in one step here; one that
streams goes chunk by chunk, each when the client has taken the one before, so memory stays flat.
"""

import asyncio
import io
import string
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from a2wsgi.wsgi import build_environ
from django.core.handlers.wsgi import WSGIHandler
from django.http.response import HttpResponseBase

from clavitor.base.request_body import Message, Receive, Send

SendNow = Callable[[Message], None]


class RequestThreads:
    """An ASGI application around `handler`, with `threads` requests at work at once and the others waiting."""

    def __init__(self, handler: WSGIHandler, threads: int) -> None:
        self._handler = handler
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]  # whole, as WholeBody gives it
        loop = asyncio.get_running_loop()

        async def send_message(message: Message) -> None:
            await send(message)  # the server's own awaitable is no coroutine, which other threads need

        def send_now(message: Message) -> None:
            asyncio.run_coroutine_threadsafe(send_message(message), loop).result()

        for message in await loop.run_in_executor(self._pool, self._respond, _environ(scope, body), send_now):
            await send(message)

    def _respond(self, environ: dict[str, Any], send_now: SendNow) -> list[Message]:
        """Run the handler; what is still to be sent when it is done, which for an answer that is whole is all of it."""
        started: list[tuple[str, list[tuple[str, str]]]] = []
        response = self._handler(environ, lambda status, headers, *_: started.append((status, headers)))  # type: ignore[arg-type]
        try:
            return _messages(response, *started[0], send_now)
        finally:
            response.close()  # in this thread: it gives back the thread's database connection


def _environ(scope: Message, body: bytes) -> dict[str, Any]:
    """The WSGI environment. An HTTP server lets any byte through in a query, a2wsgi only takes ASCII."""
    query = quote(scope["query_string"], safe=string.punctuation).encode()
    return dict(build_environ({**scope, "query_string": query}, io.BytesIO(body)))  # type: ignore[arg-type,typeddict-item]


def _messages(
    response: HttpResponseBase, status: str, headers: list[tuple[str, str]], send_now: SendNow
) -> list[Message]:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    start: Message = {"type": "http.response.start", "status": int(status[:3]), "headers": encoded}
    if not response.streaming:
        return [start, {"type": "http.response.body", "body": response.content}]  # type: ignore[attr-defined]
    send_now(start)
    for chunk in response:
        send_now({"type": "http.response.body", "body": chunk, "more_body": True})
    return [{"type": "http.response.body", "body": b""}]

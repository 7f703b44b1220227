"""A small feed over real HTTP on loopback, which can be told to misbehave."""

import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from tests.sync.pages import Change

Reply = tuple[int, dict[str, str], bytes]
# What a request gets instead of the right answer, made from it.
Misbehaviour = Callable[["FakeFeed", Reply], Reply | None]


class FakeFeed:
    """Objects at their latest positions. `next_answers` holds misbehaviours for the next requests of changes."""

    def __init__(self) -> None:
        self.epoch = "1"
        self.head = 0
        self.objects: dict[tuple[str, str], Change] = {}
        self.acknowledgements: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.next_answers: deque[Misbehaviour] = deque()
        self.next_ack_answers: deque[Misbehaviour] = deque()
        self.honours_wait = False
        self.url = ""

    def put(self, make: Callable[..., Change], *args: Any, **data: Any) -> None:
        """Seal one change: `put(token, id="31", status="revoked")`."""
        self.head += 1
        change = make(self.head, *args, **data)
        self.objects[change["kind"], change["id"]] = change

    def begin_epoch(self, epoch: str) -> None:
        """All that there is, at new positions, in a history of its own."""
        live = [change for change in self.objects.values() if not change["deleted"]]
        self.epoch, self.head, self.objects = epoch, len(live), {}
        for position, change in enumerate(live, 1):
            self.objects[change["kind"], change["id"]] = {**change, "position": position}

    def cursor(self, position: int) -> str:
        return f"{self.epoch}.{position}.abcd"

    def answer_changes(self, query: dict[str, list[str]]) -> Reply:
        """The page that is asked for, or the refusal."""
        epoch, position, _ = query.get("cursor", [self.cursor(0)])[0].split(".")
        limit, wait = int(query["limit"][0]), int(query["wait"][0])
        if epoch != self.epoch:
            return problem(409, "epoch_changed")
        if int(position) > self.head:
            return problem(409, "cursor_from_future")
        until = time.monotonic() + wait
        while self.honours_wait and self.head == int(position) and time.monotonic() < until:
            time.sleep(0.01)
        rest = [change for change in self.objects.values() if change["position"] > int(position)]
        changes = sorted(rest, key=lambda change: change["position"])[:limit]
        to = self.head if len(changes) == len(rest) else changes[-1]["position"]
        return json_reply(200, {
            "epoch": self.epoch, "from": int(position), "to": to, "head": self.head, "more": to < self.head,
            "cursor": self.cursor(to), "changes": changes, "checkpoint": None,
        })  # fmt: skip

    def answer_ack(self, body: dict[str, Any]) -> Reply:
        """Note the acknowledgement."""
        self.acknowledgements.append(body)
        position = int(body["cursor"].split(".")[1])
        return json_reply(200, {"cursor": body["cursor"], "head": self.head, "lag": self.head - position})


def json_reply(status: int, body: Any, **headers: str) -> Reply:
    kind = "application/json" if status == 200 else "application/problem+json"
    return status, {"Content-Type": kind, **headers}, orjson.dumps(body)


def problem(status: int, code: str, **headers: str) -> Reply:
    """A refusal, as the service words it."""
    body = {"type": "about:blank", "title": "No", "status": status, "code": code, "detail": f"Because of {code}."}
    return json_reply(status, body, **{name.replace("_", "-"): value for name, value in headers.items()})


def refuses(status: int, code: str, **headers: str) -> Misbehaviour:
    """That problem instead."""
    return lambda feed, reply: problem(status, code, **headers)


def says(status: int, body: bytes, **headers: str) -> Misbehaviour:
    """Something else altogether."""
    return lambda feed, reply: (status, headers, body)


def changes_page(change: Callable[[dict[str, Any]], Any]) -> Misbehaviour:
    """The right page, but for what `change` does to it."""

    def misbehave(feed: FakeFeed, reply: Reply) -> Reply:
        answer = orjson.loads(reply[2])
        change(answer)
        return json_reply(200, answer)

    return misbehave


def truncates(feed: FakeFeed, reply: Reply) -> Reply:
    """Half a page, as if that were all."""
    return reply[0], reply[1], reply[2][: len(reply[2]) // 2]


def breaks_off(feed: FakeFeed, reply: Reply) -> Reply:
    """Half of what it announces."""
    return reply[0], {**reply[1], "Content-Length": str(len(reply[2]))}, reply[2][: len(reply[2]) // 2]


def resets(feed: FakeFeed, reply: Reply) -> None:
    """No answer: the connection is reset."""


def dawdles(seconds: float) -> Misbehaviour:
    """The right answer, too late."""

    def misbehave(feed: FakeFeed, reply: Reply) -> Reply:
        time.sleep(seconds)
        return reply

    return misbehave


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    feed: FakeFeed

    def do_GET(self) -> None:
        feed, url = self.feed, urlsplit(self.path)
        feed.requests.append((url.path, self.headers.get("Authorization", "")))
        self._send(feed.answer_changes(parse_qs(url.query)), feed.next_answers)

    def do_POST(self) -> None:
        feed, body = self.feed, orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        feed.requests.append((self.path, self.headers.get("Authorization", "")))
        self._send(feed.answer_ack(body), feed.next_ack_answers)

    def _send(self, right: Reply, misbehaviours: deque[Misbehaviour]) -> None:
        reply = misbehaviours.popleft()(self.feed, right) if misbehaviours else right
        if reply is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        status, headers, body = reply
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.close_connection or headers.get("Content-Length", str(len(body))) != str(len(body))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what the tests want to know is in `requests`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A follower that gave up waiting is no news."""


@contextmanager
def serving() -> Iterator[FakeFeed]:
    """A feed at `feed.url` for the length of the block."""
    feed = FakeFeed()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"feed": feed}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    feed.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield feed
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

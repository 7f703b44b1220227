"""The server as its callers meet it: bodies, queries and callers that no test client would send, and the lifespan."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from pytest_django import DjangoDbBlocker

from clavitor import asgi
from tests import serving
from tests.database import committed_database
from tests.torture.processes import Server

VALUE = b"c2VjcmV0LXZhbHVl"
MOST = 1024 * 1024


@pytest.fixture(scope="module")
def server(
    django_db_setup: str, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with (
        django_db_blocker.unblock(),
        committed_database(django_db_setup) as database,
        serving.serving(database, folder) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return serving.new_key()


@pytest.fixture
def pop(server: Server, key: str) -> Iterator[httpx.Client]:
    with serving.client(server, key) as client:
        yield client


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def raw(server: Server, request: bytes) -> bytes:
    """What comes back for those bytes, until the server closes."""
    with connect(server) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def request_lines(key: str, first: bytes, *headers: bytes) -> bytes:
    lines = [first, b"Host: localhost", b"Authorization: Bearer " + key.encode(), b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"", b""])


def chunks(*parts: bytes) -> Iterator[bytes]:
    """Without a length httpx sends them chunked."""
    yield from parts


JSON = {"Content-Type": "application/json"}


def test_a_chunked_body_is_read_like_any_other(pop: httpx.Client) -> None:
    cursor = pop.get("/head").json()["cursor"].encode()
    answer = pop.post("/ack", content=chunks(b'{"cursor":', b'"' + cursor, b'"}'), headers=JSON)
    assert (answer.status_code, answer.json()["cursor"]) == (200, cursor.decode())


def test_a_chunked_body_over_a_mebibyte_is_refused(pop: httpx.Client) -> None:
    answer = pop.post("/ack", content=chunks(*[b" " * 65536] * 17), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert pop.get("/head").status_code == 200


def test_a_body_of_a_length_over_a_mebibyte_is_refused_before_it_is_sent(server: Server, key: str) -> None:
    asked = request_lines(key, b"POST /api/v1/sync/ack HTTP/1.1", b"Content-Length: %d" % (MOST + 1))
    assert b'"code":"body_too_large"' in raw(server, asked)


def test_a_mebibyte_itself_is_read(pop: httpx.Client) -> None:
    for content in (b" " * MOST, chunks(b" " * MOST)):
        answer = pop.post("/ack", content=content, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_nothing_of_a_key_like_field_is_logged(pop: httpx.Client, server: Server) -> None:
    body = b'{"cursor":"1.0.0","l1":"' + VALUE + b'"}'
    for content in (body, chunks(body)):
        answer = pop.post("/ack", content=content, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "content_refused")
        assert VALUE not in answer.content
    pop.get("/head", headers={"X-Clavitor-L1": VALUE.decode()})
    pop.get("/head", params={"prf": VALUE.decode()})
    assert VALUE not in server.log.read_bytes()


def test_bytes_beyond_ascii_in_a_query_are_no_failure(server: Server, key: str) -> None:
    answer = raw(server, request_lines(key, "GET /api/v1/sync/changes?cursor=ä%41 HTTP/1.1".encode()))
    assert answer.startswith(b"HTTP/1.1 400")
    assert "'äA' is not a cursor".encode() in answer


def test_callers_who_dawdle_over_their_bodies_hold_nobody_up(server: Server, key: str, pop: httpx.Client) -> None:
    with ExitStack() as dawdling:
        for _ in range(asgi.REQUEST_THREADS + 8):
            connection = dawdling.enter_context(connect(server))
            connection.sendall(request_lines(key, b"POST /api/v1/sync/ack HTTP/1.1", b"Content-Length: 40") + b"{")
        time.sleep(0.2)
        assert pop.get("/head", timeout=5).status_code == 200


def test_a_caller_who_goes_away_amid_its_body_is_no_failure(server: Server, key: str, pop: httpx.Client) -> None:
    with connect(server) as connection:
        connection.sendall(request_lines(key, b"POST /api/v1/sync/ack HTTP/1.1", b"Content-Length: 40") + b"{")
        time.sleep(0.1)
    time.sleep(0.2)
    assert pop.get("/head").status_code == 200
    assert b"Traceback" not in server.log.read_bytes()


@pytest.mark.parametrize("first", [b"GET /api/v1/%FF%00 HTTP/1.1", b"BREW /api/v1/sync/head HTTP/1.1",
                                   b"POST /api/v1/sync/changes HTTP/1.1"])  # fmt: skip
def test_odd_requests_get_problems(server: Server, key: str, first: bytes) -> None:
    answer = raw(server, request_lines(key, first, b"Content-Length: 0"))
    assert answer.split()[1] in (b"404", b"405")
    assert b"application/problem+json" in answer


def test_who_asks_for_a_websocket_gets_an_ordinary_answer(server: Server, key: str) -> None:
    upgrade = [b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    asked = request_lines(key, b"GET /api/v1/sync/head HTTP/1.1", *upgrade).replace(b": close", b": Upgrade")
    with connect(server) as connection:
        connection.sendall(asked)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert b"Traceback" not in server.log.read_bytes()


def test_a_caller_who_goes_away_at_once_is_no_failure(server: Server, key: str, pop: httpx.Client) -> None:
    for _ in range(20):
        with connect(server) as connection:
            connection.sendall(request_lines(key, b"GET /api/v1/sync/changes HTTP/1.1"))
    time.sleep(0.3)
    assert pop.get("/head").status_code == 200
    assert b"Traceback" not in server.log.read_bytes()


class FakeSealer:
    def __init__(self) -> None:
        self.told: list[str] = []

    def start(self) -> None:
        self.told.append("start")

    def stop(self) -> None:
        self.told.append("stop")


def test_the_sealer_lives_as_long_as_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    sealer, sent = FakeSealer(), []
    monkeypatch.setattr(asgi, "Sealer", lambda: sealer)
    monkeypatch.setattr(asgi, "_end_with_parent", lambda: sealer.told.append("bound to its parent"))
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> dict[str, str]:
        return next(messages)

    async def send(message: dict[str, str]) -> None:
        sent.append((message["type"], list(sealer.told)))

    asyncio.run(asgi.application({"type": "lifespan"}, receive, send))
    assert sent == [
        ("lifespan.startup.complete", ["bound to its parent", "start"]),
        ("lifespan.shutdown.complete", ["bound to its parent", "start", "stop"]),
    ]

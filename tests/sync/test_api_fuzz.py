"""Whatever is sent, the sync API answers rightly or with a problem, never with a failure."""

from typing import Any
from urllib.parse import quote

import orjson
import pytest
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clavitor.base import secrets
from sync.models import SyncHead
from tests import factories

SECRET = secrets.mint("cvp_")
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(max_size=90) | st.from_regex(r"[0-9]{1,20}\.[0-9]{1,20}\.[0-9a-f]{16}", fullmatch=True)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
names = st.sampled_from(["cursor", "limit", "wait", "after", "root", "error"]) | st.text(max_size=20)
parameters = st.lists(st.tuples(names, texts | st.integers().map(str)), max_size=4)


@pytest.fixture
def pop(db: None) -> Client:
    factories.PopKeyFactory(key_hash=SECRET.hash)
    return Client(headers={"authorization": f"Bearer {SECRET.secret}"}, raise_request_exception=False)


def check(answer: HttpResponse) -> None:
    """Right, or a problem with a code."""
    assert answer.status_code in (200, 400, 409, 413, 415), answer.content
    if answer.status_code != 200:
        assert answer["Content-Type"] == "application/problem+json"
        told = answer.json()
        assert told["code"] and told["detail"]
        assert told["status"] == answer.status_code


@FUZZ
@given(call=st.sampled_from(["changes", "head"]), given_parameters=parameters)
def test_any_query(pop: Client, call: str, given_parameters: list[tuple[str, str]]) -> None:
    encoded = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in given_parameters)
    check(pop.get(f"/api/v1/sync/{call}?{encoded}"))


@FUZZ
@given(query=st.binary(max_size=60))
def test_any_bytes_of_a_query(pop: Client, query: bytes) -> None:
    check(pop.get("/api/v1/sync/changes", QUERY_STRING=query.decode("latin-1")))


@FUZZ
@given(body=values | st.dictionaries(names, values, max_size=4))
def test_any_json(pop: Client, body: Any) -> None:
    check(pop.generic("POST", "/api/v1/sync/ack", orjson.dumps(body), "application/json"))


@FUZZ
@given(body=st.binary(max_size=100), kind=st.sampled_from(["application/json", "application/json; charset=x", "", "x"]))
def test_any_bytes(pop: Client, body: bytes, kind: str) -> None:
    check(pop.generic("POST", "/api/v1/sync/ack", body, kind))


@FUZZ
@given(epoch=st.booleans(), position=st.integers(0, 10**18 - 1), chain=st.booleans())
def test_any_cursor_of_the_right_form(pop: Client, epoch: bool, position: int, chain: bool) -> None:
    head = SyncHead.objects.get()
    cursor = f"{head.epoch if epoch else 1}.{position}.{head.chain[:16] if chain else 'f' * 16}"
    for answer in (pop.get("/api/v1/sync/changes", {"cursor": cursor}),
                   pop.post("/api/v1/sync/ack", {"cursor": cursor}, "application/json")):  # fmt: skip
        check(answer)
        assert (answer.status_code == 200) is (epoch and chain and position == 0)

"""How a POP proves who it is, and what it hears when it can't."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clavitor.base import secrets
from sync import operations
from sync.models import Pop, PopKey, PopStatus
from tests import factories

pytestmark = pytest.mark.django_db

HEAD = "/api/v1/sync/head"
NOW = timezone.now()
SECRET = secrets.mint("cvp_")
SECRETS = [SECRET.secret, secrets.mint("cvp_").secret]


@pytest.fixture
def pop() -> Pop:
    return factories.PopFactory(pop_id="pop-zurich-01")


def ask(client: Client, authorization: str | bytes | None) -> tuple[int, str]:
    """The status, and the code if it is a refusal."""
    headers: dict[str, Any] = {} if authorization is None else {"authorization": authorization}
    answer = client.get(HEAD, headers=headers)
    if answer.status_code == 200:
        return 200, ""
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    if answer.status_code == 401:
        assert answer["WWW-Authenticate"] == 'Bearer realm="clavitor"'
    assert all(secret not in answer.text for secret in SECRETS)
    return answer.status_code, told["code"]


def key_of(pop: Pop, **facts: Any) -> PopKey:
    return factories.PopKeyFactory(pop=pop, key_hash=SECRET.hash, **facts)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_live_key_opens(client: Client, pop: Pop, scheme: str) -> None:
    key_of(pop)
    assert ask(client, f"{scheme} {SECRET.secret}") == (200, "")


@pytest.mark.parametrize("authorization", [None, "", " "])
def test_none_is_missing(client: Client, pop: Pop, authorization: str | None) -> None:
    key_of(pop)
    assert ask(client, authorization) == (401, "key_missing")


MALFORMED = [
    "Bearer", "Bearer ", SECRET.secret, f"Basic {SECRET.secret}", f"Bearer  x {SECRET.secret}",
    f"Token {SECRET.secret}",
    f"Bearer {SECRET.secret} x", f"Bearer {SECRET.secret[:-1]}", f"Bearer {SECRET.secret}0",
    f"Bearer {SECRET.secret.lower()}",
    f"Bearer {SECRET.secret.replace('cvp_', 'cvt_')}", f"Bearer {SECRET.secret.removeprefix('cvp_')}", "Bearer cvp_",
    f"Bearer {SECRET.hash}", "Bearer " + "cvp_" + "é" * 49, "Bearer " + "x" * 100_000,
    f"Bearer {SECRET.secret}, Bearer {SECRET.secret}",
    f"Bearer '{SECRET.secret}'",
]  # fmt: skip


@pytest.mark.parametrize("authorization", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_mistyped_is_malformed(client: Client, pop: Pop, authorization: str) -> None:
    key_of(pop)
    assert ask(client, authorization) == (401, "malformed_key")


def test_a_key_that_nobody_has_is_unknown(client: Client, pop: Pop) -> None:
    assert ask(client, f"Bearer {SECRET.secret}") == (401, "unknown_key")


@pytest.mark.parametrize("facts", [
    {"revoked_at": NOW}, {"revoked_at": NOW + timedelta(days=1)}, {"expires_at": NOW},
    {"expires_at": NOW - timedelta(days=9)},
    {"revoked_at": NOW, "expires_at": NOW + timedelta(days=1)},
])  # fmt: skip
def test_a_key_that_has_ended_is_expired(client: Client, pop: Pop, facts: dict[str, Any]) -> None:
    key_of(pop, **facts)
    assert ask(client, f"Bearer {SECRET.secret}") == (401, "expired_key")


def test_a_key_ends_at_its_moment(client: Client, pop: Pop) -> None:
    key = key_of(pop, expires_at=NOW)
    assert key.is_live(NOW - timedelta(microseconds=1))
    assert not key.is_live(NOW)


def test_rotation_leaves_no_gap(client: Client, pop: Pop) -> None:
    """Two live keys at once, then the new one alone."""
    _, old = operations.add_pop_key(pop=pop, at=NOW)
    _, new = operations.rotate_pop_key(pop=pop, overlap_seconds=3600, at=NOW)
    assert ask(client, f"Bearer {old}") == ask(client, f"Bearer {new}") == (200, "")
    PopKey.objects.filter(key_hash=secrets.hash_secret(old)).update(expires_at=NOW)
    assert ask(client, f"Bearer {old}") == (401, "expired_key")
    assert ask(client, f"Bearer {new}") == (200, "")


@pytest.mark.parametrize(("method", "address"), [("get", "changes"), ("get", "head"), ("post", "ack"), ("put", "ack")])
def test_a_paused_pop_is_refused_everything_and_let_in_again(
    client: Client, pop: Pop, method: str, address: str
) -> None:
    key_of(pop)
    Pop.objects.update(status=PopStatus.PAUSED)
    headers = {"authorization": f"Bearer {SECRET.secret}"}
    answer = getattr(client, method)(f"/api/v1/sync/{address}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "pop_paused")
    Pop.objects.update(status=PopStatus.ACTIVE)
    assert ask(client, headers["authorization"]) == (200, "")


def test_a_paused_pop_with_a_dead_key_learns_nothing_of_the_pause(client: Client, pop: Pop) -> None:
    key_of(pop, revoked_at=NOW)
    Pop.objects.update(status=PopStatus.PAUSED)
    assert ask(client, f"Bearer {SECRET.secret}") == (401, "expired_key")


def test_a_pop_with_an_error_is_let_in(client: Client, pop: Pop) -> None:
    key_of(pop)
    Pop.objects.update(status=PopStatus.ERROR)
    assert ask(client, f"Bearer {SECRET.secret}") == (200, "")


def test_each_key_is_of_its_own_pop(client: Client, pop: Pop) -> None:
    other = factories.PopFactory(paused=True)
    factories.PopKeyFactory(pop=other, key_hash=SECRET.hash)
    _, mine = operations.add_pop_key(pop=pop, at=NOW)
    assert ask(client, f"Bearer {SECRET.secret}") == (403, "pop_paused")
    assert ask(client, f"Bearer {mine}") == (200, "")


def test_a_session_of_the_admin_is_no_key(client: Client) -> None:
    client.force_login(factories.OperatorFactory())
    assert ask(client, None) == (401, "key_missing")


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))  # xdist needs the same names everywhere
def test_no_key_is_ever_logged(client: Client, pop: Pop, caplog: pytest.LogCaptureFixture, secret: str) -> None:
    """Neither one that opens nor one that is unknown or mistyped."""
    caplog.set_level(logging.DEBUG)
    key_of(pop)
    ask(client, f"Bearer {secret}")
    ask(client, f"Bearer {secret}x")
    client.get(f"{HEAD}?key={secret}")
    assert secret not in caplog.text

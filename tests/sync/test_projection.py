"""The projection: what a POP is told of an object, byte for byte in RFC 8785's canonical JSON (RULES 27, 33)."""

import base64
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Subscription
from tests import factories
from tests.catalogue import rows
from vaults.models import AgentToken, Credential, Vault

KEYS = {
    "sync_vaults": ("l0 tenant_id owner_human_id status status_reason plan max_devices max_tokens ends_at created_at"),
    "sync_credentials": "id human_id p0 l0 credential_id wl3_path enrolled_by created_at status",
    "sync_agent_tokens": "id vault_l0 name token_hash scopes all_access created_by created_at expires_at status",
}
WHOLE_SECOND = datetime(2026, 4, 5, 6, 7, 8, tzinfo=UTC)
NASTY = [
    'quoted "name"', "back\\slash", "slash/", "tab\tnewline\nreturn\rbackspace\bfeed\f", "bell\x07 escape\x1b unit\x1f",
    "delete\x7f", "\u2028 and \u2029", "emoji 🔐👩‍🚒", "ümlaut ümlaut", "\ufeffbom", "</script>",
    "عربى", "%s %(x)s {}", "",
]  # fmt: skip
MOMENTS = {
    WHOLE_SECOND: "2026-04-05T06:07:08Z",
    WHOLE_SECOND.replace(microsecond=500_000): "2026-04-05T06:07:08.500000Z",
    WHOLE_SECOND.replace(microsecond=1): "2026-04-05T06:07:08.000001Z",
    datetime(1, 1, 1, tzinfo=UTC): "0001-01-01T00:00:00Z",
    datetime(9999, 12, 31, 23, 59, 58, 999_999, tzinfo=UTC): "9999-12-31T23:59:58.999999Z",
    datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC): "2024-02-29T23:59:59Z",
}


def canonical(value: Any) -> str:
    """RFC 8785 for what the feed holds: sorted ASCII keys, strings, integers, booleans, nulls."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def rfc3339(at: datetime | None) -> str | None:
    return at and at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def text(id_: int | None) -> str | None:
    return None if id_ is None else str(id_)


def projected(view: str) -> str:
    """The data of the one object in that view."""
    [(data,)] = rows(f"SELECT data FROM {view}")
    return data


def expected_vault(vault: Vault, subscription: Subscription | None, status: str, reason: str | None) -> str:
    return canonical(
        {
            "l0": vault.l0,
            "tenant_id": text(vault.tenant_id),
            "owner_human_id": text(vault.owner_human_id),
            "status": status,
            "status_reason": reason,
            "plan": subscription and str(subscription.plan),
            "max_devices": subscription and subscription.max_devices,
            "max_tokens": subscription and subscription.max_tokens,
            "ends_at": subscription and rfc3339(subscription.ends_at),
            "created_at": rfc3339(vault.created_at),
        }
    )


def expected_credential(device: Credential, status: str) -> str:
    return canonical(
        {
            "id": text(device.pk),
            "human_id": text(device.human_id),
            "p0": device.p0,
            "l0": device.vault_id,
            "credential_id": base64.urlsafe_b64encode(bytes(device.credential_id)).rstrip(b"=").decode(),
            "wl3_path": device.wl3_path,
            "enrolled_by": text(device.enrolled_by_id),
            "created_at": rfc3339(device.created_at),
            "status": status,
        }
    )


def expected_token(token: AgentToken) -> str:
    return canonical(
        {
            "id": text(token.pk),
            "vault_l0": token.vault_id,
            "name": token.name,
            "token_hash": token.token_hash,
            "scopes": token.scopes,
            "all_access": token.all_access,
            "created_by": text(token.created_by_id),
            "created_at": rfc3339(token.created_at),
            "expires_at": rfc3339(token.expires_at),
            "status": str(token.status),
        }
    )


@pytest.mark.parametrize(("view", "keys"), KEYS.items())
def test_the_keys_are_those_of_the_protocol(db: None, view: str, keys: str) -> None:
    vault = factories.VaultFactory()
    factories.CredentialFactory(vault=vault)
    factories.AgentTokenFactory(vault=vault)
    assert list(orjson.loads(projected(view))) == sorted(keys.split())


def test_a_vault_in_force(db: None) -> None:
    vault = factories.VaultFactory(owned=True, subscription__ends_at=WHOLE_SECOND)
    assert projected("sync_vaults") == expected_vault(vault, vault.subscription, "active", None)


def test_a_vault_without_anything(db: None) -> None:
    vault = factories.VaultFactory(subscription=None, created_at=WHOLE_SECOND)
    assert projected("sync_vaults") == expected_vault(vault, None, "suspended", "no_subscription")


def test_a_vault_tells_its_effective_status_and_the_reason(db: None) -> None:
    vault = factories.VaultFactory(tenant__suspended=True)
    assert projected("sync_vaults") == expected_vault(vault, vault.subscription, "suspended", "tenant_suspended")


@pytest.mark.parametrize(
    ("human", "status"), [("active", "active"), ("inactive", "suspended"), ("suspended", "suspended")]
)
def test_a_device_is_suspended_while_its_person_is_not_active(db: None, human: str, status: str) -> None:
    device = factories.CredentialFactory(human__status=human)
    assert projected("sync_credentials") == expected_credential(device, status)


def test_a_device_that_another_enrolled(db: None) -> None:
    device = factories.CredentialFactory(enrolled_by=factories.HumanFactory(), created_at=WHOLE_SECOND)
    assert projected("sync_credentials") == expected_credential(device, "active")


def test_a_revoked_device_is_not_there(db: None) -> None:
    factories.CredentialFactory(revoked=True)
    assert rows("SELECT * FROM sync_credentials") == []


@pytest.mark.parametrize("length", [0, 1, 2, 3, 64, 1023])
def test_credential_ids_are_base64url_without_padding(db: None, length: int) -> None:
    """Also beyond 57 bytes, where PostgreSQL breaks the line, and with all 64 digits."""
    device = factories.CredentialFactory(credential_id=bytes(255 - i % 256 for i in range(length)))
    assert projected("sync_credentials") == expected_credential(device, "active")


@pytest.mark.parametrize("trait", ["all_scopes", "scoped", "endless", "revoked", "overdue", "expired"])
def test_a_token_in_each_state_stays_in_the_feed_as_it_is_stored(db: None, trait: str) -> None:
    """`overdue` too is told as active: its expiry travels with it, and nothing here reads the clock."""
    token = factories.AgentTokenFactory(**{trait: True})
    assert projected("sync_agent_tokens") == expected_token(token)


def test_a_token_with_its_maker(db: None) -> None:
    token = factories.AgentTokenFactory(created_by=factories.HumanFactory())
    assert projected("sync_agent_tokens") == expected_token(token)


@pytest.mark.parametrize("name", NASTY)
def test_nasty_text_is_canonical(db: None, name: str) -> None:
    token = factories.AgentTokenFactory(name=name)
    assert projected("sync_agent_tokens") == expected_token(token)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_is_canonical(db: None, name: str) -> None:
    [(data,)] = rows("SELECT row_to_json(d)::text FROM (SELECT %s::text AS name) d", [name])
    assert data == canonical({"name": name})


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize(("at", "told"), MOMENTS.items())
def test_times_are_utc_with_microseconds_only_where_there_are_some(
    db: None, zone: str, at: datetime, told: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL TIME ZONE '{zone}'")
    assert rows("SELECT rfc3339(%s)", [at]) == [(told,)]
    assert rfc3339(at) == told


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("NULL", None),
        ("'-infinity'", "0001-01-01T00:00:00Z"),
        ("'0044-03-15 BC'", "0001-01-01T00:00:00Z"),
        ("'infinity'", "9999-12-31T23:59:59Z"),
        ("'12026-01-01'", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_time_that_can_not_be_told_is_never_told_as_none(db: None, at: str, told: str | None) -> None:
    """A token that raw SQL let expire at -infinity must not reach a POP as one that never expires."""
    assert rows(f"SELECT rfc3339({at})") == [(told,)]


@pytest.mark.parametrize(("data", "deleted"), [('{"l0":"000000aa"}', False), (None, True)])
def test_a_change_is_canonical_too(db: None, data: str | None, deleted: bool) -> None:
    change = {"position": 7, "kind": "vault", "id": "000000aa", "deleted": deleted, "data": data and orjson.loads(data)}
    assert rows("SELECT sync_change('vault', '000000aa', 7, %s)", [data]) == [(canonical(change),)]

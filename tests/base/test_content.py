"""Content-blindness: what looks like key material is told by its name, however it is written or hidden."""

from typing import Any

import pytest

from clavitor.base import content
from clavitor.base.content import ContentRefused

KEY_LIKE = [
    "l1", "L2", "l3", "X-Clavitor-L1", "X_CLAVITOR_L3", "x.clavitor.l2", "XClavitorL1", "L1Key", "l1_wrapped",
    "prf", "PRF", "PRFOutput", "prfOutput", "prf-salt", "extension[prf]", "hmac-secret/prf",
    "master_key", "MasterKey", "masterKey", "MASTER-KEY", "masterkey", "theMasterKeyOfAll",
    "vault_key", "wrapping_key", "wrappedKey", "encryption-key", "privateKey", "secret key", "session_key",
    "passphrase", "userPassphrase", "mnemonic", "l1[]", " l1 ", "l1\0",
]  # fmt: skip
HARMLESS = [
    "l0", "p0", "wl3_path", "credential_id", "token_hash", "cursor", "limit", "wait", "root", "error", "scopes",
    "Authorization", "Cookie", "X-Api-Key", "Idempotency-Key", "Sec-WebSocket-Key", "X-Forwarded-For", "Content-Type",
    "key", "public_key", "monkey", "html5", "xl1x", "url1", "profile", "", "-", "ключ",
]  # fmt: skip


@pytest.mark.parametrize("name", KEY_LIKE)
def test_key_material_is_known_by_its_name(name: str) -> None:
    assert content.is_key_like(name)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_the_service_needs_is_not(name: str) -> None:
    assert not content.is_key_like(name)


@pytest.mark.parametrize("length", [39, 40, 41, 100_000])
def test_the_length_of_a_name_hides_nothing(length: int) -> None:
    assert content.is_key_like("x" * (length - 3) + "_l1")
    assert not content.is_key_like("x" * length)


def test_the_refusal_names_the_name_and_its_kind_but_not_at_any_length() -> None:
    with pytest.raises(ContentRefused) as refused:
        content.refuse_key_like(["cursor", "l1_" + "x" * 1000], "parameter")
    assert refused.value.field == "l1_" + "x" * 57
    assert "parameter" in refused.value.message
    assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    "value",
    [
        {"l1": 1},
        {"a": {"b": {"prf": None}}},
        [[[{"x": [{"master_key": ""}]}]]],
        {"harmless": [1, "l1", {"wrapped_key": []}]},
    ],
)
def test_a_name_is_found_however_deep(value: Any) -> None:
    with pytest.raises(ContentRefused):
        content.refuse_key_like_inside(value)


@pytest.mark.parametrize("value", [None, 1, "l1", ["l1", "prf"], {"a": "master_key"}, {"cursor": "l1"}, [], {}])
def test_values_are_not_names(value: Any) -> None:
    content.refuse_key_like_inside(value)


def test_depth_has_no_end() -> None:
    deep: Any = {"l1": 1}
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ContentRefused):
        content.refuse_key_like_inside(deep)

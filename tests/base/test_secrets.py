"""Secrets: what they look like, that a typing error is noticed offline, and that only a hash is kept (RULES 32)."""

import hashlib
import secrets as random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clavitor.base.secrets import ALPHABET, hash_secret, is_well_formed, mint

positions = st.integers(4, 4 + 43 + 6 - 1)


def test_a_secret_names_its_kind_and_is_53_characters_of_base62() -> None:
    secret = mint("cvp_").secret
    assert secret.startswith("cvp_")
    assert len(secret) == 4 + 43 + 6
    assert set(secret[4:]) <= set(string.ascii_letters + string.digits)


def test_no_two_are_alike() -> None:
    assert len({mint("cvp_").secret for _ in range(1000)}) == 1000


def test_what_is_kept_is_the_sha256_of_the_whole() -> None:
    minted = mint("cva_")
    assert minted.hash == hashlib.sha256(minted.secret.encode()).hexdigest() == hash_secret(minted.secret)
    assert minted.secret[4:] not in minted.hash


@pytest.mark.parametrize(
    ("bytes_", "body"),
    [(bytes(32), "0" * 43), (bytes(31) + b"\x3e", "0" * 41 + "10"), (b"\xff" * 32, None)],
)
def test_32_random_bytes_fill_the_body(monkeypatch: pytest.MonkeyPatch, bytes_: bytes, body: str | None) -> None:
    monkeypatch.setattr(random, "token_bytes", lambda length: bytes_[:length])
    secret = mint("cvp_").secret
    value = 0
    for digit in secret[4:47]:
        value = value * 62 + ALPHABET.index(digit)
    assert value == int.from_bytes(bytes_, "big")
    assert body is None or secret[4:47] == body


def test_the_check_part_never_changes_its_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets are out there for years: this one must stay well-formed."""
    monkeypatch.setattr(random, "token_bytes", bytes)
    assert mint("cvp_").secret == "cvp_" + "0" * 43 + "11KG75"


@given(position=positions, digit=st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(position: int, digit: str) -> None:
    secret = mint("cvp_").secret
    typed = secret[:position] + digit + secret[position + 1 :]
    assert is_well_formed(typed, "cvp_") == (typed == secret)


@given(position=st.integers(4, 51))
def test_two_swapped_characters_are_noticed(position: int) -> None:
    secret = mint("cvp_").secret
    typed = secret[:position] + secret[position + 1] + secret[position] + secret[position + 2 :]
    assert is_well_formed(typed, "cvp_") == (typed == secret)


@given(st.text())
def test_other_text_is_none_and_raises_nothing(text: str) -> None:
    assert not is_well_formed(text, "cvp_")
    assert not is_well_formed("cvp_" + text, "cvp_")


@pytest.mark.parametrize("change", ["longer", "shorter", "spaced", "other kind", "foreign letter", "long s"])
def test_what_is_no_secret_of_its_kind(change: str) -> None:
    secret = mint("cvp_").secret
    changed = {
        "longer": secret + "0",
        "shorter": secret[:-1],
        "spaced": f" {secret}",
        "other kind": "cva_" + secret[4:],
        "foreign letter": secret[:10] + "é" + secret[11:],
        "long s": secret[:-1] + "ſ",
    }[change]
    assert is_well_formed(secret, "cvp_")
    assert not is_well_formed(changed, "cvp_")

"""Secrets that this service makes: shown once, kept as a hash (RULES 32).

    cvp_<43 base62 characters of 32 random bytes><6 base62 characters of their CRC32>

The prefix names the kind, so that a leaked secret is recognised; the check part tells it from a lookalike, offline.
"""

import hashlib
import secrets
import string
import zlib
from typing import NamedTuple

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_BYTES = 32
BODY_LENGTH = 43  # 62**43 > 2**256
CHECK_LENGTH = 6  # 62**6 > 2**32


class MintedSecret(NamedTuple):
    """`secret` is shown once and kept nowhere; `hash` is what is stored."""

    secret: str
    hash: str


def base62(number: int, length: int) -> str:
    """`number` in base 62, padded to `length` digits."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def check_part(text: str) -> str:
    """The CRC32 of `text`, six base62 digits."""
    return base62(zlib.crc32(text.encode()), CHECK_LENGTH)


def mint(prefix: str) -> MintedSecret:
    """A new secret of the kind that `prefix` names, and its hash."""
    unchecked = prefix + base62(int.from_bytes(secrets.token_bytes(RANDOM_BYTES), "big"), BODY_LENGTH)
    secret = unchecked + check_part(unchecked)
    return MintedSecret(secret, hash_secret(secret))


def is_well_formed(secret: str, prefix: str) -> bool:
    """Whether `secret` has the form of its kind and its check part fits: a typing error, not a proof of anything."""
    unchecked, check = secret[:-CHECK_LENGTH], secret[-CHECK_LENGTH:]
    return (
        secret.startswith(prefix)
        and len(secret) == len(prefix) + BODY_LENGTH + CHECK_LENGTH
        and set(secret[len(prefix) :]) <= set(ALPHABET)
        and secrets.compare_digest(check, check_part(unchecked))
    )


def hash_secret(secret: str) -> str:
    """SHA-256 in lowercase hex. The secrets are random and long, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()

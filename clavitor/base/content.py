"""Content-blindness: what must never come in (RULES, Words). A name that looks like a key is refused unread, and
nothing of such a request is logged but that it was refused."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from clavitor.base.errors import DomainError

WORDS = {"l1", "l2", "l3", "prf", "masterkey", "passphrase", "mnemonic"}
WORDS_BEFORE_KEY = {"master", "vault", "wrapping", "wrapped", "encryption", "private", "secret", "session"}
REMEMBERED_LENGTH = 40
_BREAKS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")  # a_b, a-b, aB, ABc


class ContentRefused(DomainError):
    """A field, parameter or header whose name says that it carries key material."""

    code = "content_refused"


def is_key_like(name: str) -> bool:
    """Whether a name looks like key material: `X-Clavitor-L1`, `prf`, `master_key`, `masterKey`, `PRFOutput`, ..."""
    return _is_remembered_key_like(name) if len(name) <= REMEMBERED_LENGTH else _is_key_like(name)


def _is_key_like(name: str) -> bool:
    words = [word.lower() for word in _BREAKS.split(name) if word]
    if any(word in WORDS for word in words):
        return True
    return any(first in WORDS_BEFORE_KEY and second == "key" for first, second in zip(words, words[1:], strict=False))


# The same few names come with every request. Long ones don't, and would be the caller's to fill our memory with.
_is_remembered_key_like = lru_cache(maxsize=1024)(_is_key_like)


def refuse_key_like(names: Iterable[str], kind: str) -> None:
    """Raise ContentRefused for the first key-like one of `names`; `kind` says what they are names of."""
    for name in names:
        if is_key_like(name):
            raise ContentRefused(
                f"The {kind} {name[:60]!r} looks like key material, which this service never takes. "
                "Nothing was kept of the request. Send metadata only.",
                field=name[:60],
            )


def refuse_key_like_inside(value: Any) -> None:
    """`refuse_key_like` for every name in parsed JSON, however deep: without recursion, which has an end."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            refuse_key_like(map(str, inner), "field")
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)

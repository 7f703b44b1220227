"""What may be done to POPs and their keys. Call them through this module: `operations.rotate_pop_key(...)`.

As in `tenancy.operations`: keywords alone, `by` a human or None for the command line, `at` aware and UTC.
"""

from sync.operations.pop import PopTaken, create_pop, pause_pop, resume_pop
from sync.operations.pop_key import (
    PopKeyLimitReached,
    add_pop_key,
    is_key_of,
    live_keys,
    revoke_pop_key,
    rotate_pop_key,
)

__all__ = [
    "PopKeyLimitReached",
    "PopTaken",
    "add_pop_key",
    "create_pop",
    "is_key_of",
    "live_keys",
    "pause_pop",
    "resume_pop",
    "revoke_pop_key",
    "rotate_pop_key",
]

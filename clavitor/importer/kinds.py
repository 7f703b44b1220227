"""What a cell of the file must be, how it is staged in PostgreSQL, and which SQL makes the registry's value of it.

A check gets a cell that isn't NULL and returns what is wrong with it, or None. It reads no other cell.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Never

from clavitor.base import content

LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z
MAX_EXPONENT = 1000  # jsonb's numbers go further, but nobody's do
SQLITE_TYPES: dict[type, str] = {int: "INTEGER", float: "REAL", str: "TEXT", bytes: "BLOB"}


class Problem(NamedTuple):
    """What is wrong with a cell: a code of `report.ERRORS`, and a reason for people."""

    code: str
    reason: str


Check = Callable[[Any], Problem | None]


@dataclass(frozen=True)
class Kind:
    """One sort of column. `converted` makes of a staged value, `{}`, what the registry holds."""

    check: Check
    staged: str = "text"
    converted: str = "{}"
    secret: bool = False


def _typed(wanted: type, check: Check) -> Check:
    def typed(cell: Any) -> Problem | None:
        if type(cell) is not wanted:
            return Problem("wrong_type", f"is {SQLITE_TYPES[type(cell)]}; must be {SQLITE_TYPES[wanted]}")
        return check(cell)

    return typed


def _nothing(_cell: Any) -> None:
    """Any cell of the right type will do."""


def _text_problem(cell: str) -> Problem | None:
    if "\0" in cell:
        return Problem("nul_character", "holds a NUL character; take it out")
    if not cell.isascii():
        try:
            cell.encode()
        except UnicodeEncodeError:
            return Problem("bad_text", "is not valid UTF-8; write it anew")
    return None


def text(max_length: int, pattern: str = "", code: str = "", form: str = "") -> Kind:
    """Text of up to `max_length` characters. What isn't all `pattern`, if one is given, is a `code`: must be `form`."""
    compiled = re.compile(pattern, re.DOTALL)

    def check(cell: str) -> Problem | None:
        if problem := _text_problem(cell):
            return problem
        if len(cell) > max_length:
            return Problem("too_long", f"has {len(cell):,} characters; at most {max_length:,} fit")
        if pattern and not compiled.fullmatch(cell):
            return Problem(code, f"must be {form}")
        return None

    return Kind(_typed(str, check))


def choice(values: Iterable[Any], kind: type = str) -> Kind:
    """One of a closed list."""
    allowed = frozenset(values)
    listed = ", ".join(map(str, sorted(allowed)))

    def check(cell: Any) -> Problem | None:
        return None if cell in allowed else Problem("unknown_value", f"must be one of {listed}")

    return Kind(_typed(kind, check), staged="text" if kind is str else "bigint")


def _id_problem(cell: Any) -> Problem | None:
    if type(cell) is not int:
        return Problem("bad_id", f"is {SQLITE_TYPES[type(cell)]}; an id is an integer, 0 < id < 2^63")
    return None if cell > 0 else Problem("bad_id", "must be greater than 0")


def _time_problem(cell: int) -> Problem | None:
    if 0 <= cell <= LAST_SECOND:
        return None
    return Problem("bad_time", "must be Unix seconds between 1970 and the year 9999")


def _not_negative(cell: int) -> Problem | None:
    return None if cell >= 0 else Problem("out_of_range", "can't be negative")


def _hash_problem(cell: Any) -> Problem | None:
    """Says nothing about the value: it could be the secret itself."""
    if type(cell) is str and re.fullmatch("[0-9a-f]{64}", cell):
        return None
    return Problem("bad_hex", "must be the SHA-256 of the token, 64 lowercase hex digits; its value isn't shown here")


def _scopes_problem(cell: str) -> Problem | None:
    scopes = cell.split(",") if cell else []
    if scopes == sorted(set(scopes)) and all(re.fullmatch("[0-9a-f]{4}", scope) for scope in scopes):
        return None
    form = "must be four lowercase hex digits each, comma-separated, sorted, each once: 0001,00a1"
    return Problem("bad_scopes", form)


def _not_a_number(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def _decimal(digits: str) -> Decimal:
    number = Decimal(digits)
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError("a number is too large or too small")
    return number


def _strings(value: Any) -> Iterator[str]:
    """Every string in parsed JSON, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _json_problem(cell: str) -> Problem | None:
    if problem := _text_problem(cell):
        return problem
    try:
        value = json.loads(cell, parse_constant=_not_a_number, parse_float=_decimal)
        content.refuse_key_like_inside(value)
        return next(filter(None, map(_text_problem, _strings(value))), None)
    except content.ContentRefused as refusal:
        return Problem("content_refused", f"holds {refusal.field!r}, which looks like key material; take it out")
    except (ValueError, ArithmeticError) as error:
        return Problem("bad_json", f"is not JSON: {error}")
    except RecursionError:
        return Problem("bad_json", "is not usable JSON: it is nested too deeply")


def _json_object_problem(cell: str) -> Problem | None:
    if problem := _json_problem(cell):
        return problem
    if isinstance(json.loads(cell), dict):
        return None
    return Problem("bad_json", 'must be a JSON object, as {"vault_read": true}')


def blob(max_length: int) -> Kind:
    """1 to `max_length` bytes."""

    def check(cell: bytes) -> Problem | None:
        if not cell:
            return Problem("too_short", "is empty")
        if len(cell) > max_length:
            return Problem("too_long", f"has {len(cell):,} bytes; at most {max_length:,} fit")
        return None

    return Kind(_typed(bytes, check), staged="bytea")


ID = Kind(_id_problem, staged="bigint")
REFERENCE = Kind(_typed(int, _nothing), staged="bigint")  # a wrong one is an orphan
TIME = Kind(_typed(int, _time_problem), staged="bigint", converted="to_timestamp({})")
COUNT = Kind(_typed(int, _not_negative), staged="bigint")
INTEGER = Kind(_typed(int, _nothing), staged="bigint")
FLAG = Kind(choice((0, 1), int).check, staged="bigint", converted="({} = 1)")
HEX8 = text(1_000, "[0-9a-f]{8}", "bad_hex", "exactly 8 lowercase hex digits, as 6087adf5")
EMAIL = text(254, r"[^@\s]+@[^@\s]+", "bad_email", "an address, as name@example.com")
HASH = Kind(_hash_problem, secret=True)
SCOPES = Kind(_typed(str, _scopes_problem))
JSON = Kind(_typed(str, _json_problem), converted="{}::jsonb")
JSON_OBJECT = Kind(_typed(str, _json_object_problem), converted="{}::jsonb")

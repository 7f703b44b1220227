"""A page of the feed as a POP takes it: read strictly, before anything of it is applied.

A newer centre may send more than this POP knows. Members and fields that are unknown are ignored: they can't take back
what the known ones say. An unknown *kind* refuses the page: it may be a rule that this POP would have to obey, and to
move past its position would mean never to get it again, not even after an upgrade. A name that looks like key material
refuses the page too.
"""

from typing import Any, NamedTuple

import orjson

from clavitor.base import content
from clavitor.base.errors import Invalid
from sync.replica.rows import KINDS, Row

MEMBERS = {"epoch": str, "from": int, "to": int, "head": int, "more": bool, "cursor": str, "changes": list}
CHANGE_MEMBERS = 5


class PageRefused(Invalid):
    """The answer can't be a page of the feed; nothing of it was applied."""

    code = "page_refused"


class Removal(NamedTuple):
    """An object that is gone."""

    kind: str
    id: str
    position: int


class Page(NamedTuple):
    """What one answer brings: for each kind the rows of a replica, and what is gone. Positions lie in (start, end]."""

    epoch: str
    start: int
    end: int
    head: int
    more: bool
    cursor: str
    rows: dict[str, list[Row]]
    removals: list[Removal]

    @property
    def changes(self) -> int:
        """How many objects it brings."""
        return sum(map(len, self.rows.values())) + len(self.removals)


def parse_page(body: bytes) -> Page:
    """The page that `body` is. Raises PageRefused, which names the first thing that is wrong."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise PageRefused(f"The answer is not JSON: {error}.") from error
    page = _empty_page(answer)
    position = page.start
    for change in answer["changes"]:
        position = _take(page, change, after=position)
    return page


def _empty_page(answer: Any) -> Page:
    _check_members(answer)
    epoch, start, end, head, more, cursor, _ = (answer[member] for member in MEMBERS)
    if not epoch or not cursor:
        raise PageRefused("`epoch` and `cursor` must not be empty.")
    if not 0 <= start <= end <= head:
        raise PageRefused(f"Positions must rise: from {start}, to {end}, head {head}.")
    if more and start == end:
        raise PageRefused(f"It says that there is more, and stays at position {start}.")
    return Page(epoch, start, end, head, more, cursor, {kind: [] for kind in KINDS}, [])


def _check_members(answer: Any) -> None:
    if not isinstance(answer, dict):
        raise PageRefused("The answer is not a JSON object.")
    for member, kind in MEMBERS.items():
        if type(answer.get(member)) is not kind:
            raise PageRefused(f"`{member}` must be a JSON {kind.__name__}, and is {answer.get(member)!r:.60}.")
    _refuse_key_like(dict.fromkeys(answer), "The answer")


def _take(page: Page, change: Any, *, after: int) -> int:
    """Add one change to `page`, and return its position."""
    try:
        position = change["position"]
        if type(position) is not int or not after < position <= page.end:
            raise ValueError(f"positions must rise from {after} to at most {page.end}")
        if change["deleted"] is not (change["data"] is None):
            raise ValueError("`data` must be null for what is deleted, and for nothing else")
        (_bury if change["deleted"] else _fill)(page, change, position)
    except (KeyError, TypeError, ValueError) as error:
        raise PageRefused(_what_is_wrong(change, error)) from error
    return int(position)


def _fill(page: Page, change: dict[str, Any], position: int) -> None:
    kind, data = KINDS[change["kind"]], change["data"]
    row = kind.row(data, position)
    if data[kind.key] != change["id"]:
        raise ValueError(f"`data` is of {data[kind.key]!r:.40}")
    if len(change) != CHANGE_MEMBERS or len(data) != len(kind.columns) - 1:  # all that are known were there
        _refuse_key_like(change, _name(change))
    page.rows[change["kind"]].append(row)


def _bury(page: Page, change: dict[str, Any], position: int) -> None:
    _refuse_key_like(change, _name(change))
    page.removals.append(Removal(change["kind"], str(KINDS[change["kind"]].check_key(change["id"])), position))


def _refuse_key_like(value: dict[str, Any], name: str) -> None:
    try:
        content.refuse_key_like_inside(value)
    except content.ContentRefused as refused:
        raise PageRefused(f"{name} has a field that looks like key material: {refused.field!r}.") from refused


def _name(change: dict[str, Any]) -> str:
    return f"{change.get('kind')!s:.20} {change.get('id')!s:.40} at position {change.get('position')!s:.20}"


def _what_is_wrong(change: Any, error: Exception) -> str:
    if not isinstance(change, dict):
        return f"A change must be a JSON object, and is {change!r:.60}."
    if str(change.get("kind")) not in KINDS:
        return f"{_name(change)}: this POP doesn't know that kind. Upgrade it; until then it can't go on."
    return f"{_name(change)} is wrong: {f'it has no {error}' if isinstance(error, KeyError) else error}."

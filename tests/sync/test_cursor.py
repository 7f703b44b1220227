"""Where a POP is: what is a cursor, and which ones belong to this feed's history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.cursor import (
    Cursor,
    CursorCompacted,
    CursorFromFuture,
    EpochChanged,
    HistoryDiverged,
    MalformedCursor,
    check_cursor,
    parse_cursor,
)

CHAIN = "0123456789abcdef" * 4
MALFORMED = [
    "", " ", ".", "..", "5", "1.2", "1.2.", "1..0123456789abcdef", ".2.0123456789abcdef", "1.2.0123456789abcde",
    "1.2.0123456789abcdef0", "1.2.0123456789ABCDEF", "1.-2.0123456789abcdef", "1.2.0123456789abcdeg",
    "1.2.0123456789abcdef\n", " 1.2.0123456789abcdef", "1.2.0123456789abcdef.3", "1.2e3.0123456789abcdef",
    "1.٢.0123456789abcdef", "1.\uff12.0123456789abcdef", "12345678901234567890.2.0123456789abcdef",
    "1.1234567890123456789.0123456789abcdef", "1,2,0123456789abcdef", "null", "1.2.0123456789abcdef\0", "🔐",
    "x" * 10_000,
]  # fmt: skip


@given(
    epoch=st.integers(0, 10**19 - 1),
    position=st.integers(0, 10**18 - 1),
    chain=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)
def test_a_cursor_comes_back_as_it_was(epoch: int, position: int, chain: str) -> None:
    assert parse_cursor(str(Cursor(str(epoch), position, chain))) == Cursor(str(epoch), position, chain[:16])


@pytest.mark.parametrize("text", MALFORMED)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(MalformedCursor) as refused:
        parse_cursor(text)
    assert refused.value.field == "cursor"
    assert len(refused.value.message) < 300


@given(st.text(max_size=80))
def test_no_text_is_a_failure(text: str) -> None:
    try:
        parse_cursor(text)
    except MalformedCursor:
        return
    assert text.count(".") == 2


@pytest.mark.parametrize("position", [0, 5, 10])
def test_a_cursor_of_this_history_is_fine(position: int) -> None:
    check_cursor(Cursor("7", position, CHAIN[:16]), epoch="7", head=10, chain=CHAIN)


REFUSED = [
    (Cursor("8", 5, CHAIN[:16]), CHAIN, EpochChanged, "8"),
    (Cursor("6", 99, "f" * 16), None, EpochChanged, "6"),  # of several faults the one that says most
    (Cursor("7", 11, CHAIN[:16]), CHAIN, CursorFromFuture, "11"),
    (Cursor("7", 11, CHAIN[:16]), None, CursorFromFuture, "11"),
    (Cursor("7", 5, CHAIN[:16]), None, CursorCompacted, "5"),
    (Cursor("7", 5, "f" * 16), CHAIN, HistoryDiverged, "5"),
]


@pytest.mark.parametrize(("cursor", "chain", "error", "told"), REFUSED)
def test_any_other_is_refused_with_what_to_do(
    cursor: Cursor, chain: str | None, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=rf"\b{told}\b.*Discard the replica"):
        check_cursor(cursor, epoch="7", head=10, chain=chain)

"""Findings as lines and on the screen."""

import io
import json

import pytest

from clavitor.importer.report import MAX_VALUE, Report, shown


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, None),
        (2**63 - 1, "9223372036854775807"),
        (b"\x01\xff", "x'01ff'"),
        ("caf\udce9", "caf�"),
        ("x" * MAX_VALUE, "x" * MAX_VALUE),
        ("x" * (MAX_VALUE + 1), "x" * (MAX_VALUE - 1) + "…"),
    ],
)
def test_a_value_is_shown_readable_and_cut(cell: object, text: str | None) -> None:
    assert shown(cell) == text


def test_a_huge_blob_is_cut() -> None:
    assert len(shown(bytes(10**6)) or "") == MAX_VALUE


def test_a_line_is_ascii_json() -> None:
    stream = io.StringIO()
    Report(stream).add("orphan", "é", table="vaults", id="a", column="b", value="\x1b\u202e")
    assert stream.getvalue().isascii()
    assert json.loads(stream.getvalue()) == {
        "table": "vaults", "id": "a", "column": "b", "value": "\x1b\u202e", "reason": "é", "code": "orphan",
    }  # fmt: skip


def test_notices_are_no_errors() -> None:
    report = Report()
    report.add("cursor_dropped", "x")
    assert report.errors == 0
    assert report.first_errors == []


def test_a_code_that_is_not_documented_fails() -> None:
    with pytest.raises(KeyError):
        Report().add("oops", "x")

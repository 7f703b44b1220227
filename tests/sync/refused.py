"""What the sync API refuses with 400, by code. In a body `"$"` stands for a cursor that is right."""

from typing import Any

CHANGES: dict[str, list[str]] = {
    "min_value": ["limit=0", "limit=-1", "wait=-1"],
    "max_value": ["limit=5001", f"limit={'9' * 30}", "wait=31"],
    "max_string_length": [f"limit={'9' * 2000}"],
    "invalid": [
        *("limit=many", "limit=", "limit=5.0", "limit=1_0", "limit=+5", "limit=٥", "limit=1e3", "limit=5%00"),
        *("wait=1.5", "wait=x", "wait="),
    ],
    "repeated": ["limit=1&limit=1", "cursor=1&cursor=1"],
    "unknown_field": ["x=1", "Limit=1", "since=5", "after=1", "format=json", "format=xml", "="],
    "blank": ["cursor="],
    "max_length": [f"cursor={'1' * 81}"],
    "null_characters_not_allowed": ["cursor=a%00b"],
    "malformed_cursor": ["cursor=5", "cursor=1.2.zz", "cursor=%FF", "cursor=null", "cursor=1.2.0123456789ABCDEF"],
}
HEAD: dict[str, list[str]] = {
    "min_value": ["after=-1"],
    "max_value": [f"after={2**63}", "wait=31"],
    "invalid": ["after=x"],
    "unknown_field": ["cursor=1", "limit=1"],
    "repeated": ["after=1&after=2"],
}
BODIES: dict[str, list[Any]] = {
    "required": [b"", b"{}", {"error": "disk full"}],
    "null": [b"null", {"cursor": None}, {"cursor": "$", "error": None}, {"cursor": "$", "root": None}],
    "invalid": [
        *(b"[]", b"5", b'"x"', b"true", b'[{"cursor":"$"}]'),
        *({"cursor": value} for value in (5, True, ["x"], {})),
        *({"cursor": "$", "error": value} for value in (5, False, ["x"], {"x": "y"})),
        *({"cursor": "$", "root": value} for value in (5, "x", "A" * 64, "a" * 63, "a" * 65)),
    ],
    "parse_error": [
        *(b"{", b"cursor=1", b"{}{}", b'{"cursor":NaN}', b'{"cursor":Infinity}', b"\xef\xbb\xbf{}"),
        *(b'{"cursor":"\xff"}', b'{"cursor":"\\ud800"}', b"[" * 100_000, b" " * 1024 * 1024),
    ],
    "unknown_field": [{"cursor": "$", name: 4} for name in ("position", "Cursor", "", "errors", "ключ")],
    "blank": [{"cursor": ""}, {"cursor": "$", "error": ""}, {"cursor": "$", "error": " \n"}],
    "max_length": [{"cursor": "x" * 81}, {"cursor": "$", "error": "x" * 501}],
    "null_characters_not_allowed": [{"cursor": "1.1.x\0"}, {"cursor": "$", "error": "a\0"}],
    "malformed_cursor": [{"cursor": "nothing"}, {"cursor": "1.2"}],
}

"""What a POP takes for a page, and what it refuses before anything of it is applied."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.replica import PageRefused, Replica, parse_page
from tests.sync.pages import credential, page, removal, token, vault

ENVELOPES: list[tuple[bytes, str]] = [
    (b"", "not JSON"),
    (b'{"epoch": "1", "from": 0, "to"', "not JSON"),
    (b"<html>Sign in to this hotel's network</html>", "not JSON"),
    (b"[]", "not a JSON object"),
    (b"null", "not a JSON object"),
    (b"{}", "`epoch` must be a JSON str, and is None"),
    (page(epoch=1), "`epoch` must be a JSON str, and is 1"),
    (page(epoch=""), "must not be empty"),
    (page(cursor=""), "must not be empty"),
    (page(cursor=None), "`cursor` must be a JSON str"),
    (page(head=True), "`head` must be a JSON int, and is True"),
    (page(more=1), "`more` must be a JSON bool, and is 1"),
    (page(changes={}), "`changes` must be a JSON list"),
    (page(start=-1), "from -1, to -1, head -1"),
    (page(start=5, end=4), "from 5, to 4, head 4"),
    (page(start=5, end=6, head=5), "from 5, to 6, head 5"),
    (page(start=5, head=9), "says that there is more, and stays at position 5"),
    (page(prf="aa"), "looks like key material: 'prf'"),
]
CHANGES: list[tuple[Any, str]] = [
    (["vault"], "A change must be a JSON object"),
    ({}, "doesn't know that kind"),
    ({**vault(1), "kind": "hold"}, "hold 00000001 at position 1: this POP doesn't know that kind. Upgrade it"),
    ({**vault(1), "kind": ["vault"]}, "this POP doesn't know that kind"),
    ({**vault(1), "position": "1"}, "positions must rise from 0 to at most 9"),
    ({**vault(1), "position": True}, "positions must rise from 0 to at most 9"),
    ({**vault(1), "position": 0}, "positions must rise from 0 to at most 9"),
    ({**vault(1), "position": 10}, "positions must rise from 0 to at most 9"),
    ({**vault(1), "deleted": True}, "`data` must be null for what is deleted"),
    ({**vault(1), "deleted": 0}, "`data` must be null for what is deleted"),
    ({**vault(1), "data": None}, "`data` must be null for what is deleted"),
    ({**vault(1), "data": []}, "is wrong"),
    ({**vault(1), "id": "00000002"}, "`data` is of '00000001'"),
    (removal(1, "vault", "../../x"), "is not 8 lowercase hex digits"),
    (removal(1, "credential", "0"), "'0' is not an id"),
    ({**removal(1, "credential", "5"), "l2": "x"}, "looks like key material: 'l2'"),
    (credential(1, id="021"), "'021' is not an id"),
    (credential(1, id=" 21"), "' 21' is not an id"),
    (credential(1, id="-21"), "'-21' is not an id"),
    (credential(1, human_id=12), "12 is not an id"),
    (credential(1, human_id="x"), "invalid literal"),
    (credential(1, credential_id="a+b/"), "'a+b/' is not base64url"),
    (credential(1, credential_id="abcde"), "is wrong"),
    ({key: value for key, value in vault(1).items() if key != "deleted"}, "it has no 'deleted'"),
    (credential(1, created_at="2026-04-05T12:00:00"), "is a time without a zone"),
    (credential(1, created_at=1775390400), "is wrong"),
    (credential(1, created_at="yesterday"), "Invalid isoformat"),
    (token(1, all_access=1), "1 is neither true nor false"),
    (token(1, master_key="aa"), "looks like key material: 'master_key'"),
    (token(1, extra={"deep": [{"l3": 1}]}), "looks like key material: 'l3'"),
    ({**token(1), "data": {"id": "31"}}, "it has no 'created_by'"),
]
# What only the replica's own rules see.
VALUES: list[tuple[Any, str]] = [
    (vault(1, l0="0000000G"), "CHECK constraint failed: l0"),
    (vault(1, tenant_id=str(2**63)), "too large"),
    (vault(1, status="odd"), "CHECK constraint failed: status"),
    (vault(1, max_devices=-1), "CHECK constraint failed: max_devices"),
    (vault(1, max_devices=1.5), "cannot store REAL value in INTEGER column"),
    (vault(1, plan={"name": "Pro"}), "type 'dict' is not supported"),
    (credential(1, p0="A1B2C3D4"), "CHECK constraint failed: p0"),
    (credential(1, l0="1"), "CHECK constraint failed: l0"),
    (credential(1, status="revoked"), "CHECK constraint failed: status"),
    (credential(1, wl3_path=None), "NOT NULL constraint failed: credentials.wl3_path"),
    (token(1, vault_l0="xyz"), "CHECK constraint failed: vault_l0"),
    (token(1, token_hash="AB" * 32), "CHECK constraint failed: token_hash"),
    (token(1, token_hash="ab" * 31), "CHECK constraint failed: token_hash"),
    (token(1, scopes="*"), "CHECK constraint failed: scopes"),
    (token(1, all_access=True), "CHECK constraint failed: all_access"),
    (token(1, name=None), "NOT NULL constraint failed: agent_tokens.name"),
    (token(1, status="fine"), "CHECK constraint failed: status"),
]


@pytest.mark.parametrize(("body", "why"), ENVELOPES)
def test_what_is_no_page_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(PageRefused, match=why):
        parse_page(body)


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_a_wrong_change_refuses_the_page(change: Any, why: str) -> None:
    with pytest.raises(PageRefused) as refused:
        parse_page(page(end=9, changes=[change]))
    assert why in str(refused.value)


@pytest.mark.parametrize(("change", "why"), VALUES)
def test_a_value_that_breaks_a_rule_refuses_the_page(tmp_path: Path, change: Any, why: str) -> None:
    replica = Replica(tmp_path / "pop.sqlite3")
    with pytest.raises(PageRefused, match=r"at position 1 is wrong: ") as refused:
        replica.apply(parse_page(page(change)))
    assert why in str(refused.value)
    assert replica.state.cursor is None
    replica.close()


@pytest.mark.parametrize(
    "wl3_path",
    [
        "a1/a1b2c3d4/20260405_abc.cla.exe", "a1/a1b2c3d4/20260405_.cla", "a1/a1b2c3d4/2026040_abc.cla",
        "a1/a1b2c3d4/20260405_a.b.cla", "a1/a1b2c3d4/20260405_a/b.cla", "../a1b2c3d4/20260405_abc.cla",
        "a2/a1b2c3d4/20260405_abc.cla", "a1/a1b2c3d5/20260405_abc.cla", "a1/a1b2c3d4/20260405_ABC.cla", "",
        "a1/a1b2c3d4/20260405_abc.cla\n",
    ],
)  # fmt: skip
def test_no_other_file_than_a_wrapped_key_can_be_named(tmp_path: Path, wl3_path: str) -> None:
    replica = Replica(tmp_path / "pop.sqlite3")
    with pytest.raises(PageRefused, match="CHECK constraint failed: wl3_path"):
        replica.apply(parse_page(page(credential(1, wl3_path=wl3_path))))
    replica.close()


def test_positions_that_do_not_rise_are_refused() -> None:
    with pytest.raises(PageRefused, match="rise from 2"):
        parse_page(page(vault(2), token(1), end=2))
    with pytest.raises(PageRefused, match="rise from 2"):
        parse_page(page(vault(2), token(2), end=2))


def test_what_a_newer_centre_adds_is_ignored(tmp_path: Path) -> None:
    body = page({**vault(1, region="eu"), "signed": "x"}, checkpoint={"root": "ab"}, note="hello")
    replica = Replica(tmp_path / "pop.sqlite3")
    replica.apply(parse_page(body))
    assert replica.state.position == 1
    replica.close()


def test_a_page_may_be_empty() -> None:
    empty = parse_page(page(start=7))
    assert (empty.changes, empty.start, empty.end, empty.more) == (0, 7, 7, False)


def test_a_message_shows_no_more_of_a_value_than_it_must() -> None:
    with pytest.raises(PageRefused) as refused:
        parse_page(page(end=9, changes=[credential(1, human_id="7" * 5000 + "x")]))
    assert len(str(refused.value)) < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([vault(1), credential(1), token(1), removal(1, "vault", "00000001")]), st.data())
def test_whatever_a_field_holds_is_stored_or_refused(change: dict[str, Any], data: st.DataObject) -> None:
    """Nothing that a server sends makes a POP fall over: it applies the page, or says what is wrong with it."""
    inside = change["data"] is not None and data.draw(st.booleans())
    wrong = dict(change["data"] if inside else change)
    wrong[data.draw(st.sampled_from(sorted(wrong)))] = data.draw(JSON)
    body = page(end=1, changes=[{**change, "data": wrong} if inside else wrong])
    with TemporaryDirectory() as folder, closing(Replica(Path(folder) / "pop.sqlite3")) as replica:
        try:
            replica.apply(parse_page(body))
        except PageRefused:
            assert replica.state.cursor is None
        else:
            assert replica.state.position == 1

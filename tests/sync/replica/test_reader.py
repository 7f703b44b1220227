"""RULES 33: whom a POP lets in."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.replica import Replica, ReplicaReader, parse_page
from tests.sync.pages import Change, credential, page, removal, token, vault

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HASH = "ab" * 32
LATER, NEXT_SECOND, EARLIER = "2026-05-02T00:00:00Z", "2026-05-01T12:00:01Z", "2026-05-01T12:00:00Z"

TOKENS: list[tuple[list[Change], bool]] = [
    ([vault(1), token(2)], True),
    ([token(1), vault(2)], True),
    ([vault(1), token(2, expires_at=LATER)], True),
    ([vault(1), token(2, expires_at=NEXT_SECOND)], True),
    ([vault(1), token(2, expires_at=EARLIER)], False),
    ([vault(1), token(2, status="revoked")], False),
    ([vault(1), token(2, status="expired")], False),
    ([vault(1, status="suspended"), token(2)], False),
    ([vault(1, status="archived"), token(2)], False),
    ([vault(1, ends_at=LATER), token(2)], True),
    ([vault(1, ends_at=NEXT_SECOND), token(2)], True),
    ([vault(1, ends_at=EARLIER), token(2)], False),
    ([vault(1), token(2, token_hash="cd" * 32)], False),
    ([vault(1, l0="00000002"), token(2)], False),
    ([vault(1), token(2, vault_l0="00000002")], False),
    ([token(1)], False),
    ([vault(1)], False),
    ([vault(1), token(2), removal(3, "agent_token", "31")], False),
    ([vault(1), token(2), removal(3, "vault", "00000001")], False),
]  # fmt: skip
CREDENTIALS: list[tuple[list[Change], bool]] = [
    ([vault(1), credential(2)], True),
    ([vault(1), credential(2, status="suspended")], False),
    ([vault(1, status="suspended"), credential(2)], False),
    ([vault(1, ends_at=NEXT_SECOND), credential(2)], True),
    ([vault(1, ends_at=EARLIER), credential(2)], False),
    ([vault(1), credential(2, id="22")], False),
    ([vault(1), credential(2, l0="00000002")], False),
    ([credential(1)], False),
    ([vault(1), credential(2), removal(3, "credential", "21")], False),
]


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    replica = Replica(tmp_path / "pop.sqlite3")
    yield replica
    replica.close()


@pytest.mark.parametrize(("changes", "admitted"), TOKENS)
def test_a_token_is_let_in_while_all_of_it_is_in_force(replica: Replica, changes: list[Change], admitted: bool) -> None:
    replica.apply(parse_page(page(*changes)))
    assert replica.admits_token(HASH, NOW) is admitted


@pytest.mark.parametrize(("changes", "admitted"), CREDENTIALS)
def test_a_device_is_let_in_while_all_of_it_is_in_force(
    replica: Replica, changes: list[Change], admitted: bool
) -> None:
    replica.apply(parse_page(page(*changes)))
    assert replica.admits_credential(21, NOW) is admitted


def test_an_end_counts_to_the_fraction_of_a_second_that_is_asked_about(replica: Replica) -> None:
    replica.apply(parse_page(page(vault(1), token(2, expires_at=NEXT_SECOND))))
    assert replica.admits_token(HASH, NOW + timedelta(microseconds=999_999))
    assert not replica.admits_token(HASH, NOW + timedelta(seconds=1))


def test_the_zone_of_the_question_does_not_matter_but_must_be_there(replica: Replica) -> None:
    replica.apply(parse_page(page(vault(1), token(2, expires_at=NEXT_SECOND))))
    assert replica.admits_token(HASH, datetime.fromisoformat("2026-05-01T14:00:00+02:00"))
    assert not replica.admits_token(HASH, datetime.fromisoformat("2026-05-01T12:00:00-02:00"))
    with pytest.raises(ValueError, match="no time zone"):
        replica.admits_token(HASH, datetime(2026, 5, 1))  # noqa: DTZ001  (what must be refused)


def test_a_reader_sees_what_the_follower_has_applied_by_now(replica: Replica) -> None:
    replica.apply(parse_page(page(vault(1), token(2))))
    reader = ReplicaReader(replica.path)
    assert reader.admits_token(HASH, NOW)
    replica.apply(parse_page(page(token(3, status="revoked"), start=2)))
    assert not reader.admits_token(HASH, NOW)
    assert reader.read_state() == replica.state
    reader.close()

"""The comparison itself: it must name what differs, or the torture proves nothing."""

from pathlib import Path

from sync.replica import Replica, parse_page
from tests.sync.pages import credential, page, removal, token, vault
from tests.torture.compare import complaint, differences, replica_objects


def test_it_names_each_object_that_differs_and_how(tmp_path: Path) -> None:
    path = tmp_path / "pop.sqlite3"
    replica = Replica(path)
    replica.apply(parse_page(page(vault(1), credential(2), token(3), token(4, id="32"))))
    expected = replica_objects(path)
    assert differences(expected, replica_objects(path)) == []
    changes = [token(5, status="revoked"), removal(6, "agent_token", "32"), credential(7, id="22")]
    replica.apply(parse_page(page(*changes, start=4)))
    replica.close()
    found = differences(expected, replica_objects(path))
    assert [(difference.fault, difference.table, difference.key) for difference in found] == [
        ("extra", "credentials", "22"),
        ("missing", "agent_tokens", "32"),
        ("stale", "agent_tokens", "31"),
    ]
    assert found[2].detail == "status is 'revoked', must be 'active', position is 5, must be 3"
    assert complaint("pop-1", found, most=1).splitlines() == [
        "pop-1: 1 extra, 1 missing, 1 stale",
        "  extra    credentials 22: the registry hasn't got it",
        "  ...",
    ]

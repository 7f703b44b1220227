"""The check sees a POP that follows, and says what one that doesn't has wrong."""

import re
from functools import partial
from pathlib import Path

import orjson
import pytest

from clavitor.demo import check
from clavitor.demo.check import CheckFailed
from tests import factories
from tests.database import CommittedDatabase
from tests.demo.following import follow, following
from vaults.models import Credential, Vault

pytestmark = pytest.mark.usefixtures("committed_db")


def forget_removals(page: bytes) -> bytes:
    """A POP that overlooks tombstones."""
    answer = orjson.loads(page)
    return orjson.dumps({**answer, "changes": [change for change in answer["changes"] if not change["deleted"]]})


@pytest.fixture
def replica(tmp_path: Path) -> Path:
    return tmp_path / "replica.sqlite3"


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second is enough here for what takes none."""
    monkeypatch.setattr(check, "wait_until_equal", partial(check.wait_until_equal, seconds=1.0))


def test_it_waits_for_a_replica_that_is_only_just_being_made(replica: Path) -> None:
    factories.CredentialFactory()
    with following(replica):
        assert check.wait_until_equal(replica) < check.FOLLOW_SECONDS


@pytest.mark.parametrize("made", [False, True])
def test_a_replica_that_nobody_makes_fails(replica: Path, made: bool) -> None:
    factories.VaultFactory()
    if made:
        replica.touch()
    with pytest.raises(CheckFailed, match=r"After 0 s the replica still differs in 1 rows: "):
        check.wait_until_equal(replica, seconds=0.2)


def test_of_many_differences_some_are_told(replica: Path) -> None:
    follow(replica)
    factories.VaultFactory.create_batch(9)
    with pytest.raises(CheckFailed, match="9 rows") as failed:
        check.wait_until_equal(replica, seconds=0.2)
    assert len(re.findall("vaults: lacks", str(failed.value))) == 5


def test_a_pop_that_follows_gets_the_device_and_its_revocation(replica: Path) -> None:
    factories.VaultFactory(owned=True)
    with following(replica):
        check.wait_until_equal(replica)
        added, revoked = check.enrol_and_revoke(replica)
    assert "a new credential was in the replica" in added
    assert "its revocation was in the replica" in revoked
    assert Credential.objects.get().revoked_at


def test_a_pop_that_overlooks_revocations_fails(replica: Path, patience: None) -> None:
    factories.VaultFactory(owned=True)
    with following(replica, forget_removals), pytest.raises(CheckFailed, match="credentials: shouldn't have"):
        check.enrol_and_revoke(replica)


def test_a_pop_that_hears_nothing_fails(replica: Path, patience: None) -> None:
    factories.VaultFactory(owned=True)
    follow(replica)
    with pytest.raises(CheckFailed, match="credentials: lacks"):
        check.enrol_and_revoke(replica)


def test_without_a_vault_there_is_nothing_to_check(replica: Path, committed_db: CommittedDatabase) -> None:
    assert not Vault.objects.exists()
    with pytest.raises(CheckFailed, match="no active vault"):
        check.enrol_and_revoke(replica)


@pytest.mark.parametrize("present", [False, True])
def test_equality_alone_is_not_enough(replica: Path, present: bool) -> None:
    """The device itself must have come, and gone: that the two agree could also mean that neither changed."""
    device = factories.CredentialFactory()
    follow(replica)
    if present:
        device.delete()
        follow(replica)
        device.pk = 4711
    with pytest.raises(
        CheckFailed, match=f"Credential {device.pk} should {'' if present else 'not '}be in the replica"
    ):
        check._require(replica, device, present=present)

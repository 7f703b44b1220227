"""POP keys: added, rotated, revoked."""

from datetime import timedelta

import pytest

from clavitor.base import secrets
from sync import operations
from sync.models import PopKey
from sync.operations import pop_key
from tests.acts import NOW, everything, race, refused
from tests.database import CommittedDatabase
from tests.factories import HumanFactory, OperatorFactory, PopFactory, PopKeyFactory

HOUR = 60 * 60


@pytest.mark.django_db
def test_a_key_is_given_once_and_kept_as_its_hash() -> None:
    key, secret = operations.add_pop_key(pop=PopFactory(), at=NOW)

    key.refresh_from_db()
    assert secrets.is_well_formed(secret, "cvp_")
    assert (key.key_hash, key.created_at, key.expires_at) == (secrets.hash_secret(secret), NOW, None)
    assert secret not in repr(everything())


@pytest.mark.django_db
def test_two_keys_live_at_a_time_and_dead_ones_do_not_count() -> None:
    pop = PopFactory()
    PopKeyFactory(pop=pop, revoked=True)
    PopKeyFactory(pop=pop, expires_at=NOW)
    PopKeyFactory()
    first, _ = operations.add_pop_key(pop=pop, at=NOW)
    second, _ = operations.add_pop_key(pop=pop, at=NOW)
    with refused("pop_key_limit_reached") as caught:
        operations.add_pop_key(pop=pop, at=NOW)
    assert str(first.pk) in caught.error.message
    assert str(second.pk) in caught.error.message

    operations.revoke_pop_key(key=first, by=None, at=NOW)

    assert operations.add_pop_key(pop=pop, at=NOW)[0].pk


def test_two_keys_added_at_once_do_not_make_three(committed_db: CommittedDatabase) -> None:
    pop = PopKeyFactory().pop

    outcome = race(
        committed_db,
        lambda: operations.add_pop_key(pop=pop, at=NOW),
        lambda: operations.add_pop_key(pop=pop, at=NOW),
    )

    assert isinstance(outcome, operations.PopKeyLimitReached)
    assert PopKey.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("overlap_seconds", [0, HOUR, 72 * HOUR])
def test_rotation_ends_the_old_key_after_the_overlap(overlap_seconds: int) -> None:
    old = PopKeyFactory()

    new, secret = operations.rotate_pop_key(pop=old.pop, overlap_seconds=overlap_seconds, at=NOW)

    old.refresh_from_db()
    ends_at = NOW + timedelta(seconds=overlap_seconds)
    assert (old.expires_at, old.is_live(ends_at), new.is_live(ends_at)) == (ends_at, False, True)
    assert old.is_live(NOW) == (overlap_seconds > 0)
    assert new.key_hash == secrets.hash_secret(secret)


@pytest.mark.django_db
def test_rotation_never_lengthens_a_life() -> None:
    soon = NOW + timedelta(minutes=5)
    old, dead = PopKeyFactory(expires_at=soon), PopKeyFactory(revoked=True)

    operations.rotate_pop_key(pop=old.pop, overlap_seconds=HOUR, at=NOW)
    operations.rotate_pop_key(pop=dead.pop, overlap_seconds=HOUR, at=NOW)

    old.refresh_from_db()
    dead.refresh_from_db()
    assert (old.expires_at, dead.expires_at) == (soon, None)


@pytest.mark.django_db
def test_a_rotation_that_would_make_three_is_refused_and_ends_nothing() -> None:
    pop = PopFactory()
    PopKeyFactory.create_batch(2, pop=pop)
    with refused("pop_key_limit_reached"):
        operations.rotate_pop_key(pop=pop, overlap_seconds=HOUR, at=NOW)
    assert operations.rotate_pop_key(pop=pop, overlap_seconds=0, at=NOW)[0].pk


@pytest.mark.django_db
@pytest.mark.parametrize("overlap_seconds", [-1, 72 * HOUR + 1])
def test_an_overlap_is_at_most_72_hours(overlap_seconds: int) -> None:
    pop = PopFactory()
    with refused("invalid", field="overlap_seconds"):
        operations.rotate_pop_key(pop=pop, overlap_seconds=overlap_seconds, at=NOW)


@pytest.mark.django_db
def test_an_operator_revokes_a_key_for_good() -> None:
    key, operator, somebody = PopKeyFactory(), OperatorFactory(), HumanFactory()
    with refused("operator_required"):
        operations.revoke_pop_key(key=key, by=somebody, at=NOW)

    operations.revoke_pop_key(key=key, by=operator, at=NOW)

    key.refresh_from_db()
    assert (key.revoked_at, key.revoked_by, key.is_live(NOW)) == (NOW, operator, False)
    with refused("invalid_transition", field="status"):
        operations.revoke_pop_key(key=key, by=operator, at=NOW)


@pytest.mark.django_db
def test_a_secret_is_a_pops_own_while_its_key_lives() -> None:
    key, other = PopKeyFactory(secret="cvp_one"), PopKeyFactory()
    assert pop_key.is_key_of(key.pop, "cvp_one", at=NOW)
    assert not pop_key.is_key_of(other.pop, "cvp_one", at=NOW)

    operations.revoke_pop_key(key=key, by=None, at=NOW)

    assert not pop_key.is_key_of(key.pop, "cvp_one", at=NOW)

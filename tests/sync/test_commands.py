"""`manage.py create_pop`, `rotate_pop_key`, `revoke_pop_key`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from clavitor.base import secrets
from sync.models import Pop, PopKey
from tests.factories import PopFactory, PopKeyFactory

pytestmark = pytest.mark.django_db


def run(*command: str, **options: object) -> str:
    """What it prints on stdout."""
    out = StringIO()
    call_command(*command, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def is_key_of(secret: str, pop: Pop) -> bool:
    return pop.keys.filter(key_hash=secrets.hash_secret(secret)).exists()


def test_create_pop_prints_the_key_and_nothing_else() -> None:
    printed = run("create_pop", "pop-zurich-01")

    secret = printed.removesuffix("\n")
    assert secrets.is_well_formed(secret, "cvp_")
    assert is_key_of(secret, Pop.objects.get(pk="pop-zurich-01"))


def test_create_pop_adds_a_key_to_a_pop_there_is() -> None:
    pop = PopFactory(paused=True)

    secret = run("create_pop", pop.pk).strip()

    assert is_key_of(secret, pop)
    assert Pop.objects.get().status == "paused"


def test_create_pop_refuses_a_third_key_and_says_what_to_do() -> None:
    pop = PopFactory()
    PopKeyFactory.create_batch(2, pop=pop)
    with pytest.raises(CommandError, match="Revoke one first"):
        run("create_pop", pop.pk)
    assert PopKey.objects.count() == 2


def test_create_pop_refuses_a_wrong_id() -> None:
    with pytest.raises(CommandError, match="'Pop 1'"):
        run("create_pop", "Pop 1")
    assert not Pop.objects.exists()


@pytest.mark.parametrize(("options", "hours"), [({}, 24), ({"overlap_hours": 0}, 0), ({"overlap_hours": 72}, 72)])
def test_rotate_pop_key_prints_the_new_key_and_ends_the_old_one(options: dict[str, int], hours: int) -> None:
    old = PopKeyFactory()

    secret = run("rotate_pop_key", old.pop.pk, **options).removesuffix("\n")

    assert is_key_of(secret, old.pop)
    old.refresh_from_db()
    assert abs(old.expires_at - timezone.now() - timedelta(hours=hours)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("pop_id", "options", "said"), [("pop-1", {"overlap_hours": 73}, "72 hours"), ("pop-2", {}, "'pop-2'")]
)
def test_rotate_pop_key_says_what_is_wrong(pop_id: str, options: dict[str, int], said: str) -> None:
    key = PopKeyFactory(pop__pop_id="pop-1")
    with pytest.raises(CommandError, match=said):
        run("rotate_pop_key", pop_id, **options)
    key.refresh_from_db()
    assert (key.expires_at, PopKey.objects.count()) == (None, 1)


def test_revoke_pop_key_revokes_the_one_that_is_named() -> None:
    key = PopKeyFactory()
    other = PopKeyFactory(pop=key.pop)

    assert str(key.pk) in run("revoke_pop_key", str(key.pk))

    key.refresh_from_db()
    other.refresh_from_db()
    assert (key.revoked_at is None, other.revoked_at) == (False, None)


def test_revoke_pop_key_revokes_all_of_a_pop_when_told_so() -> None:
    pop, elsewhere = PopFactory(), PopKeyFactory()
    PopKeyFactory.create_batch(2, pop=pop)
    PopKeyFactory(pop=pop, expired=True)
    with pytest.raises(CommandError, match="--all"):
        run("revoke_pop_key", pop.pk)
    assert not PopKey.objects.exclude(revoked_at=None).exists()

    run("revoke_pop_key", pop.pk, "--all")

    assert pop.keys.exclude(revoked_at=None).count() == 2
    elsewhere.refresh_from_db()
    assert elsewhere.revoked_at is None


@pytest.mark.parametrize("target", ["pop-none", "123", "9" * 30])
def test_revoke_pop_key_says_when_there_is_no_such_thing(target: str) -> None:
    with pytest.raises(CommandError, match=target):
        run("revoke_pop_key", target)


def test_revoke_pop_key_says_when_there_is_nothing_to_revoke() -> None:
    dead = PopKeyFactory(revoked=True)
    with pytest.raises(CommandError, match="no live key"):
        run("revoke_pop_key", dead.pop.pk, "--all")
    with pytest.raises(CommandError, match="final"):
        run("revoke_pop_key", str(dead.pk))


def test_revoke_pop_key_refuses_all_of_one_key() -> None:
    key = PopKeyFactory()
    with pytest.raises(CommandError, match="Leave --all out"):
        run("revoke_pop_key", str(key.pk), "--all")
    key.refresh_from_db()
    assert key.revoked_at is None

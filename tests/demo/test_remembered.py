"""What the demonstration keeps between runs: the same password and key each time, as long as they still open."""

import stat
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from clavitor.demo import data, remembered
from sync import operations
from sync.models import Pop
from tenancy.models import Human

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def demo_pop() -> Pop:
    return Pop.objects.get(pk=remembered.POP_ID)


def test_the_password_is_the_operators_and_stays(folder: Path) -> None:
    password = remembered.operator_password()
    operator = Human.objects.get(email=data.OPERATOR_EMAIL)
    assert operator.check_password(password)
    assert operator.is_staff
    assert remembered.operator_password() == password


def test_a_password_that_was_changed_meanwhile_is_replaced() -> None:
    before = remembered.operator_password()
    operator = Human.objects.get(email=data.OPERATOR_EMAIL)
    operator.set_password("something else")
    operator.save()
    after = remembered.operator_password()
    operator.refresh_from_db()
    assert before != after
    assert operator.check_password(after)


def test_the_key_opens_and_stays() -> None:
    key = remembered.pop_key()
    assert operations.is_key_of(demo_pop(), key, at=timezone.now())
    assert remembered.pop_key() == key


@pytest.mark.parametrize("damage", ["revoked", "lost", "damaged"])
def test_a_key_that_no_longer_opens_is_replaced(folder: Path, damage: str) -> None:
    before = remembered.pop_key()
    if damage == "revoked":
        operations.revoke_pop_key(key=demo_pop().keys.get(), by=None, at=timezone.now())
    else:
        (folder / "demo-pop-key").write_text("" if damage == "lost" else before[:-1])
    after = remembered.pop_key()
    assert before != after
    assert operations.is_key_of(demo_pop(), after, at=timezone.now())
    assert operations.live_keys(demo_pop(), timezone.now()).count() == 1


def test_another_database_gets_secrets_of_its_own(folder: Path) -> None:
    """The folder is kept, the database is not."""
    for name in ("demo-password", "demo-pop-key"):
        (folder / name).write_text("from another life")
    password, key = remembered.operator_password(), remembered.pop_key()
    assert Human.objects.get(email=data.OPERATOR_EMAIL).check_password(password)
    assert operations.is_key_of(demo_pop(), key, at=timezone.now())


def test_only_their_owner_can_read_them(folder: Path) -> None:
    remembered.operator_password()
    remembered.pop_key()
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 2


def test_the_state_in_words() -> None:
    remembered.pop_key()
    assert remembered.pop_state() == "pop-demo-01 is at position 0 of 0, active"
    operations.pause_pop(pop=demo_pop(), by=None, reason="A test.", at=timezone.now())
    assert remembered.pop_state() == "pop-demo-01 is at position 0 of 0, paused"

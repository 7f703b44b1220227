"""Devices: enrolled, revoked (RULES 16, 28-30)."""

from typing import Any

import pytest

from billing.models import BillingEvent
from tests.acts import NOW, race, refused
from tests.database import CommittedDatabase
from tests.factories import CredentialFactory, HumanFactory, VaultFactory
from vaults import operations
from vaults.models import Credential, Vault


def enrol(vault: Vault, **given: Any) -> Credential:
    facts = {
        "human": given.pop("human", None) or HumanFactory(),
        "p0": "a1b2c3d4",
        "credential_id": b"laptop",
        "wl3_path": "a1/a1b2c3d4/20260405_abc.cla",
        "enrolled_by": None,
        "enrolled_by_credential": None,
        "by": None,
        **given,
    }
    return operations.enrol_credential(vault=vault, at=NOW, **facts)


@pytest.mark.django_db
def test_a_first_device_is_enrolled_and_recorded() -> None:
    vault, human = VaultFactory(), HumanFactory()

    device = enrol(vault, human=human, by=human)

    device = Credential.objects.get(pk=device.pk)
    assert (device.vault, device.human, device.p0, bytes(device.credential_id)) == (vault, human, "a1b2c3d4", b"laptop")
    assert (device.wl3_path, device.created_at) == ("a1/a1b2c3d4/20260405_abc.cla", NOW)
    assert (device.enrolled_by, device.enrolled_by_credential, device.revoked_at) == (None, None, None)
    event = BillingEvent.objects.get()
    assert (event.event_type, event.vault, event.subscription) == ("device_enrolled", vault, vault.subscription)
    assert (event.tenant, event.human, event.occurred_at) == (vault.tenant, human, NOW)
    assert event.details == {"credential": str(device.pk), "human_id": str(human.pk)}


@pytest.mark.django_db
def test_the_authorising_device_is_kept_with_its_human() -> None:
    first = CredentialFactory()

    device = enrol(first.vault, enrolled_by=first.human, enrolled_by_credential=first)

    device.refresh_from_db()
    assert (device.enrolled_by, device.enrolled_by_credential) == (first.human, first)


@pytest.mark.django_db
def test_only_a_device_that_opens_the_vault_now_authorises_for_it() -> None:
    vault = VaultFactory()
    for device in (CredentialFactory(), CredentialFactory(vault=vault, revoked=True)):
        with refused("invalid", field="enrolled_by_credential"):
            enrol(vault, human=device.human, enrolled_by=device.human, enrolled_by_credential=device)


@pytest.mark.django_db
def test_enrolled_by_is_whose_device_authorised() -> None:
    device, other = CredentialFactory(), HumanFactory()
    for human in (other, None):
        with refused("invalid", field="enrolled_by"):
            enrol(device.vault, human=other, enrolled_by=human, enrolled_by_credential=device)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"p0": "A1B2C3D4"}, "p0"),
        ({"wl3_path": "a1/a1b2c3d4/../../etc.cla"}, "wl3_path"),
        ({"wl3_path": "a1/a1b2c3d5/20260405_abc.cla"}, "wl3_path"),
        ({"wl3_path": "a2/a1b2c3d4/20260405_abc.cla"}, "wl3_path"),
        ({"credential_id": b""}, "credential_id"),
        ({"credential_id": b"x" * 1024}, "credential_id"),
    ],
)
def test_a_wrong_value_is_named(wrong: dict[str, Any], field: str) -> None:
    vault, human = VaultFactory(), HumanFactory()
    with refused("invalid", field=field):
        enrol(vault, human=human, **wrong)


@pytest.mark.django_db
@pytest.mark.parametrize("revoked", [True, False])
def test_a_device_is_enrolled_once_for_a_vault_but_may_be_for_another(revoked: bool) -> None:
    there = CredentialFactory(credential_id=b"laptop", revoked=revoked)
    with refused("device_enrolled", field="credential_id") as caught:
        enrol(there.vault, human=there.human)
    assert ("revoked" in caught.error.message) == revoked
    assert enrol(VaultFactory(), human=there.human).pk


@pytest.mark.django_db
def test_a_p0_is_not_unique() -> None:
    vault = VaultFactory()
    CredentialFactory(vault=vault, p0="a1b2c3d4")
    assert enrol(vault).p0 == "a1b2c3d4"


@pytest.mark.django_db
def test_a_vault_takes_its_devices_and_a_revoked_one_frees_its_place() -> None:
    vault, human = VaultFactory(subscription__max_devices=2), HumanFactory()
    old = CredentialFactory(vault=vault)
    CredentialFactory(vault=vault, revoked=True)
    enrol(vault, credential_id=b"one")
    with refused("device_limit_reached", field="vault") as caught:
        enrol(vault, human=human, credential_id=b"two")
    assert "2 devices" in caught.error.message

    operations.revoke_credential(credential=old, by=None, reason="sold", at=NOW)

    assert enrol(vault, human=human, credential_id=b"two").pk


@pytest.mark.django_db
def test_an_override_gives_the_vault_its_own_number_of_devices() -> None:
    vault = VaultFactory(subscription__max_devices=0, plan_override="Team10")
    assert enrol(vault).pk


def test_two_devices_at_once_do_not_pass_the_limit(committed_db: CommittedDatabase) -> None:
    vault = VaultFactory(subscription__max_devices=1)

    outcome = race(committed_db, lambda: enrol(vault, credential_id=b"one"), lambda: enrol(vault, credential_id=b"two"))

    assert isinstance(outcome, operations.DeviceLimitReached)
    assert bytes(Credential.objects.get().credential_id) == b"one"


def test_a_device_that_is_just_being_revoked_authorises_nothing(committed_db: CommittedDatabase) -> None:
    device = CredentialFactory()

    outcome = race(
        committed_db,
        lambda: operations.revoke_credential(credential=device, by=None, reason="stolen", at=NOW),
        lambda: enrol(device.vault, enrolled_by=device.human, enrolled_by_credential=device),
    )

    assert getattr(outcome, "field", outcome) == "enrolled_by_credential"


@pytest.mark.django_db
def test_a_device_is_revoked_and_recorded() -> None:
    device, admin = CredentialFactory(), HumanFactory()

    operations.revoke_credential(credential=device, by=admin, reason=" stolen ", at=NOW)

    device.refresh_from_db()
    assert (device.revoked_at, device.revoked_by, device.is_revoked) == (NOW, admin, True)
    event = BillingEvent.objects.get()
    assert (event.event_type, event.vault, event.human) == ("device_revoked", device.vault, admin)
    assert event.subscription == device.vault.subscription
    assert event.details == {
        "credential": str(device.pk),
        "human_id": str(device.human_id),
        "reason": "stolen",
    }


@pytest.mark.django_db
def test_revoking_needs_a_reason_and_is_final() -> None:
    live, dead = CredentialFactory(), CredentialFactory(revoked=True)
    with refused("reason_required", field="reason"):
        operations.revoke_credential(credential=live, by=None, reason="", at=NOW)
    with refused("invalid_transition", field="status"):
        operations.revoke_credential(credential=dead, by=None, reason="again", at=NOW)

"""`scripts/demo --check`: add a credential and revoke one while the POP follows, and compare its replica."""

import sqlite3
import time
from pathlib import Path

from django.utils import timezone

from clavitor.demo import comparison, data
from vaults import operations as vaults
from vaults.models import Credential, Vault

FOLLOW_SECONDS = 30
POLL_SECONDS = 0.05


class CheckFailed(RuntimeError):
    """The replica isn't what the registry is. The message names the rows."""


def wait_until_equal(replica: Path, seconds: float = FOLLOW_SECONDS) -> float:
    """How long it took until the replica equals the registry. Raises CheckFailed, with what differs, if longer."""
    began = time.monotonic()
    found = ["all of them"]
    while time.monotonic() - began < seconds:
        if not (found := _differences(replica)):
            return time.monotonic() - began
        time.sleep(POLL_SECONDS)
    raise CheckFailed(f"After {seconds:.0f} s the replica still differs in {len(found)} rows: {'; '.join(found[:5])}")


def _differences(replica: Path) -> list[str]:
    try:
        return comparison.differences(replica)
    except sqlite3.OperationalError as error:  # the POP is only just making the file, or its tables
        return [f"it can't be read: {error}"]


def _require(replica: Path, credential: Credential, *, present: bool) -> None:
    held = {row[0] for row in comparison.replica_rows(replica)["credentials"]}
    if (credential.pk in held) is not present:
        raise CheckFailed(f"Credential {credential.pk} should {'' if present else 'not '}be in the replica.")


def enrol_and_revoke(replica: Path) -> list[str]:
    """Do both, each until the POP has it, and tell how long that took."""
    vault = Vault.objects.filter(effective__status="active", owner_human__isnull=False).first()
    if vault is None or vault.owner_human is None:
        raise CheckFailed("There is no active vault to enrol a device for; the demo data is not what it should be.")
    added = data.enrol(vault, vault.owner_human, 3, authorised=vault.credentials.first(), at=timezone.now())
    seconds_to_add = wait_until_equal(replica)
    _require(replica, added, present=True)
    vaults.revoke_credential(credential=added, by=None, reason="The check revokes it again.", at=timezone.now())
    seconds_to_revoke = wait_until_equal(replica)
    _require(replica, added, present=False)
    return [
        f"a new credential was in the replica {seconds_to_add:.2f} s after its commit",
        f"its revocation was in the replica {seconds_to_revoke:.2f} s after its commit",
    ]

"""Devices: enrolled, revoked (RULES 28-30)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from billing import operations as billing
from billing.models import Subscription
from clavitor.base import rows
from clavitor.base.errors import Conflict, Invalid, InvalidTransition
from clavitor.base.transitions import require_reason
from tenancy.models import Human
from vaults.models import Credential, Vault
from vaults.operations.limits import require_room_for_device
from vaults.operations.locks import lock_for_addition, subscription_of

MAX_CREDENTIAL_ID_BYTES = 1023  # WebAuthn's own limit


class DeviceEnrolled(Conflict):
    """A WebAuthn credential is enrolled once for a vault, and a revoked one doesn't come back (RULES 28)."""

    code = "device_enrolled"


@transaction.atomic
def enrol_credential(
    *,
    vault: Vault,
    human: Human,
    p0: str,
    credential_id: bytes,
    wl3_path: str,
    enrolled_by: Human | None,
    enrolled_by_credential: Credential | None,
    by: Human | None,
    at: datetime,
) -> Credential:
    """`human`'s device opens `vault` from now on; `enrolled_by` is whose device authorised it, with which device.

    Both are None for a vault's first. Raises Invalid, DeviceEnrolled, DeviceLimitReached, VaultNotInService.
    """
    service = lock_for_addition(vault, at)
    credential = Credential(
        vault=service.vault,
        human=human,
        p0=p0,
        credential_id=credential_id,
        wl3_path=wl3_path,
        enrolled_by=enrolled_by,
        enrolled_by_credential=enrolled_by_credential,
        created_at=at,
    )
    _require_well_formed(credential)
    _require_authorised(credential)
    _require_new(credential)
    require_room_for_device(service)
    credential.save(force_insert=True)
    _record(credential, billing.EventType.DEVICE_ENROLLED, service.subscription, by=by, at=at)
    return credential


@transaction.atomic
def revoke_credential(*, credential: Credential, by: Human | None, reason: str, at: datetime) -> Credential:
    """The device no longer opens the vault, and its place is free. Final. Raises InvalidTransition."""
    reason = require_reason(reason, act="revoke a device")
    credential = rows.lock(credential)
    if credential.is_revoked:
        raise InvalidTransition(f"Device {credential} was revoked before, which is final.", field="status")
    rows.change(credential, revoked_at=at, revoked_by=by)
    subscription = subscription_of(credential.vault)
    _record(credential, billing.EventType.DEVICE_REVOKED, subscription, by=by, at=at, reason=reason)
    return credential


def _require_well_formed(credential: Credential) -> None:
    rows.check_fields(credential, "p0", "wl3_path")
    try:
        credential.clean()
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="wl3_path") from error
    length = len(credential.credential_id)
    if not 0 < length <= MAX_CREDENTIAL_ID_BYTES:
        raise Invalid(
            f"credential_id has {length} bytes. It must have 1 to {MAX_CREDENTIAL_ID_BYTES}.", field="credential_id"
        )


def _require_authorised(credential: Credential) -> None:
    """The authorising device opens this vault itself, now, and is `enrolled_by`'s (RULES 30)."""
    device = credential.enrolled_by_credential
    if device is None:
        return
    device = rows.lock(device)
    if device.vault_id != credential.vault_id or device.is_revoked:
        raise Invalid(
            f"Device {device} doesn't open vault {credential.vault_id} now, so it can't authorise another for it.",
            field="enrolled_by_credential",
        )
    if device.human_id != credential.enrolled_by_id:
        raise Invalid(f"Device {device} isn't {credential.enrolled_by}'s but {device.human}'s.", field="enrolled_by")


def _require_new(credential: Credential) -> None:
    same = Credential.objects.filter(vault=credential.vault, credential_id=credential.credential_id).first()
    if same is not None:
        state = "was revoked, which is final" if same.is_revoked else "is enrolled already"
        raise DeviceEnrolled(
            f"This device {state} for vault {credential.vault_id}. Enrol a new credential.", field="credential_id"
        )


def _record(
    credential: Credential,
    event_type: str,
    subscription: Subscription | None,
    *,
    by: Human | None,
    at: datetime,
    **why: str,
) -> None:
    billing.record_event(
        event_type=event_type,
        tenant=credential.vault.tenant,
        subscription=subscription,
        vault=credential.vault,
        by=by,
        at=at,
        details={"credential": str(credential.pk), "human_id": str(credential.human_id), **why},
    )

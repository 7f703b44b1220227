"""What may be done to vaults, devices and tokens. Call them through this module: `operations.register_vault(...)`.

As in `tenancy.operations`: keywords alone, `by` a human or None for the command line, `at` aware and UTC. Each adds its
billing event in its own transaction (RULES 26).
"""

from vaults.operations.agent_token import DEFAULT_EXPIRY, issue_agent_token, revoke_agent_token
from vaults.operations.credential import DeviceEnrolled, enrol_credential, revoke_credential
from vaults.operations.limits import DeviceLimitReached, TokenLimitReached, VaultLimitReached
from vaults.operations.locks import VaultNotInService
from vaults.operations.registration import L0Taken, register_vault
from vaults.operations.vault import OverrideUnchanged, archive_vault, override_plan, reactivate_vault, suspend_vault

__all__ = [
    "DEFAULT_EXPIRY",
    "DeviceEnrolled",
    "DeviceLimitReached",
    "L0Taken",
    "OverrideUnchanged",
    "TokenLimitReached",
    "VaultLimitReached",
    "VaultNotInService",
    "archive_vault",
    "enrol_credential",
    "issue_agent_token",
    "override_plan",
    "reactivate_vault",
    "register_vault",
    "revoke_agent_token",
    "revoke_credential",
    "suspend_vault",
]

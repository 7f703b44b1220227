"""Vaults, credentials (enrolled devices) and agent tokens."""

from vaults.models.agent_token import AgentToken, AgentTokenStatus
from vaults.models.credential import Credential
from vaults.models.effective import EffectiveVault, StatusReason
from vaults.models.vault import Vault, VaultStatus

__all__ = [
    "AgentToken",
    "AgentTokenStatus",
    "Credential",
    "EffectiveVault",
    "StatusReason",
    "Vault",
    "VaultStatus",
]

"""The operators' pages for vaults, devices and agent tokens."""

from vaults.admin import agent_token, credential, dashboard, hanging, vault

__all__ = ["agent_token", "credential", "dashboard", "hanging", "vault"]

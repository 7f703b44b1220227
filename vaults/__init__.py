"""The registry: which vaults, enrolled devices and agent tokens exist. Metadata only, never contents."""

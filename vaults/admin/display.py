"""How devices and tokens stand now, in words."""

from django.utils import timezone
from django.utils.safestring import SafeString

from clavitor.base.admin_display import badge, code
from tenancy.models import HumanStatus
from vaults.models import AgentToken, AgentTokenStatus, Credential


def state_of_device(device: Credential) -> str:
    """Revoked, suspended while its human isn't active (RULES 33), or active. Needs `human` selected."""
    if device.is_revoked:
        return "revoked"
    return "active" if device.human.status == HumanStatus.ACTIVE else "suspended"


def state_of_token(token: AgentToken) -> str:
    """Expiry is judged when read; a job stamps the status later (RULES 32)."""
    is_over = token.expires_at is not None and token.expires_at <= timezone.now()
    return AgentTokenStatus.EXPIRED if token.status == AgentTokenStatus.ACTIVE and is_over else token.status


def scopes_text(token: AgentToken) -> SafeString:
    """What it may read."""
    if token.all_access:
        return badge("past_due", "everything")
    return code(token.scopes.replace(",", ", ")) if token.scopes else SafeString("nothing")

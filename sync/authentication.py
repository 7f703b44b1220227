"""How a POP proves who it is: `Authorization: Bearer cvp_...`, looked up by the key's hash."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from clavitor.base import secrets
from clavitor.base.database import fetch
from sync.models import Pop, PopKey, PopStatus

KEY_PREFIX = "cvp_"


KEY = """
SELECT k.id, k.expires_at, k.revoked_at, p.pop_id, p.status
  FROM pop_keys k
  JOIN pop_sync_state p USING (pop_id)
 WHERE k.key_hash = %(key_hash)s
"""


def _find(key_hash: str) -> PopKey | None:
    """The key of that hash with its POP, as far as letting it in needs them."""
    for pk, expires_at, revoked_at, pop_id, status in fetch(KEY, key_hash=key_hash):
        return PopKey(pk=pk, expires_at=expires_at, revoked_at=revoked_at, pop=Pop(pk=pop_id, status=status))
    return None


def _refused(code: str, detail: str) -> exceptions.AuthenticationFailed:
    return exceptions.AuthenticationFailed(detail, code=code)


class PopKeyAuthentication(BaseAuthentication):
    """Sets `request.auth` to the PopKey; there is no user. The hash is what is compared, so timing tells nothing."""

    def authenticate(self, request: Request) -> tuple[None, PopKey] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() != "bearer" or not secrets.is_well_formed(words[1], KEY_PREFIX):
            raise _refused(
                "malformed_key", "The key is malformed. Send `Authorization: Bearer cvp_...` as it was issued."
            )
        key = _find(secrets.hash_secret(words[1]))
        if key is None:
            raise _refused("unknown_key", "No POP has this key. Ask an operator for a new one.")
        if not key.is_live(timezone.now()):
            raise _refused("expired_key", "The key has expired or was revoked. Ask an operator for a new one.")
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="clavitor"'


class PopKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass has no types
    """The same in the API's documentation."""

    target_class = PopKeyAuthentication
    name = "popKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A POP's key, `cvp_...`."}


class PopPaused(exceptions.PermissionDenied):
    """An operator stopped this POP (RULES 35)."""

    default_code = "pop_paused"
    default_detail = "An operator has paused this POP. Keep serving within the lease, and ask again later."


class IsPop(BasePermission):
    """Only a POP with a live key, and not while it is paused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, PopKey):
            raise exceptions.NotAuthenticated("Send a POP key: `Authorization: Bearer cvp_...`.", code="key_missing")
        if request.auth.pop.status == PopStatus.PAUSED:
            raise PopPaused
        return True


def pop_of(request: Request) -> Pop:
    """The POP whose key the request carries."""
    return cast(PopKey, request.auth).pop  # IsPop has seen to it

"""What an answer other than 200 means for a POP: try again, build anew, or stop because somebody must act."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import orjson

from clavitor.base.errors import DomainError

REBUILD_CODES = {"epoch_changed", "cursor_from_future", "history_diverged", "cursor_compacted"}
PASSING = {408, 425, 429}
PAUSED_SECONDS = 30.0
LONGEST_RETRY_SECONDS = 3600.0


class Trouble(DomainError):
    """Something that passes by itself. The next try is at least `retry_after_seconds` away."""

    code = "trouble"

    def __init__(self, message: str, *, retry_after_seconds: float = 0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Paused(Trouble):
    """An operator has paused this POP: it asks again now and then (RULES 35)."""

    code = "paused"


class RebuildNeeded(DomainError):
    """The centre's history isn't the one that the replica followed: it must be built anew, from zero."""

    code = "rebuild_needed"


class RequestRefused(DomainError):
    """The server will not take this request however often it is sent."""

    code = "request_refused"


class KeyRefused(RequestRefused):
    """The key is unknown, expired or revoked."""

    code = "key_refused"


def refusal(response: httpx.Response) -> DomainError:
    """What to raise for an answer that isn't 200."""
    status, (code, detail) = response.status_code, _problem(response)
    said = f"{response.request.url.copy_with(query=None)} answered {status}{code and f' {code}'}: {detail}"
    if status == 401:
        return KeyRefused(f"{said} Set CLAVITOR_POP_KEY to a live key (manage.py rotate_pop_key makes one).")
    if status == 403 and code == "pop_paused":
        return Paused(said, retry_after_seconds=max(_retry_after(response), PAUSED_SECONDS))
    if status in (409, 410) and code in REBUILD_CODES:
        return RebuildNeeded(said)
    if status in PASSING or status >= 500:
        return Trouble(said, retry_after_seconds=_retry_after(response))
    return RequestRefused(f"{said} Check that --url is the server's root, and that this POP fits the server's version.")


def _problem(response: httpx.Response) -> tuple[str, str]:
    """Its `code` and `detail`, if it is a problem (RFC 9457); else what it is instead."""
    if response.is_redirect:
        return "", f"it redirects to {response.headers.get('location', '')!r:.100}."
    try:
        problem = orjson.loads(response.content)
        return str(problem["code"])[:60], str(problem["detail"])[:300]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "", "no problem details, so perhaps not the service itself."


def _retry_after(response: httpx.Response) -> float:
    """Seconds by Retry-After, given in seconds or as a date; 0 without one."""
    text = response.headers.get("retry-after", "")
    try:
        seconds = float(text) if text.isdigit() else (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_RETRY_SECONDS)

"""The two calls of the feed that a follower makes, over one connection that is kept open."""

from typing import Any, NamedTuple

import httpx
import orjson

from sync.follower.refusals import RequestRefused, Trouble, refusal

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0  # beyond what the request itself asks the server to wait
MAX_ERROR_LENGTH = 500


class Acknowledged(NamedTuple):
    """What the centre now holds of this POP: the feed's head, and how many positions behind it the POP is."""

    head: int
    lag: int


class FeedClient:
    """The feed at `url`, for the POP that `key` belongs to. The key goes into one header and nowhere else.

    Each call raises what `sync.follower.refusals` makes of the answer, and Trouble when there is none.
    """

    def __init__(self, url: str, key: str) -> None:
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "clavitor-pop/1"}
        try:
            self._http = httpx.Client(base_url=f"{url.rstrip('/')}/api/v1/sync/", headers=headers, timeout=timeout)
        except (httpx.InvalidURL, ValueError) as error:
            raise RequestRefused(f"{url!r} is no URL: {error}. Give the server's root, https://example.com.") from error

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def changes(self, *, cursor: str | None, limit: int, wait_seconds: int) -> bytes:
        """The page after `cursor`, or the first; the server may wait so long for something new."""
        parameters = {"limit": limit, "wait": wait_seconds, **({"cursor": cursor} if cursor else {})}
        return self._send("GET", "changes", wait_seconds, params=parameters).content

    def acknowledge(self, *, cursor: str, error: str | None = None) -> Acknowledged:
        """Tell the centre that everything up to `cursor` is applied, and nothing after it because of `error`."""
        body = {"cursor": cursor, **({"error": " ".join(error.split())[:MAX_ERROR_LENGTH]} if error else {})}
        response = self._send("POST", "ack", 0, json=body)
        try:
            answer = orjson.loads(response.content)
            return Acknowledged(int(answer["head"]), int(answer["lag"]))
        except (ValueError, KeyError, TypeError) as unreadable:
            raise Trouble(f"The answer to an acknowledgement can't be read: {unreadable!r:.100}.") from unreadable

    def _send(self, method: str, path: str, wait_seconds: int, **what: Any) -> httpx.Response:
        timeout = httpx.Timeout(ANSWER_SECONDS + wait_seconds, connect=CONNECT_SECONDS)
        try:
            response = self._http.request(method, path, timeout=timeout, **what)
        except httpx.UnsupportedProtocol as error:
            raise RequestRefused(f"--url must begin with https:// or http://: {error}") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            why = str(error) or type(error).__name__
            raise Trouble(f"No answer from {self._http.base_url.netloc.decode()}: {why}.") from error
        if response.status_code != httpx.codes.OK:
            raise refusal(response)
        return response

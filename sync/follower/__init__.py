"""The reference POP's side of the wire: pulls the feed over HTTP into a replica and acknowledges.

Nothing here knows Django or PostgreSQL: a POP is at an edge site and has neither.
"""

from sync.follower.client import FeedClient
from sync.follower.console import Console
from sync.follower.follow import Follower
from sync.follower.refusals import KeyRefused, Paused, RebuildNeeded, RequestRefused, Trouble

__all__ = ["Console", "FeedClient", "Follower", "KeyRefused", "Paused", "RebuildNeeded", "RequestRefused", "Trouble"]

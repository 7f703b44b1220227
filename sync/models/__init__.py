"""POPs and their keys, and the feed's own tables."""

from sync.models.feed import SyncHead, SyncObject, SyncSeal
from sync.models.pop import Pop, PopKey, PopStatus

__all__ = ["Pop", "PopKey", "PopStatus", "SyncHead", "SyncObject", "SyncSeal"]

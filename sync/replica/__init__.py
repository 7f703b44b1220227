"""The reference POP's replica: what the feed says, in one SQLite file.

Nothing here knows Django or PostgreSQL: a POP is at an edge site and has neither.
"""

from sync.replica.file import ReplicaUnusable, remove_file
from sync.replica.lock import ReplicaInUse
from sync.replica.page import Page, PageRefused, parse_page
from sync.replica.reader import ReplicaReader, State
from sync.replica.store import Replica, ReplicaTrouble

__all__ = [
    "Page",
    "PageRefused",
    "Replica",
    "ReplicaInUse",
    "ReplicaReader",
    "ReplicaTrouble",
    "ReplicaUnusable",
    "State",
    "parse_page",
    "remove_file",
]

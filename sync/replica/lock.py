"""One follower per replica: a lock beside the file, which goes with the process that holds it, however that ends."""

import fcntl
import os
from pathlib import Path

from clavitor.base.errors import Conflict
from sync.replica.file import ReplicaUnusable


class ReplicaInUse(Conflict):
    """Another process follows into this replica."""

    code = "replica_in_use"


def lock_file(replica: Path) -> int:
    """Take the lock of `replica`. Returns the descriptor that holds it; closing that gives it back.

    Raises ReplicaInUse, which names the process that has it, or ReplicaUnusable where no file can be made.
    """
    path = replica.with_name(f"{replica.name}.lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ReplicaUnusable(f"{path} can't be made: {error.strerror}. Name a file that can be written.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise ReplicaInUse(f"Process {holder} follows into {replica}. Stop it, or name another file.") from error
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor

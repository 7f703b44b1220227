"""Ports for the demonstration's server."""

import os
import socket

from django.core.management.base import CommandError


def chosen_port() -> int:
    """PORT, or 8000. Raises CommandError when that is no port, or taken."""
    text = os.environ.get("PORT", "8000")
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT={text} is no port. Set it to a number from 1 to 65535, or leave it unset for 8000.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise CommandError(f"Port {text} can't be had ({error.strerror}). Try PORT=8001 scripts/demo.") from error
    return int(text)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

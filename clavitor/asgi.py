"""The ASGI application that `manage.py serve` runs in each worker.

Ordinary requests go to Django's WSGI handler in threads: measured, that is three to four times as fast as Django's own
ASGI handler. The sealer lives in the lifespan: it starts and stops with the worker.
"""

import ctypes
import os
import signal

from clavitor.base.request_body import Message, Receive, Send, WholeBody
from clavitor.base.request_threads import RequestThreads
from clavitor.wsgi import application as django_application
from sync.sealer import Sealer

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
REQUEST_THREADS = int(os.environ.get("CLAVITOR_REQUEST_THREADS", "16"))


def _end_with_parent() -> None:
    """Have the kernel end this worker when the server's main process is killed: an orphan would go on serving."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _lifespan(receive: Receive, send: Send) -> None:
    sealer = Sealer()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _end_with_parent()
            sealer.start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            sealer.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


_requests = WholeBody(RequestThreads(django_application, REQUEST_THREADS))


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Lifespan events here, everything else in Django's threads."""
    await (_lifespan(receive, send) if scope["type"] == "lifespan" else _requests(scope, receive, send))

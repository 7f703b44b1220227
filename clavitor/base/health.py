"""For the machine that runs the service: is the process alive, and can it do its work?"""

import threading

import psycopg
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from clavitor.base.database import direct_connection

CONNECT_SECONDS = 2


def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers at all. It asks nothing of anybody, so a dead database doesn't restart servers."""
    return JsonResponse({"status": "ok"})


_migrated = threading.Event()  # once seen it stays true: this process's code needs no more migrations


def _problems() -> list[str]:
    try:
        with direct_connection(connect_timeout=CONNECT_SECONDS):  # the pool would go on trying for longer
            if _migrated.is_set():
                return []
        executor = MigrationExecutor(connection)
    except (psycopg.Error, Error):
        return ["The database doesn't answer."]
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not pending:
        _migrated.set()
    return [f"{len(pending)} migrations are not applied; run `manage.py migrate`."] if pending else []


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when requests can be served: the database answers and is migrated. 503 says what is missing."""
    problems = _problems()
    status = "not ready" if problems else "ok"
    return JsonResponse({"status": status, "problems": problems}, status=503 if problems else 200)

"""A log line for what has been done to tenants, people and POPs, which have no events of their own as vaults have."""

from typing import Any

import structlog
from django.db import models, transaction

log = structlog.get_logger("clavitor.audit")


def record(act: str, row: models.Model, *, by: models.Model | None, reason: str = "", **facts: Any) -> None:
    """Log `act` on `row` once the transaction has committed, and never otherwise. Ids only: no names, no secrets.

    Of the reason only that one was given: people write names into it. The admin's log of actions keeps its words.
    """
    told = {"id": row.pk, "by": by.pk if by else "command line", **facts, "with_reason": bool(reason)}
    transaction.on_commit(lambda: log.info(act, **told))

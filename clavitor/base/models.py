"""The base app's one table."""

from django.db import models


class IdLease(models.Model):
    """Up to which millisecond a node's ids have been granted to some process. `clavitor.base.ids` is its only user."""

    node = models.SmallIntegerField(primary_key=True)
    until_ms = models.BigIntegerField(help_text="Milliseconds after 2026-01-01T00:00:00Z.")

    class Meta:
        db_table = "id_leases"

    def __str__(self) -> str:
        return f"node {self.node} until {self.until_ms} ms"

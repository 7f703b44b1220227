"""The feed: each object once, at its latest position; the seals that put it there; the head.

Only `sync.seal` writes here, and only `sync.feed` reads. `sync_dirty`, the list of what is yet to be sealed, has no
model: triggers fill it and the sealer empties it, both in SQL (`sync.capture`, `sync.seal`).
"""

from django.db import models
from django.utils import timezone

from clavitor.base.fields import TextLineField


class SyncObject(models.Model):
    """One object of the registry as POPs see it. A removed one stays as a tombstone, with `data` null in its body."""

    pk = models.CompositePrimaryKey("kind", "object_id")
    kind = TextLineField(max_length=20)
    object_id = TextLineField(max_length=40)
    position = models.BigIntegerField(unique=True)
    deleted = models.BooleanField()
    body = models.BinaryField(help_text="The change as it goes out: RFC 8785 JSON in UTF-8, with its position.")
    leaf = models.BinaryField(help_text="SHA-256 of the body.")

    class Meta:
        db_table = "sync_objects"

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} at {self.position}"


class SyncSeal(models.Model):
    """One step of the head, from `first_position` to `last_position`. `chain` binds it to all that came before."""

    last_position = models.BigIntegerField(primary_key=True)
    first_position = models.BigIntegerField()
    epoch = TextLineField(max_length=20)
    chain = TextLineField(max_length=64)
    objects_sealed = models.BigIntegerField()
    sealed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "sync_seals"
        indexes = [models.Index(fields=["sealed_at"], name="idx_sync_seals_time")]

    def __str__(self) -> str:
        return f"{self.first_position} to {self.last_position}"


class SyncHead(models.Model):
    """The one row that says how far the feed goes."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    epoch = TextLineField(max_length=20)
    position = models.BigIntegerField()
    chain = TextLineField(max_length=64)

    class Meta:
        db_table = "sync_head"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="sync_head_one_row")]

    def __str__(self) -> str:
        return f"{self.epoch}.{self.position}"

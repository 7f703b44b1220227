"""Loads a database in the seed's SQLite schema into the registry, all or nothing.

What an operator can rely on:

- Every fault of the file is named in one pass, and one fault is enough for nothing to be written (`report` lists the
  codes). `--dry-run` does the same work in a transaction that it rolls back.
- A row is known by its id (`l0`, `pop_id`). One that the registry lacks is added; one that it has is never overwritten.
  Only the schema's columns count: what the registry keeps beside them (`revoked_at`, say) makes no other row.
- The very same file (by its SHA-256) imported again changes nothing. What has moved on since, or was removed, stays as
  the registry has it now; the report says which (`moved_on`, `removed_since`).
- Any other file may add rows, but where it contradicts the registry it is refused as a whole (`differs`). When a thing
  was last used or touched (`last_seen_at`, `last_used_at`, `updated_at`) contradicts nothing; the registry's is kept,
  and `activity_kept` says where the file knew of a later use. A POP that is here already stays wholly as it is.
- Roles match by name and keep our permissions. The root on which the file grants SuperAdmin becomes the internal
  tenant, or is merged into the one that is here. Imported people have no password until they set one.
- `next_invoice_at` is kept as it is: it is the anchor, and what lies before it counts as billed (RULES 24).
"""

"""Seal: what was captured becomes the feed (DESIGN, "Sync").

One REPEATABLE READ transaction takes dirty rows, expands them to what they reach, projects the present state of it all
and gives what really changed the next positions. Everything happens in one snapshot: a dirty row is visible exactly
when the change that made it is, so nothing that commits late can be missed, and nothing depends on ids, clocks or the
order of transactions.
"""

from typing import Any, NamedTuple

import psycopg
from psycopg import IsolationLevel, errors

# How many dirty rows one seal takes: enough to be fast, few enough that a revocation doesn't wait behind a bulk load.
BATCH = 20_000

SEALING = """
CREATE TEMPORARY TABLE IF NOT EXISTS sealing (kind text, object_id text, urgent boolean) ON COMMIT DELETE ROWS
"""

TAKE = """
WITH taken AS (
  DELETE FROM sync_dirty
   WHERE ctid = ANY (ARRAY(SELECT ctid FROM sync_dirty ORDER BY urgent DESC LIMIT %(batch)s))
  RETURNING kind, object_id, urgent)
INSERT INTO sealing
SELECT kind, object_id, bool_or(urgent) FROM taken GROUP BY kind, object_id
"""

# RULES 6, 16, 17, 27, 33: a tenant reaches the vaults below it, a subscription and a plan the vaults that name them
# (those that find a subscription upward are reached by its tenant, which capture marks too), a human its devices.
EXPAND = """
WITH RECURSIVE
human        AS MATERIALIZED (SELECT object_id::bigint AS id, urgent FROM sealing WHERE kind = 'human'),
tenant       AS MATERIALIZED (SELECT object_id::bigint AS id, urgent FROM sealing WHERE kind = 'tenant'),
subscription AS MATERIALIZED (SELECT object_id::bigint AS id, urgent FROM sealing WHERE kind = 'subscription'),
plan         AS MATERIALIZED (SELECT object_id AS name, urgent FROM sealing WHERE kind = 'plan'),
subtree AS (
  SELECT id, urgent FROM tenant
   UNION
  SELECT t.id, s.urgent FROM subtree s JOIN tenants t ON t.parent_id = s.id)
INSERT INTO sealing
SELECT 'vault', v.l0, s.urgent FROM subtree s JOIN vaults v ON v.tenant_id = s.id
 UNION ALL
SELECT 'vault', v.l0, s.urgent FROM subscription s JOIN vaults v ON v.subscription_id = s.id
 UNION ALL
SELECT 'vault', v.l0, p.urgent FROM plan p JOIN vaults v ON v.plan_override = p.name
 UNION ALL
SELECT 'credential', c.id::text, h.urgent FROM human h JOIN credentials c ON c.human_id = h.id
"""

# An object whose change would read as it does already keeps its position: nothing happened as far as POPs can see.
PUBLISH = """
WITH
vault AS MATERIALIZED (
  SELECT object_id, bool_or(urgent) AS urgent FROM sealing WHERE kind = 'vault' GROUP BY object_id),
credential AS MATERIALIZED (
  SELECT object_id, object_id::bigint AS id, bool_or(urgent) AS urgent
    FROM sealing WHERE kind = 'credential' GROUP BY object_id),
agent_token AS MATERIALIZED (
  SELECT object_id, object_id::bigint AS id, bool_or(urgent) AS urgent
    FROM sealing WHERE kind = 'agent_token' GROUP BY object_id),
present AS (
  SELECT 'vault' AS kind, object_id, urgent, data FROM vault LEFT JOIN sync_vaults d ON d.l0 = vault.object_id
   UNION ALL
  SELECT 'credential', object_id, urgent, data FROM credential LEFT JOIN sync_credentials d ON d.id = credential.id
   UNION ALL
  SELECT 'agent_token', object_id, urgent, data
    FROM agent_token LEFT JOIN sync_agent_tokens d ON d.id = agent_token.id),
changed AS (
  SELECT p.kind, p.object_id, p.data, o.position IS NOT NULL AS known,
         %(head)s + row_number() OVER (ORDER BY p.urgent DESC) AS position
    FROM present p
    LEFT JOIN sync_objects o USING (kind, object_id)
   WHERE CASE WHEN o.position IS NULL THEN p.data IS NOT NULL
              ELSE convert_to(sync_change(p.kind, p.object_id, o.position, p.data), 'UTF8') <> o.body
         END),
change AS MATERIALIZED (
  SELECT kind, object_id, known, position, data IS NULL AS deleted,
         convert_to(sync_change(kind, object_id, position, data), 'UTF8') AS body
    FROM changed),
added AS (
  INSERT INTO sync_objects (kind, object_id, position, deleted, body, leaf)
  SELECT kind, object_id, position, deleted, body, sha256(body) FROM change WHERE NOT known
  RETURNING position, leaf),
moved AS ( -- by key, not by a join: stale statistics can't make it slow; nor is the plain INSERT above so slow as this
  INSERT INTO sync_objects (kind, object_id, position, deleted, body, leaf)
  SELECT kind, object_id, position, deleted, body, sha256(body) FROM change WHERE known
      ON CONFLICT (kind, object_id) DO UPDATE
     SET position = excluded.position, deleted = excluded.deleted, body = excluded.body, leaf = excluded.leaf
  RETURNING position, leaf),
published AS (TABLE added UNION ALL TABLE moved)
SELECT count(*), encode(sha256(%(chain)s::bytea || string_agg(leaf, ''::bytea ORDER BY position)), 'hex')
  FROM published
"""

SEAL = """
INSERT INTO sync_seals (last_position, first_position, epoch, chain, objects_sealed, sealed_at)
VALUES (%(last)s, %(head)s + 1, %(epoch)s, %(chain)s, %(count)s, clock_timestamp())
"""

MOVE_HEAD = (
    "UPDATE sync_head SET position = %(last)s, chain = %(chain)s WHERE epoch = %(epoch)s AND position = %(head)s"
)


class HeadMoved(RuntimeError):
    """Somebody moved the head without holding the sealer's lock. Nothing was sealed; the next try starts afresh."""


class Sealed(NamedTuple):
    """What one call did: how many marks it took (doubles once), how many objects it published, where the head is."""

    taken: int
    objects: int
    head: int


def seal_once(connection: psycopg.Connection[Any], batch: int = BATCH) -> Sealed:
    """Seal up to `batch` dirty rows, urgent ones first, in one transaction on `connection`, which is in autocommit.

    The caller holds the sealer's lock (`sync.sealer`). Raises HeadMoved when someone sealed without it.
    """
    connection.execute(SEALING)
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            taken = connection.execute(TAKE, {"batch": batch}).rowcount
            head = connection.execute("SELECT epoch, position, chain FROM sync_head").fetchone()
            epoch, position, chain = head or ("", 0, "")
            objects = _publish(connection, epoch, position, chain) if taken else 0
    except (errors.SerializationFailure, errors.UniqueViolation) as error:
        raise HeadMoved("Somebody sealed at the same time.") from error
    return Sealed(taken, objects, position + objects)


def _publish(connection: psycopg.Connection[Any], epoch: str, head: int, chain: str) -> int:
    connection.execute(EXPAND)
    count, next_chain = connection.execute(PUBLISH, {"head": head, "chain": bytes.fromhex(chain)}).fetchone() or (0, "")
    if not count:
        return 0
    step = {"epoch": epoch, "head": head, "last": head + count, "count": count, "chain": next_chain}
    connection.execute(SEAL, step)
    if connection.execute(MOVE_HEAD, step).rowcount != 1:
        raise HeadMoved(f"The feed's head is no longer at {head} in epoch {epoch}.")
    connection.execute("SELECT pg_notify('sync_head', %s)", [str(head + count)])
    return int(count)

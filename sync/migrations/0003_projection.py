"""What an object is for a POP (RULES 27, 33): three views that give the `data` of a change in its canonical bytes.

row_to_json writes no white space and keeps the columns' order, so columns in alphabetical order give RFC 8785 JSON: the
values are strings, whole numbers, booleans and nulls alone.
"""

from django.db import migrations

FUNCTIONS = """
-- RFC 3339 in UTC; microseconds only where there are some. What its four-digit years can't say (raw SQL's -infinity, say)
-- becomes the first or the last second that they can: a NULL would read as "never ends". STABLE and not STRICT, or it
-- would not be inlined, and take three times as long.
CREATE FUNCTION rfc3339(at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN at < '0001-01-01 00:00:00Z' THEN '0001-01-01T00:00:00Z'
              WHEN at >= '9999-12-31 23:59:59Z' THEN '9999-12-31T23:59:59Z'
              ELSE to_char(at AT TIME ZONE 'UTC',
                           CASE WHEN date_trunc('second', at AT TIME ZONE 'UTC') = at AT TIME ZONE 'UTC'
                                THEN 'YYYY-MM-DD"T"HH24:MI:SS"Z"' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' END)
         END
$$;

-- base64url without padding, as WebAuthn writes credential ids.
CREATE FUNCTION base64url(bytes bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT rtrim(translate(encode(bytes, 'base64'), E'+/\\n', '-_'), '=')
$$;

-- One change as it goes out; without data it is a tombstone.
CREATE FUNCTION sync_change(kind text, object_id text, pos bigint, data text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT '{"data":' || coalesce(data, 'null')
      || ',"deleted":' || CASE WHEN data IS NULL THEN 'true' ELSE 'false' END
      || ',"id":"' || object_id || '","kind":"' || kind || '","position":' || pos || '}'
$$;
"""
NO_FUNCTIONS = """
DROP FUNCTION sync_change(text, text, bigint, text);
DROP FUNCTION base64url(bytea);
DROP FUNCTION rfc3339(timestamptz);
"""

VAULTS = """
CREATE VIEW sync_vaults AS
SELECT v.l0, row_to_json(d)::text AS data
  FROM vaults_effective v
 CROSS JOIN LATERAL (
       SELECT rfc3339(v.created_at)       AS created_at,
              rfc3339(v.ends_at)          AS ends_at,
              v.l0,
              v.max_devices,
              v.max_tokens,
              v.owner_human_id::text      AS owner_human_id,
              v.plan,
              v.status,
              v.status_reason,
              v.tenant_id::text           AS tenant_id) d
"""

# A revoked credential is in no view, so it leaves the feed as a tombstone.
CREDENTIALS = """
CREATE VIEW sync_credentials AS
SELECT c.id, row_to_json(d)::text AS data
  FROM credentials c
  JOIN humans h ON h.id = c.human_id
 CROSS JOIN LATERAL (
       SELECT rfc3339(c.created_at)       AS created_at,
              base64url(c.credential_id)  AS credential_id,
              c.enrolled_by::text         AS enrolled_by,
              c.human_id::text            AS human_id,
              c.id::text                  AS id,
              c.l0,
              c.p0,
              CASE h.status WHEN 'active' THEN 'active' ELSE 'suspended' END AS status,
              c.wl3_path) d
 WHERE c.revoked_at IS NULL
"""

AGENT_TOKENS = """
CREATE VIEW sync_agent_tokens AS
SELECT a.id, row_to_json(d)::text AS data
  FROM agent_tokens a
 CROSS JOIN LATERAL (
       SELECT a.all_access,
              rfc3339(a.created_at)       AS created_at,
              a.created_by::text          AS created_by,
              rfc3339(a.expires_at)       AS expires_at,
              a.id::text                  AS id,
              a.name,
              a.scopes,
              a.status,
              a.token_hash,
              a.vault_l0) d
"""


class Migration(migrations.Migration):
    dependencies = [("sync", "0002_capture")]

    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(VAULTS, "DROP VIEW sync_vaults"),
        migrations.RunSQL(CREDENTIALS, "DROP VIEW sync_credentials"),
        migrations.RunSQL(AGENT_TOKENS, "DROP VIEW sync_agent_tokens"),
    ]

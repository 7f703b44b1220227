"""RULES 27, 29 and 31 in the database: scopes sorted and unique, wrapped keys where p0 says, and a vault's effective status in one place."""

from django.db import migrations

SCOPES_SORTED = """
CREATE FUNCTION scopes_are_sorted(scopes text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT scopes = coalesce(
    (SELECT string_agg(DISTINCT scope COLLATE "C", ',' ORDER BY scope COLLATE "C")
       FROM unnest(string_to_array(scopes, ',')) AS scope), '')
$$;
ALTER TABLE agent_tokens ADD CONSTRAINT agent_tokens_scopes_sorted CHECK (scopes_are_sorted(scopes));
"""
NO_SCOPES_SORTED = """
ALTER TABLE agent_tokens DROP CONSTRAINT agent_tokens_scopes_sorted;
DROP FUNCTION scopes_are_sorted(text);
"""

WL3_PATH_OF_P0 = """
ALTER TABLE credentials ADD CONSTRAINT credentials_wl3_path_of_p0
  CHECK (left(wl3_path, 12) = left(p0, 2) || '/' || p0 || '/')
"""

# RULES 16, 17, 27. The clock is never read: `ends_at` travels with the vault and every reader judges by it. A vault
# without a subscription of its own has the nearest that isn't archived, of its tenant or upward; where one tenant has
# several, one in service goes before a suspended one, and that before a cancelled one; then the latest.
VAULTS_EFFECTIVE = """
CREATE VIEW vaults_effective AS
SELECT v.l0,
       v.tenant_id,
       v.owner_human_id,
       v.created_at,
       s.id AS subscription_id,
       s.ends_at,
       coalesce(v.plan_override, s.plan) AS plan,
       coalesce(override.max_devices, s.max_devices) AS max_devices,
       coalesce(override.max_tokens, s.max_tokens) AS max_tokens,
       CASE WHEN 'archived' IN (v.status, t.status, s.status) THEN 'archived'
            WHEN 'suspended' IN (v.status, t.status, s.status) OR s.id IS NULL THEN 'suspended'
            ELSE 'active'
        END AS status,
       CASE WHEN v.status = 'archived' THEN 'vault_archived'
            WHEN t.status = 'archived' THEN 'tenant_archived'
            WHEN s.status = 'archived' THEN 'subscription_archived'
            WHEN v.status = 'suspended' THEN 'vault_suspended'
            WHEN t.status = 'suspended' THEN 'tenant_suspended'
            WHEN s.status = 'suspended' THEN 'subscription_suspended'
            WHEN s.id IS NULL THEN 'no_subscription'
        END AS status_reason
  FROM vaults v
  JOIN tenants_effective t ON t.id = v.tenant_id
  LEFT JOIN LATERAL (
       SELECT i.id
         FROM subscriptions i
        WHERE v.subscription_id IS NULL
          AND i.tenant_id IN (t.id, t.parent_id, t.grandparent_id)
          AND i.status <> 'archived'
        ORDER BY CASE i.tenant_id WHEN t.id THEN 0 WHEN t.parent_id THEN 1 ELSE 2 END,
                 CASE i.status WHEN 'suspended' THEN 1 WHEN 'cancelled' THEN 2 ELSE 0 END,
                 i.started_at DESC,
                 i.id DESC
        LIMIT 1) inherited ON true
  LEFT JOIN subscriptions s ON s.id = coalesce(v.subscription_id, inherited.id)
  LEFT JOIN plans override ON override.name = v.plan_override
"""


class Migration(migrations.Migration):
    dependencies = [
        ("vaults", "0001_initial"),
        ("tenancy", "0002_hierarchy"),
        ("billing", "0003_plan_catalogue"),
    ]

    operations = [
        migrations.RunSQL(SCOPES_SORTED, NO_SCOPES_SORTED),
        migrations.RunSQL(WL3_PATH_OF_P0, "ALTER TABLE credentials DROP CONSTRAINT credentials_wl3_path_of_p0"),
        migrations.RunSQL(VAULTS_EFFECTIVE, "DROP VIEW vaults_effective"),
    ]

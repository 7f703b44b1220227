"""Capture on every table that POPs follow: RULES 27 and 33 say which columns matter to them."""

from django.db import migrations

from sync import capture

STOPPED = "status IN ('suspended', 'archived')"

TABLES = [
    {
        "table": "credentials",
        "objects": {"credential": "id"},
        "followed": [
            "human_id", "p0", "l0", "credential_id", "wl3_path", "enrolled_by", "created_at", "revoked_at",
        ],
        "urgent": "revoked_at IS NOT NULL",
    },
    {
        "table": "agent_tokens",
        "objects": {"agent_token": "id"},
        "followed": [
            "vault_l0", "name", "token_hash", "scopes", "all_access", "created_by", "created_at", "expires_at",
            "status",
        ],
        "urgent": "status <> 'active'",
    },
    {
        "table": "vaults",
        "objects": {"vault": "l0"},
        "followed": ["tenant_id", "owner_human_id", "subscription_id", "created_at", "status", "plan_override"],
        "urgent": STOPPED,
    },
    {
        "table": "humans",
        "objects": {"human": "id"},
        "followed": ["status"],
        "urgent": "status <> 'active'",
    },
    {
        "table": "tenants",
        "objects": {"tenant": "id"},
        "followed": ["parent_id", "status"],
        "urgent": STOPPED,
    },
    {
        # Its tenant too: vaults that name no subscription find the nearest one upward (RULES 17), and those of the
        # tenant that a subscription is taken from can't be found from the subscription any more.
        "table": "subscriptions",
        "objects": {"subscription": "id", "tenant": "tenant_id"},
        "followed": ["plan", "status", "started_at", "ends_at", "max_devices", "max_tokens"],
        "urgent": "status IN ('suspended', 'cancelled', 'archived')",
    },
    {
        "table": "plans",
        "objects": {"plan": "name"},
        "followed": ["max_devices", "max_tokens"],
        "urgent": "false",
    },
]


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial"), ("vaults", "0002_rules")]

    operations = [
        migrations.RunSQL(capture.DIRTY, capture.NO_DIRTY),
        *(migrations.RunSQL(capture.install(**table), capture.uninstall(table["table"])) for table in TABLES),
    ]

"""The six roles, with the permissions and descriptions of the schema and the reach of RULES 9."""

from django.db import migrations

ROLES = [
    ("SuperAdmin", "all", {"all": True}, "Full access to all tenants and systems"),
    (
        "MSPAdmin",
        "subtree",
        {"tenant_admin": True, "billing_view": True, "vault_read": True},
        "Admin for MSP and all child tenants",
    ),
    (
        "TenantAdmin",
        "depts",
        {"tenant_admin": True, "vault_create": True, "agent_create": True, "device_enroll": True},
        "Admin for specific tenant",
    ),
    ("VaultUser", "tenant", {"vault_read": True, "vault_write": True}, "Can use vaults, cannot admin"),
    ("BillingAdmin", "tenant", {"billing_view": True, "invoices": True}, "Can view and pay invoices"),
    ("ReadOnly", "tenant", {"vault_read": True}, "View only, no changes"),
]


def add_roles(apps, schema_editor):
    role = apps.get_model("tenancy", "Role")
    for name, reach, permissions, description in ROLES:
        role.objects.get_or_create(
            name=name, defaults={"reach": reach, "permissions": permissions, "description": description}
        )


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_hierarchy"), ("base", "0002_id_nodes")]

    operations = [migrations.RunPython(add_roles, migrations.RunPython.noop)]

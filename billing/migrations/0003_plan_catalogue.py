"""The ten plans (RULES 14). What is known is set; what isn't is a default that an operator confirms, and a price that is
not known stays unset, so that the plan can't be sold until somebody sets it."""

from django.db import migrations

LIMITS = ["max_vaults", "max_agents", "max_tokens"]
# name: max_vaults, max_agents, cents a year, sold monthly too, what is not known
PLANS = {
    "Personal": (1, 5, 1200, False, []),
    "Family": (1, 15, None, False, []),
    "Pro": (1, 50, None, False, []),
    "Team10": (11, 100, None, False, []),
    "Team25": (26, 250, 49900, False, []),
    "Team100": (101, 1000, None, True, []),
    "Team250": (251, 2500, None, True, LIMITS),
    "Team500": (501, 5000, None, True, LIMITS),
    "MME": (2000, 20000, None, True, LIMITS),
    "Enterprise": (10000, 100000, None, True, LIMITS),
}
DEVICES_PER_VAULT = 10


def add_plans(apps, schema_editor):
    plan = apps.get_model("billing", "Plan")
    for name, (vaults, agents, cents, monthly, unknown) in PLANS.items():
        plan.objects.get_or_create(
            name=name,
            defaults={
                "max_vaults": vaults,
                "max_agents": agents,
                "max_tokens": agents,  # per vault no more than in all, until an operator sets less
                "max_devices": DEVICES_PER_VAULT,
                "price_per_year_cents": cents,
                "sells_monthly": monthly,
                "to_confirm": sorted({"max_devices", "max_tokens", *unknown}),
            },
        )


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_event_vault")]

    operations = [migrations.RunPython(add_plans, migrations.RunPython.noop)]

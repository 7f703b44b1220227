"""The plans' catalogue."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clavitor.base.fields import TextLineField


class PlanName(models.TextChoices):
    """The ten plans. Their names are fixed; what they cost and hold is the catalogue's (RULES 3, 14)."""

    PERSONAL = "Personal"
    FAMILY = "Family"
    PRO = "Pro"
    TEAM10 = "Team10"
    TEAM25 = "Team25"
    TEAM100 = "Team100"
    TEAM250 = "Team250"
    TEAM500 = "Team500"
    MME = "MME"
    ENTERPRISE = "Enterprise"


class BillingCycle(models.TextChoices):
    """How often a subscription is billed."""

    MONTHLY = "monthly", "Monthly"
    ANNUAL = "annual", "Annual"


class Plan(models.Model):
    """One plan as it is sold now. A subscription copies limits and price at its start and keeps them (RULES 15)."""

    name = TextLineField(primary_key=True, max_length=40, choices=PlanName.choices)
    max_vaults = models.PositiveIntegerField(help_text="Vaults of one subscription.")
    max_agents = models.PositiveIntegerField(help_text="Live agent tokens of one subscription, over all its vaults.")
    max_devices = models.PositiveIntegerField(help_text="Devices per vault.")
    max_tokens = models.PositiveIntegerField(help_text="Agent tokens per vault.")
    price_per_year_cents = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Cents a year. Unset: the plan can't be sold (RULES 14)."
    )
    sells_monthly = models.BooleanField(default=False, help_text="May be billed monthly as well as annually.")
    to_confirm = ArrayField(
        TextLineField(max_length=40),
        default=list,
        blank=True,
        help_text="Fields whose default nobody has confirmed; an operator sets them and takes them off this list.",
    )

    class Meta:
        db_table = "plans"
        ordering = ["max_vaults", "max_agents", "name"]
        constraints = [models.CheckConstraint(condition=Q(name__in=PlanName.values), name="plans_name_known")]

    def __str__(self) -> str:
        return self.name

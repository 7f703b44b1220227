"""The catalogue of plans (RULES 14)."""

from datetime import datetime

from django.db import transaction

from billing.models import Plan
from billing.operations.event import EventType, record_event
from clavitor.base import rows
from clavitor.base.errors import Invalid
from tenancy import operations as tenancy
from tenancy.models import Human

EDITABLE = ("max_vaults", "max_agents", "max_devices", "max_tokens", "price_per_year_cents", "sells_monthly")


@transaction.atomic
def update_plan(
    *,
    plan: Plan,
    max_vaults: int,
    max_agents: int,
    max_devices: int,
    max_tokens: int,
    price_per_year_cents: int | None,
    sells_monthly: bool,
    to_confirm: list[str],
    by: Human | None,
    at: datetime,
) -> Plan:
    """What the plan costs and holds from now on; subscriptions keep what they copied (RULES 15). An operator's act.

    `to_confirm` names the fields that still hold a default of nobody's. Raises OperatorRequired, Invalid.
    """
    tenancy.require_operator(by, act="change the catalogue of plans")
    internal = tenancy.ensure_internal_tenant(at=at)
    plan = rows.lock(plan)
    before = _facts(plan)
    values = (max_vaults, max_agents, max_devices, max_tokens, price_per_year_cents, sells_monthly)
    for name, value in zip(EDITABLE, values, strict=True):
        setattr(plan, name, value)
    plan.to_confirm = _known(to_confirm)
    rows.check_fields(plan, *EDITABLE)
    plan.save(update_fields=[*EDITABLE, "to_confirm"])
    changed = {name: [before[name], new] for name, new in _facts(plan).items() if before[name] != new}
    record_event(
        event_type=EventType.PLAN_UPDATED,
        tenant=internal,  # the catalogue is the company's own
        by=by,
        at=at,
        details={"plan": plan.name, **changed},
    )
    return plan


def _facts(plan: Plan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in (*EDITABLE, "to_confirm")}


def _known(to_confirm: list[str]) -> list[str]:
    if unknown := sorted(set(to_confirm) - set(EDITABLE)):
        raise Invalid(f"{', '.join(unknown)}: no such field. There are {', '.join(EDITABLE)}.", field="to_confirm")
    return sorted(set(to_confirm))

"""The file's schema as data: the ten tables in the order they are loaded, and what each column holds.

Tests compare it with `schema.sql`. Closed lists and lengths are the models'.
"""

from dataclasses import dataclass
from functools import cached_property

from django.db import models

from billing.models import BillingCycle, BillingEvent, InvoiceTerms, PlanName, Subscription, SubscriptionStatus
from clavitor.importer import kinds
from clavitor.importer.kinds import COUNT, EMAIL, HEX8, ID, INTEGER, REFERENCE, TIME, Kind
from sync.models import Pop, PopStatus
from tenancy.models import Human, HumanStatus, Role, RoleName, Tenant, TenantLevel, TenantStatus
from vaults.models import AgentToken, AgentTokenStatus, VaultStatus

MAX_CREDENTIAL_ID = 1023  # bytes; WebAuthn's own limit
WL3_PATH = r"[0-9a-f]{2}/[0-9a-f]{8}/[0-9]{8}_[a-z0-9]+\.cla"
POP_ID = r"[a-z0-9][a-z0-9-]*"


def _line(model: type[models.Model], field: str, pattern: str = "", code: str = "", form: str = "") -> Kind:
    """Text as long as the model's field takes."""
    max_length = getattr(model._meta.get_field(field), "max_length", None)
    return kinds.text(int(max_length or 0), pattern, code, form)


@dataclass(frozen=True)
class Column:
    """One column of the file.

    `activity` columns tell when something was last used or touched: they move on by themselves, so a difference between
    file and registry is no conflict. A column that isn't `loaded` is checked and then left out.
    """

    name: str
    kind: Kind
    nullable: bool = False
    refers_to: str | None = None
    activity: bool = False
    loaded: bool = True


@dataclass(frozen=True)
class Table:
    """One table of the file; its first column is its key.

    One that isn't `loaded` is mapped to ours. Of one that isn't `compared`, a row that the registry has stays as it is.
    """

    name: str
    columns: tuple[Column, ...]
    loaded: bool = True
    compared: bool = True

    @property
    def key(self) -> Column:
        return self.columns[0]

    @cached_property
    def loaded_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.loaded)


def _optional(name: str, kind: Kind) -> Column:
    return Column(name, kind, nullable=True)


def _to(table: str, name: str, *, nullable: bool = False) -> Column:
    return Column(name, HEX8 if table == "vaults" else REFERENCE, nullable=nullable, refers_to=table)


def _activity(name: str) -> Column:
    return Column(name, TIME, nullable=True, activity=True)


TENANTS = Table(
    "tenants",
    (
        Column("id", ID),
        _to("tenants", "parent_id", nullable=True),
        Column("level", kinds.choice(TenantLevel.values, int)),
        Column("name", _line(Tenant, "name")),
        Column("status", kinds.choice(TenantStatus.values)),
        _optional("billing_email", EMAIL),
        Column("created_at", TIME),
        _activity("updated_at"),
    ),
)
HUMANS = Table(
    "humans",
    (
        Column("id", ID),
        _to("tenants", "tenant_id"),
        Column("email", EMAIL),
        Column("name", _line(Human, "name")),
        Column("status", kinds.choice(HumanStatus.values)),
        Column("created_at", TIME),
        _activity("updated_at"),
    ),
)
ROLES = Table(
    "roles",
    (
        Column("id", ID),
        Column("name", kinds.choice(RoleName.values)),
        Column("permissions", kinds.JSON_OBJECT),
        _optional("description", _line(Role, "description")),
        Column("created_at", TIME),
    ),
    loaded=False,
)
ROLE_ASSIGNMENTS = Table(
    "role_assignments",
    (
        Column("id", ID),
        _to("humans", "human_id"),
        _to("tenants", "tenant_id"),
        _to("roles", "role_id"),
        _to("humans", "granted_by", nullable=True),
        Column("created_at", TIME),
    ),
)
SUBSCRIPTIONS = Table(
    "subscriptions",
    (
        Column("id", ID),
        _to("tenants", "tenant_id"),
        Column("plan", kinds.choice(PlanName.values)),
        Column("status", kinds.choice(SubscriptionStatus.values)),
        Column("started_at", TIME),
        _optional("ends_at", TIME),
        _optional("billing_cycle", kinds.choice(BillingCycle.values)),
        _optional("next_invoice_at", TIME),  # the anchor of what is billed here from now on (RULES 24)
        Column("max_vaults", COUNT),
        Column("max_devices", COUNT),
        Column("max_tokens", COUNT),
        Column("price_per_year_cents", COUNT),
        _optional("paddle_subscription_id", _line(Subscription, "paddle_subscription_id")),
        _optional("invoice_terms", kinds.choice(InvoiceTerms.values)),
        Column("created_at", TIME),
        _activity("updated_at"),
    ),
)
VAULTS = Table(
    "vaults",
    (
        Column("l0", HEX8),
        _to("tenants", "tenant_id"),
        _to("humans", "owner_human_id", nullable=True),
        _to("subscriptions", "subscription_id", nullable=True),
        Column("created_at", TIME),
        _activity("last_seen_at"),
        Column("status", kinds.choice(VaultStatus.values)),
        _optional("plan_override", kinds.choice(PlanName.values)),
    ),
)
CREDENTIALS = Table(
    "credentials",
    (
        Column("id", ID),
        _to("humans", "human_id"),
        Column("p0", HEX8),
        _to("vaults", "l0"),
        Column("credential_id", kinds.blob(MAX_CREDENTIAL_ID)),
        Column("wl3_path", kinds.text(1_000, WL3_PATH, "bad_path", "a path as a1/a1b2c3d4/20260405_abc.cla")),
        _to("humans", "enrolled_by", nullable=True),
        Column("created_at", TIME),
        _activity("last_used_at"),
    ),
)
BILLING_EVENTS = Table(
    "billing_events",
    (
        Column("id", ID),
        Column("occurred_at", TIME),
        _to("tenants", "tenant_id"),
        _to("subscriptions", "subscription_id", nullable=True),
        _to("humans", "human_id", nullable=True),
        _to("vaults", "vault_l0", nullable=True),
        Column("event_type", _line(BillingEvent, "event_type")),
        _optional("amount_cents", INTEGER),
        _optional("details", kinds.JSON),
    ),
)
POPS = Table(
    "pop_sync_state",
    (
        Column("pop_id", _line(Pop, "pop_id", POP_ID, "bad_pop_id", "lowercase letters, digits and hyphens")),
        Column("last_sync_at", TIME),
        Column("last_sync_cursor", INTEGER, nullable=True, loaded=False),
        Column("status", kinds.choice(PopStatus.values)),
        Column("updated_at", TIME),
    ),
    compared=False,
)
AGENT_TOKENS = Table(
    "agent_tokens",
    (
        Column("id", ID),
        _to("vaults", "vault_l0"),
        Column("name", _line(AgentToken, "name")),
        Column("token_hash", kinds.HASH),
        Column("scopes", kinds.SCOPES),
        Column("all_access", kinds.FLAG),
        _to("humans", "created_by", nullable=True),
        Column("created_at", TIME),
        _optional("expires_at", TIME),
        _activity("last_used_at"),
        Column("status", kinds.choice(AgentTokenStatus.values)),
    ),
)
TABLES = (
    TENANTS, HUMANS, ROLES, ROLE_ASSIGNMENTS, SUBSCRIPTIONS, VAULTS, CREDENTIALS, AGENT_TOKENS, BILLING_EVENTS, POPS,
)  # fmt: skip
LOADED = tuple(table for table in TABLES if table.loaded)
BY_NAME = {table.name: table for table in TABLES}

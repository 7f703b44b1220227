"""The live database is the schema's (RULES 3): every fact of tests/schema.sql is compared with the catalogue, and each
deliberate difference is listed here with its reason. An unlisted one fails, and so does a listed one that is gone."""

import pytest
from django.db import connection

from tenancy.models import Role
from tests import catalogue
from tests.seed import SCHEMA, Seed, closed_list, read

TIME = "timestamp with time zone"
POP = "RULES 33, 34: the feed that POPs follow"
PREFIX = "Django's, for searches by prefix whatever the collation"
BEGINS = "the admin's search: how a name or an email begins, without regard to case"
REFERENCED = "Django's, for the foreign key: PROTECT and the lists ask from the other side"

# What differs: (the live value; None where the schema's fact is gone, and why).
DIFFERENCES: dict[str, tuple[str | None, str]] = {
    "tenants.level type": ("integer", "it holds 1, 2 or 3"),
    "roles.permissions type": ("jsonb", "JSON, checked to be an object"),
    "billing_events.details type": ("jsonb", "JSON"),
    "agent_tokens.all_access type": ("boolean", "0 or 1"),
    "agent_tokens.all_access default": ("false", "0 as a boolean"),
    "subscriptions.status values": (
        "active, archived, cancelled, past_due, suspended, trialing",
        "RULES 18 adds trialing",
    ),
    "tenants.is_internal": ("boolean, not null, default false", "RULES 10: the tenant on which SuperAdmin is granted"),
    "tenants unique (is_internal) WHERE is_internal": ("yes", "RULES 10: there is one"),
    "tenants.parent_level": ("integer, null, default generated", "RULES 5: which level the parent must be of"),
    "tenants unique (id, level)": ("yes", "RULES 5: what (parent_id, parent_level) refers to"),
    "tenants (parent_id, parent_level) references": ("tenants (id, level)", "RULES 5: a parent of the right level"),
    "humans.password": ("character varying(128), not null, default !", "Django's sign-in; '!' lets nobody in"),
    "humans.last_login": (f"{TIME}, null, default none", "Django's sign-in"),
    "humans.sessions_ended_at": (f"{TIME}, null, default none", "RULES 7: a suspension ends the sessions there were"),
    "humans unique (lower(email))": ("yes", "RULES 7: unique without regard to case"),
    "roles.reach": ("text, not null, default tenant", "RULES 9: the reach is a column"),
    "credentials.enrolled_by_credential_id": ("bigint, null, default none", "RULES 30: the authorising device"),
    "credentials (enrolled_by_credential_id) references": ("credentials (id)", "RULES 30: the authorising device"),
    "credentials.revoked_at": (f"{TIME}, null, default none", "RULES 30: a revocation is a fact, not a missing row"),
    "credentials.revoked_by": ("bigint, null, default none", "RULES 30: who revoked"),
    "credentials (revoked_by) references": ("humans (id)", "RULES 30: who revoked"),
    "credentials unique (l0, credential_id)": ("yes", "RULES 28: a device is enrolled once for a vault"),
    "pop_sync_state.last_error": ("text, null, default none", "RULES 35: what a POP reported as wrong"),
    "id_leases": ("table", "RULES 1: ids without duplicates need leased nodes"),
    "plans": ("table", "RULES 14: the editable catalogue"),
    "pop_keys": ("table", "POPs sign in by keys, two at a time"),
    "imported_files": ("table", "the importer: a file that was imported is known again"),
    "sync_dirty": ("table", POP),
    "sync_objects": ("table", POP),
    "sync_seals": ("table", POP),
    "sync_head": ("table", POP),
    "sync_vaults": ("view", POP),
    "sync_credentials": ("view", POP),
    "sync_agent_tokens": ("view", POP),
    "tenants_effective": ("view", "RULES 6: computed, never copied down"),
    "vaults_effective": ("view", "RULES 27: computed, never copied down"),
    **{
        f"{table} index ({column} text_pattern_ops)": (f"{table} ({column} text_pattern_ops)", PREFIX)
        for table, column in {
            "humans": "email",
            "roles": "name",
            "vaults": "l0",
            "billing_events": "vault_l0",
            "pop_sync_state": "pop_id",
            "agent_tokens": "token_hash",
        }.items()
    },
    **{
        f"{table} index (lower({column}) text_pattern_ops)": (f"{table} (lower({column}) text_pattern_ops)", BEGINS)
        for table, column in [("tenants", "name"), ("humans", "name"), ("humans", "email")]
    },
    **{
        f"{table} index ({column})": (f"{table} ({column})", REFERENCED)
        for table, columns in {
            "role_assignments": ["role_id", "granted_by"],
            "vaults": ["subscription_id"],
            "credentials": ["enrolled_by", "enrolled_by_credential_id", "revoked_by"],
            "billing_events": ["subscription_id", "human_id", "vault_l0"],
            "agent_tokens": ["created_by"],
        }.items()
        for column in columns
    },
}
LISTED = {what: live for what, (live, _) in DIFFERENCES.items()}


@pytest.fixture(scope="module")
def seed() -> Seed:
    return read(SCHEMA.read_text())


def differences(seed: Seed) -> dict[str, str | None]:
    """Each fact in which the live database isn't the schema's, with its live value."""
    expected = seed.facts | {f"index {name}": on for name, on in seed.indexes.items()}
    live = catalogue.facts(seed)
    return {what: live.get(what) for what in expected.keys() | live.keys() if expected.get(what) != live.get(what)}


def test_the_live_schema_is_the_contract_but_for_the_listed_differences(db: None, seed: Seed) -> None:
    found = differences(seed)
    unlisted = {what: (seed.facts.get(what), live) for what, live in found.items() if what not in LISTED}
    assert not unlisted, f"differs from schema.sql, (there, here), and isn't listed: {unlisted}"
    assert found == LISTED, "a listed difference is gone or has changed: mend the list"


@pytest.mark.parametrize(
    ("mutation", "seen"),
    {
        "ALTER TABLE vaults ALTER status DROP DEFAULT": "vaults.status default",
        "ALTER TABLE agent_tokens ALTER scopes SET DEFAULT '0001'": "agent_tokens.scopes default",
        "ALTER TABLE credentials ALTER p0 DROP NOT NULL": "credentials.p0 not null",
        "ALTER TABLE humans ALTER updated_at SET NOT NULL": "humans.updated_at not null",
        "ALTER TABLE humans ADD nickname text": "humans.nickname",
        "ALTER TABLE roles RENAME description TO about": "roles.description type",
        "ALTER TABLE subscriptions ALTER price_per_year_cents TYPE integer": "subscriptions.price_per_year_cents type",
        "ALTER TABLE pop_keys RENAME TO keys": "pop_keys",
        "DROP INDEX idx_credentials_p0": "index idx_credentials_p0",
        "DROP INDEX idx_billing_events_tenant;"
        "CREATE INDEX idx_billing_events_tenant ON billing_events (tenant_id)": "index idx_billing_events_tenant",
        "CREATE INDEX extra ON vaults (created_at)": "vaults index (created_at)",
        "ALTER TABLE humans DROP CONSTRAINT humans_email_key": "humans unique (email)",
        "ALTER TABLE role_assignments DROP CONSTRAINT role_assignments_once": (
            "role_assignments unique (human_id, tenant_id, role_id)"
        ),
        "ALTER TABLE pop_sync_state DROP CONSTRAINT pop_sync_state_status_known": "pop_sync_state.status values",
        "ALTER TABLE vaults DROP CONSTRAINT vaults_status_known;"
        "ALTER TABLE vaults ADD CHECK (status IN ('active', 'archived'))": "vaults.status values",
        "ALTER TABLE tenants DROP CONSTRAINT tenants_level_known": "tenants.level values",
        "ALTER TABLE agent_tokens DROP CONSTRAINT agent_tokens_pkey": "agent_tokens primary key",
        "CREATE TABLE notes (id bigint)": "notes",
    }.items(),
)
def test_a_mutated_schema_is_noticed(db: None, seed: Seed, mutation: str, seen: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(mutation)
    assert differences(seed).get(seen, "as before") != LISTED.get(seen, "as before")


def test_a_dropped_reference_is_noticed(db: None, seed: Seed) -> None:
    name = "SELECT conname FROM pg_constraint WHERE conrelid = 'vaults'::regclass AND confrelid = 'tenants'::regclass"
    with connection.cursor() as cursor:
        cursor.execute(name)
        cursor.execute(f'ALTER TABLE vaults DROP CONSTRAINT "{cursor.fetchone()[0]}"')
    assert differences(seed).keys() - LISTED.keys() == {"vaults (tenant_id) references"}


def test_the_six_roles_are_the_schemas(db: None, seed: Seed) -> None:
    assert len(seed.roles) == 6
    assert {role.name: (role.permissions, role.description) for role in Role.objects.all()} == seed.roles


def test_the_reading_of_the_schema_is_whole(seed: Seed) -> None:
    """The reader could agree with anything if it saw little: what a person counts in the file, it must have seen."""
    text = SCHEMA.read_text()
    assert len(seed.tables) == text.count("CREATE TABLE") == 10
    assert len(seed.indexes) == text.count("CREATE INDEX") == 20
    assert sum(map(len, seed.tables.values())) == 84
    assert sum(what.endswith(" references") for what in seed.facts) == text.count("REFERENCES")
    assert sum(" unique " in what for what in seed.facts) == text.count("UNIQUE")
    assert sum(value == "yes" for what, value in seed.facts.items() if what.endswith("not null")) == (
        text.count("NOT NULL") + text.count("PRIMARY KEY")
    )
    assert {what.removesuffix(" values") for what in seed.facts if what.endswith(" values")} == {
        "tenants.level", "tenants.status", "humans.status", "roles.name", "subscriptions.plan", "subscriptions.status",
        "subscriptions.billing_cycle", "subscriptions.invoice_terms", "vaults.status", "pop_sync_state.status",
        "agent_tokens.status",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("comment", "values"),
    [
        ("active, suspended, archived", ["active", "suspended", "archived"]),
        ("Hierarchy depth: 1=MSP, 2=Customer, 3=Dept", ["1", "2", "3"]),
        ("net_60, immediate - NULL defaults by tier", ["net_60", "immediate"]),
        ("subscription_created, upgraded, device_enrolled, etc.", []),
        ('e.g., "Claude Code", "Deploy CI"', []),
        ("8-byte int64, use lib.NewID()", []),
        ("", []),
    ],
)
def test_closed_lists_are_told_from_other_comments(comment: str, values: list[str]) -> None:
    assert closed_list(comment) == values


def test_a_line_that_the_reader_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown form"):
        read("CREATE TABLE t (\n    id INTEGER PRIMARY KEY CHECK (id > 0)\n);")

"""Every constraint and trigger of the database, with a sentence for each. The lists are compared with the catalogue,
and each guard is tried with raw SQL: a copy of a valid row that breaks this one rule is refused, and by this one."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection

from tests import catalogue
from tests.copies import COPIES, KEEP, add_originals, copy_row

HAVE_IDS = [table for table, (_, changes) in COPIES.items() if "id" in changes]
HAVE_STATES = ["tenants", "humans", "subscriptions", "vaults", "agent_tokens", "pop_sync_state"]
CAPTURED = ["credentials", "agent_tokens", "vaults", "humans", "tenants", "subscriptions", "plans"]

# name: what it says, and copies that break it
CHECKS: dict[str, tuple[str, *tuple[dict[str, Any], ...]]] = {
    **{f"{table}_id_check": ("An id is positive (RULES 1).", {"id": 0}, {"id": -1}) for table in HAVE_IDS},
    **{
        f"{table}_status_known": ("A state is one that the schema lists.", {"status": "Active"}, {"status": ""})
        for table in HAVE_STATES
    },
    "tenants_level_known": ("A tenant is an MSP, a customer or a department.", {"level": 4}, {"level": 0}),
    "tenants_level_fits_parent": (
        "An MSP is a root, and a department is none (RULES 5).",
        {"level": 1},
        {"level": 3, "parent_id": None},
    ),
    "tenants_not_own_parent": ("No tenant is its own parent.", {"parent_id": 99}),
    "roles_name_known": ("There are six roles.", {"name": "Owner"}, {"name": "readonly"}),
    "roles_reach_known": ("A reach is all, subtree, depts or tenant (RULES 9).", {"reach": "world"}),
    "roles_permissions_object": ("Permissions are a JSON object.", {"permissions": []}, {"permissions": "all"}),
    "plans_name_known": ("There are ten plans (RULES 14).", {"name": "Gold"}),
    "plans_max_vaults_check": ("A plan's limit isn't negative.", {"max_vaults": -1}),
    "plans_max_agents_check": ("A plan's limit isn't negative.", {"max_agents": -1}),
    "plans_max_devices_check": ("A plan's limit isn't negative.", {"max_devices": -1}),
    "plans_max_tokens_check": ("A plan's limit isn't negative.", {"max_tokens": -1}),
    "plans_price_per_year_cents_check": ("A plan's price isn't negative.", {"price_per_year_cents": -1}),
    "subscriptions_plan_known": ("A subscription's plan is one of the ten.", {"plan": "Gold"}, {"plan": "pro"}),
    "subscriptions_cycle_known": ("Billing is monthly or annual.", {"billing_cycle": "weekly"}, {"billing_cycle": ""}),
    "subscriptions_terms_known": ("Terms are net_60 or immediate.", {"invoice_terms": "net_30"}),
    "subscriptions_not_negative": (
        "Limits and the price of a subscription aren't negative.",
        {"max_vaults": -1},
        {"max_devices": -1},
        {"max_tokens": -1},
        {"price_per_year_cents": -1},
    ),
    "vaults_l0_check": (
        "l0 is exactly 8 lowercase hex digits (RULES 1).",
        *({"l0": l0} for l0 in ("000000BB", "000000b", "000000bbb", "000000bg", "", "000000bb\n", "\n000000bb")),
    ),
    "vaults_override_known": ("An override is one of the ten plans.", {"plan_override": "Gold"}),
    "credentials_p0_check": (
        "p0 is exactly 8 lowercase hex digits (RULES 1).",
        *({"p0": p0} for p0 in ("000000BB", "000000b", "", "000000bb\n")),
    ),
    "credentials_wl3_path_form": (
        "wl3_path looks like a1/a1b2c3d4/20260405_abc.cla and leads nowhere else (RULES 29).",
        *(
            {"wl3_path": f"00/0000000a/{name}"}
            for name in ("../20260405_abc.cla", "20260405_ABC.cla", "2026_abc.cla", "20260405_.cla", "20260405_a.cla\n")
        ),
    ),
    "credentials_wl3_path_of_p0": (
        "wl3_path lies where p0 says (RULES 29).",
        {"p0": "0000000b"},
        {"wl3_path": "00/0000000b/20260405_abc.cla"},
        {"wl3_path": "01/0000000a/20260405_abc.cla"},
    ),
    "agent_tokens_token_hash_check": (
        "Of a token only the SHA-256 is kept (RULES 32).",
        {"token_hash": "cva_secret"},
        {"token_hash": "A" * 64},
    ),
    "agent_tokens_scopes_form": (
        "Scopes are four hex digits each, comma-separated (RULES 31).",
        *({"scopes": scopes} for scopes in ("1", "0001,", ",0001", "0001, 0002", "00A1", "0001\n")),
    ),
    "agent_tokens_scopes_sorted": (
        "Scopes are sorted and unique (RULES 31).",
        {"scopes": "0002,0001"},
        {"scopes": "0001,0001"},
        {"scopes": "000a,0009"},
    ),
    "agent_tokens_all_or_scopes": ("All access goes with no scopes.", {"all_access": True, "scopes": "0001"}),
    "pop_keys_key_hash_check": ("Of a POP's key only the SHA-256 is kept (RULES 32).", {"key_hash": "cvp_secret"}),
    "imported_files_sha256_check": ("A file is known by its SHA-256.", {"sha256": "A" * 64}, {"sha256": ""}),
    "sync_head_one_row": ("The feed has one head.", {"id": 2}),
}
# table (what): what is unique there, and a copy that repeats it
UNIQUES: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"{table} (id)": ("An id is given once (RULES 1).", {"id": KEEP}) for table in HAVE_IDS},
    "plans (name)": ("A plan is in the catalogue once.", {"name": KEEP}),
    "vaults (l0)": ("A taken l0 is never given again (RULES 28).", {"l0": KEEP}),
    "pop_sync_state (pop_id)": ("A POP is known once.", {"pop_id": KEEP}),
    "sync_head (id)": ("The feed has one head.", {}),
    "sync_seals (last_position)": ("A position is sealed once.", {"last_position": KEEP}),
    "sync_objects (kind, object_id)": ("An object is in the feed once.", {"object_id": KEEP}),
    'sync_objects ("position")': ("A position is given to one object.", {"position": KEEP}),
    "imported_files (sha256)": ("A file is imported once.", {"sha256": KEEP}),
    "id_leases (node)": ("A node is leased to one process at a time.", {"node": KEEP}),
    "tenants (id, level)": ("A tenant has one level: what parent_level refers to.", {"id": KEEP}),
    "tenants (is_internal) WHERE is_internal": ("There is one internal tenant (RULES 10).", {"is_internal": True}),
    "humans (email)": ("An email is one person's.", {"email": KEEP}),
    "humans (lower(email))": ("... in whatever case (RULES 7).", {"email": "ANN@example.com"}),
    "roles (name)": ("A role is defined once.", {"name": KEEP}),
    "role_assignments (human_id, tenant_id, role_id)": ("A role is held once (RULES 8).", {"tenant_id": KEEP}),
    "credentials (l0, credential_id)": ("A device is enrolled once for a vault.", {"credential_id": KEEP}),
    "agent_tokens (token_hash)": ("A secret is one token's.", {"token_hash": KEEP}),
    "pop_keys (key_hash)": ("A secret is one key's.", {"key_hash": KEEP}),
}
# "X exists, and can't be removed while it is named here" (RULES 4): table (column) -> table (column): X
REFERENCES = {
    "tenants (parent_id) -> tenants (id)": "A tenant's parent",
    "tenants (parent_id, parent_level) -> tenants (id, level)": "A tenant's parent, of the level that fits (RULES 5),",
    "humans (tenant_id) -> tenants (id)": "A person's tenant",
    "role_assignments (human_id) -> humans (id)": "Who holds a role",
    "role_assignments (tenant_id) -> tenants (id)": "Where a role is held",
    "role_assignments (role_id) -> roles (id)": "A role that is held",
    "role_assignments (granted_by) -> humans (id)": "Who granted a role",
    "subscriptions (tenant_id) -> tenants (id)": "A subscription's tenant",
    "vaults (tenant_id) -> tenants (id)": "A vault's tenant",
    "vaults (owner_human_id) -> humans (id)": "A vault's owner",
    "vaults (subscription_id) -> subscriptions (id)": "A vault's subscription",
    "credentials (human_id) -> humans (id)": "A device's person",
    "credentials (l0) -> vaults (l0)": "A device's vault",
    "credentials (enrolled_by) -> humans (id)": "Who authorised an enrolment",
    "credentials (enrolled_by_credential_id) -> credentials (id)": "The device that authorised an enrolment",
    "credentials (revoked_by) -> humans (id)": "Who revoked a device",
    "agent_tokens (vault_l0) -> vaults (l0)": "A token's vault",
    "agent_tokens (created_by) -> humans (id)": "Who issued a token",
    "billing_events (tenant_id) -> tenants (id)": "An event's tenant",
    "billing_events (subscription_id) -> subscriptions (id)": "An event's subscription",
    "billing_events (human_id) -> humans (id)": "An event's person",
    "billing_events (vault_l0) -> vaults (l0)": "An event's vault",
    "pop_keys (pop_id) -> pop_sync_state (pop_id)": "A key's POP",
    "pop_keys (revoked_by) -> humans (id)": "Who revoked a key",
}
ABSENT = {"vaults": "ffffffff", "pop_sync_state": "pop-none"}
# Rules that another, stricter one always speaks for: it is dropped first.
SHADOWED = {
    "tenants_level_known": "tenants_level_fits_parent",
    "tenants (id, level)": "tenants_pkey",
}
# table: trigger: for whom it fires, what it says, and statements that it refuses, with a word of the refusal
TRIGGERS: dict[str, tuple[str, str, *tuple[str, ...]]] = {
    **{
        f"{table}: sync_capture_{event}": ("always", "What changed is in sync_dirty (tests/sync/test_capture.py).")
        for table in CAPTURED
        for event in ("insert", "update", "delete")
    },
    **{
        f"{table}: sync_refuse_truncate": (
            "always",
            "TRUNCATE, which no capture sees, is refused.",
            f"TRUNCATE {table} CASCADE",
            f"SET LOCAL session_replication_role = replica; TRUNCATE {table} CASCADE",
        )
        for table in CAPTURED
    },
    "billing_events: append_only": (
        "origin",
        "Events are only ever added (RULES 26).",
        "UPDATE billing_events SET event_type = 'other'",
        "DELETE FROM billing_events",
        "TRUNCATE billing_events",
    ),
    "agent_tokens: issued_once": (
        "origin",
        "What a token may read never changes after its issue (RULES 31).",
        "UPDATE agent_tokens SET scopes = '0001'",
        "UPDATE agent_tokens SET all_access = true",
        "UPDATE agent_tokens SET token_hash = repeat('8', 64)",
    ),
    "agent_tokens: dead_stays_dead": (
        "origin",
        "A revoked or expired token stays so.",
        "UPDATE agent_tokens SET status = 'revoked'; UPDATE agent_tokens SET status = 'active'",
        "UPDATE agent_tokens SET status = 'revoked'; UPDATE agent_tokens SET status = 'expired'",
        "UPDATE agent_tokens SET status = 'expired'; UPDATE agent_tokens SET status = 'active'",
    ),
}
REFUSALS = {"append_only": "append-only", "issued_once": "fixed at its issue", "dead_stays_dead": "is final"}

Changes = dict[str, Any]


@pytest.fixture(autouse=True)
def originals(db: None) -> None:
    add_originals()


def constraint_that_refuses(table: str, changes: Changes) -> str | None:
    """The name of the constraint that a copy with those changes breaks."""
    with pytest.raises(IntegrityError) as refused:
        copy_row(table, changes)
    return refused.value.__cause__.diag.constraint_name  # type: ignore[union-attr]


def breaks() -> Iterator[tuple[str, str, Changes]]:
    """(guard, table, changes) for every way in which a guard is tried."""
    for name, (_, *tries) in CHECKS.items():
        table = max((table for table in [*COPIES, "sync_head"] if name.startswith(f"{table}_")), key=len)
        yield from ((name, table, changes) for changes in tries)
    for name, (_, changes) in UNIQUES.items():
        yield name, name.split(" ")[0], changes
    for name in REFERENCES:
        table, column, parent = re.match(r"(\w+) \((\w+).*?\) -> (\w+)", name).groups()
        wrong = (
            2 if column == "parent_id" and "parent_level" in name else ABSENT.get(parent, 999)
        )  # a sibling, or nobody
        yield name, table, {column: wrong}


def test_every_constraint_is_listed_and_every_listed_one_is_there() -> None:
    assert set(catalogue.guards()) == {*CHECKS, *UNIQUES, *REFERENCES}


def test_every_trigger_is_listed_and_fires_for_whom_it_should() -> None:
    assert catalogue.triggers() == {name: fires for name, (fires, *_) in TRIGGERS.items()}


@pytest.mark.parametrize("table", COPIES)
def test_a_plain_copy_is_accepted(table: str) -> None:
    """So a copy that is refused is refused for what it changes beside."""
    copy_row(table, {})


@pytest.mark.parametrize(("guard", "table", "changes"), list(breaks()))
def test_each_constraint_refuses_what_breaks_it(guard: str, table: str, changes: Changes) -> None:
    name = catalogue.guards()[guard]
    if guard in SHADOWED:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {SHADOWED[guard]} CASCADE")
    assert constraint_that_refuses(table, changes) == name


@pytest.mark.parametrize(
    ("trigger", "statement"),
    [(name, statement) for name, (_, _, *statements) in TRIGGERS.items() for statement in statements],
)
def test_each_trigger_refuses_what_breaks_it(trigger: str, statement: str) -> None:
    word = next((word for name, word in REFUSALS.items() if trigger.endswith(name)), "TRUNCATE of")
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=word):
        cursor.execute(statement)


def test_a_parent_can_not_change_its_kind_under_its_children() -> None:
    """RULES 5 from the parent's side: the composite key again."""
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="tenants_parent_level"):
        cursor.execute("UPDATE tenants SET level = 1, parent_id = NULL WHERE id = 2")


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM tenants WHERE id = 2", "DELETE FROM humans WHERE id = 11", "DELETE FROM vaults", "DELETE FROM roles"],
)
def test_what_is_named_elsewhere_can_not_be_removed(statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(IntegrityError):
        cursor.execute(statement)


def test_columns_of_the_schema_are_not_tied_to_added_ones() -> None:
    """RULES 3: raw SQL that is right by the schema stays right."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE agent_tokens SET status = 'revoked'")
        cursor.execute("UPDATE subscriptions SET status = 'cancelled'")

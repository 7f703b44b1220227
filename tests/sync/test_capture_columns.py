"""Which columns count: every one of a followed table is captured, or is listed here as none of a POP's business."""

import pgtrigger
import pytest
from django.db import transaction

from tests import catalogue
from tests.copies import look_at_constraints
from tests.sync.captured import add_rows, captured, execute

# What POPs don't see of the tables that they follow; every other column is captured.
NOT_FOLLOWED = {
    "credentials": {"last_used_at", "enrolled_by_credential_id", "revoked_by"},
    "agent_tokens": {"last_used_at"},
    "vaults": {"last_seen_at"},
    "humans": {"tenant_id", "email", "name", "created_at", "updated_at", "password", "last_login", "sessions_ended_at"},
    "tenants": {"level", "name", "billing_email", "created_at", "updated_at", "is_internal"},
    "subscriptions": {
        "billing_cycle", "next_invoice_at", "max_vaults", "price_per_year_cents", "paddle_subscription_id",
        "invoice_terms", "created_at", "updated_at",
    },
    "plans": {"max_vaults", "max_agents", "price_per_year_cents", "sells_monthly", "to_confirm"},
}  # fmt: skip
ROWS = {
    "credentials": "id = 41", "agent_tokens": "id = 51", "vaults": "l0 = '000000aa'", "humans": "id = 11",
    "tenants": "id = 3", "subscriptions": "id = 31", "plans": "name = 'Team10'",
}  # fmt: skip
# A value that differs from the original's and is allowed, by column (or table.column), else by type.
OTHER_VALUES = {
    "tenant_id": "5", "parent_id": "5", "tenants.level": "3", "human_id": "12", "owner_human_id": "12",
    "subscription_id": "32", "created_by": "11", "enrolled_by": "12", "revoked_by": "12", "vault_l0": "'000000cc'",
    "credentials.l0": "'000000cc'", "enrolled_by_credential_id": "41", "status": "'suspended'",
    "agent_tokens.status": "'revoked'", "plan": "'Pro'", "plan_override": "'Pro'", "billing_cycle": "'monthly'",
    "invoice_terms": "'net_60'", "p0": "'0000000b'", "wl3_path": "'00/0000000a/20260405_other.cla'",
    "token_hash": "repeat('9', 64)", "scopes": "'0001'",
}  # fmt: skip
OTHER_VALUES_BY_TYPE = {
    "bigint": "coalesce({column}, 0) + 1",
    "integer": "{column} + 1",
    "text": "coalesce({column}, '') || 'x'",
    "character varying(128)": "'x'",
    "timestamp with time zone": "coalesce({column}, now()) + interval '1 day'",
    "boolean": "NOT {column}",
    "bytea": r"'\x99'",
    "text[]": "'{{x}}'",
}


@pytest.fixture
def rows(db: None) -> None:
    add_rows()
    look_at_constraints()
    captured()


def followed_columns() -> list[tuple[str, str, str]]:
    """(table, column, type) of every column that a change can be tried on; keys have tests of their own."""
    keys = {"id", "l0", "name"}
    return [
        (table, column, type_)
        for table, column, type_, _, generated, _ in catalogue.rows(catalogue.COLUMNS)
        if table in ROWS and not generated and not (column in keys and ROWS[table].startswith(f"{column} "))
    ]


def test_every_column_is_captured_but_for_those_that_pops_do_not_see(rows: None) -> None:
    """Column by column from the catalogue: one that is added tomorrow must be followed or listed."""
    execute("ALTER TABLE credentials DROP CONSTRAINT credentials_wl3_path_of_p0")  # p0 and wl3_path change together
    not_captured: dict[str, set[str]] = {table: set() for table in ROWS}
    for table, column, type_ in followed_columns():
        by_type = OTHER_VALUES_BY_TYPE[type_].format(column=column)
        value = OTHER_VALUES.get(f"{table}.{column}", OTHER_VALUES.get(column, by_type))
        with pgtrigger.ignore("vaults.AgentToken:issued_once"), transaction.atomic():
            execute(f"UPDATE {table} SET {column} = {value} WHERE {ROWS[table]}")
            if not captured():
                not_captured[table].add(column)
            transaction.set_rollback(True)
    assert not_captured == NOT_FOLLOWED

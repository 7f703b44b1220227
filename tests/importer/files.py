"""Small SQLite files in the seed's schema, whole or broken in a chosen way."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

SCHEMA = (Path(__file__).parents[1] / "schema.sql").read_text()
TABLES = re.sub(r"INSERT INTO roles.*?;", "", SCHEMA, flags=re.DOTALL)  # lib.NewID() is the company's, not SQLite's
LOOSE = re.sub(r"UNIQUE\([^)]*\)", "CHECK (1)", re.sub(r" PRIMARY KEY| UNIQUE(?!\()| NOT NULL", "", TABLES))
STRICT = re.sub(r"\n\);", "\n) STRICT;", TABLES)

# One of each: our own root with an operator, an MSP with a customer with a department, and what they have.
ROWS = """
INSERT INTO roles VALUES
  (11, 'SuperAdmin', '{"all": true}', 'Full access to all tenants and systems', 1700000000),
  (13, 'TenantAdmin',
   '{"tenant_admin": true, "vault_create": true, "agent_create": true, "device_enroll": true}',
   'Admin for specific tenant', 1700000000);
INSERT INTO tenants VALUES
  (1, NULL, 1, 'Clavitor', 'active', NULL, 1700000000, NULL),
  (2, NULL, 1, 'MSP', 'active', 'pay@msp.example', 1700000001, 1700000002),
  (3, 2, 2, 'Kunde GmbH', 'active', NULL, 1700000003, NULL),
  (4, 3, 3, 'Abteilung', 'suspended', NULL, 1700000004, NULL);
INSERT INTO humans VALUES
  (21, 1, 'op@clavitor.example', 'Op', 'active', 1700000000, NULL),
  (22, 3, 'Ana@kunde.example', 'Ana', 'active', 1700000000, NULL),
  (23, 4, 'bo@kunde.example', 'Bo', 'inactive', 1700000000, 1700000009);
INSERT INTO role_assignments VALUES
  (31, 21, 1, 11, NULL, 1700000000),
  (32, 22, 3, 13, 21, 1700000000);
INSERT INTO subscriptions VALUES
  (41, 3, 'Team25', 'active', 1700000000, NULL, 'annual', 1731536000, 26, 10, 250, 49900, NULL, 'net_60', 1700000000,
   NULL);
INSERT INTO vaults VALUES
  ('a0000001', 3, 22, 41, 1700000000, 1700000500, 'active', NULL),
  ('a0000002', 4, 23, NULL, 1700000000, NULL, 'archived', 'Pro');
INSERT INTO credentials VALUES
  (51, 22, 'f3ff5fdc', 'a0000001', x'0102', 'f3/f3ff5fdc/20260129_91c47.cla', 22, 1700000000, 1700000600),
  (52, 23, 'f3ff5fdc', 'a0000002', x'0102', 'f3/f3ff5fdc/20260129_91c48.cla', NULL, 1700000000, NULL);
INSERT INTO agent_tokens VALUES
  (61, 'a0000001', 'Deploy CI', printf('%064x', 1), '0001,00a1', 0, 22, 1700000000, 1800000000, NULL, 'active'),
  (62, 'a0000001', 'Claude Code', printf('%064x', 2), '', 1, NULL, 1700000000, NULL, 1700000700, 'revoked');
INSERT INTO billing_events VALUES
  (71, 1700000000, 3, 41, 22, 'a0000001', 'payment_received', 49900, '{"note": "ref \\u2713", "n": 1.50}'),
  (72, 1700000000, 3, NULL, NULL, NULL, 'something new', NULL, NULL);
INSERT INTO pop_sync_state VALUES
  ('pop-zurich-01', 1700000000, 51, 'active', 1700000001),
  ('pop-tokyo-01', 1700000000, NULL, 'paused', 1700000001);
"""
COUNTS = {
    "tenants": 4, "humans": 3, "role_assignments": 2, "subscriptions": 1, "vaults": 2, "credentials": 2,
    "agent_tokens": 2, "billing_events": 2, "pop_sync_state": 2,
}  # fmt: skip


def make_file(path: Path, *statements: str, schema: str = TABLES, rows: str = ROWS) -> Path:
    """A file of those rows in which `statements` were run afterwards."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(schema + rows)
        for statement in statements:
            database.execute(statement)
        database.commit()
    return path


def change_file(path: Path, *statements: str) -> Path:
    """Run `statements` in an existing file."""
    return make_file(path, *statements, schema="", rows="")

"""RULES 5 and 6 in the database: a parent is of the level that fits, and a tenant's effective status in one place."""

from django.db import migrations

# `parent_level` is what the parent's level must be, so this one key holds the hierarchy under any concurrency: a child
# of a wrong kind can't be added, nor a parent change its kind under its children. Escape: make the children roots first.
PARENT_LEVEL = """
ALTER TABLE tenants
  ADD CONSTRAINT tenants_parent_level
  FOREIGN KEY (parent_id, parent_level) REFERENCES tenants (id, level)
"""

# The worst of a tenant's own status and its ancestors' (RULES 6). Three levels are all there can be.
TENANTS_EFFECTIVE = """
CREATE VIEW tenants_effective AS
SELECT t.id,
       p.id AS parent_id,
       g.id AS grandparent_id,
       CASE WHEN 'archived' IN (t.status, p.status, g.status) THEN 'archived'
            WHEN 'suspended' IN (t.status, p.status, g.status) THEN 'suspended'
            ELSE 'active'
        END AS status
  FROM tenants t
  LEFT JOIN tenants p ON p.id = t.parent_id
  LEFT JOIN tenants g ON g.id = p.parent_id
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]

    operations = [
        migrations.RunSQL(PARENT_LEVEL, "ALTER TABLE tenants DROP CONSTRAINT tenants_parent_level"),
        migrations.RunSQL(TENANTS_EFFECTIVE, "DROP VIEW tenants_effective"),
    ]

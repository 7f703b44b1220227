"""One row for each node that ids can be made on; `clavitor.base.ids` says how they are leased."""

from django.db import migrations

NODES = "INSERT INTO id_leases (node, until_ms) SELECT node, 0 FROM generate_series(0, 4095) AS node"


class Migration(migrations.Migration):
    dependencies = [("base", "0001_initial")]

    operations = [migrations.RunSQL(NODES, "DELETE FROM id_leases")]

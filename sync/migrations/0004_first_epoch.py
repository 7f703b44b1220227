"""The feed's first epoch: a head at position 0, and all that exists already marked for sealing."""

import hashlib

from django.db import migrations

from clavitor.base.ids import new_id

EXISTING = """
INSERT INTO sync_dirty
SELECT 'vault', l0, false FROM vaults
 UNION ALL SELECT 'credential', id::text, false FROM credentials
 UNION ALL SELECT 'agent_token', id::text, false FROM agent_tokens
"""


def begin(apps, schema_editor):
    epoch = str(new_id())
    chain = hashlib.sha256(epoch.encode()).hexdigest()
    apps.get_model("sync", "SyncHead").objects.create(id=1, epoch=epoch, position=0, chain=chain)
    apps.get_model("sync", "SyncSeal").objects.create(
        last_position=0, first_position=0, epoch=epoch, chain=chain, objects_sealed=0
    )


class Migration(migrations.Migration):
    dependencies = [("sync", "0003_projection"), ("base", "0002_id_nodes")]

    operations = [
        migrations.RunPython(begin, migrations.RunPython.noop),
        migrations.RunSQL(EXISTING, migrations.RunSQL.noop),
    ]

"""The admin finds tenants and people by how a name or an email begins, without regard to case, at a million rows."""

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models.functions import Lower


def _index(model: str, field: str, name: str) -> migrations.AddIndex:
    return migrations.AddIndex(model, models.Index(OpClass(Lower(field), name="text_pattern_ops"), name=name))


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0005_sessions_ended_at")]

    operations = [
        _index("human", "name", "humans_name_begins"),
        _index("human", "email", "humans_email_begins"),
        _index("tenant", "name", "tenants_name_begins"),
    ]

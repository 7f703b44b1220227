from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0004_effective_status")]

    operations = [
        migrations.AddField(
            model_name="human",
            name="sessions_ended_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="Sessions begun before this are over, for good (RULES 7).",
                null=True,
            ),
        ),
    ]

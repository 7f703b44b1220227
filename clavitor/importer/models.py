"""Which files were imported: added to the schema, so that the same file is known again."""

from django.db import models

from clavitor.base.fields import SecretHashField


class ImportedFile(models.Model):
    """One file that was imported. Importing it again changes nothing, however far the registry has moved on since."""

    sha256 = SecretHashField(primary_key=True)
    imported_at = models.DateTimeField()
    rows = models.JSONField(help_text="How many rows it added, by table.")

    class Meta:
        db_table = "imported_files"
        ordering = ["-imported_at"]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} of {self.imported_at:%Y-%m-%d %H:%M}"

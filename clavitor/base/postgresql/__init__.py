"""The project's database backend (ENGINE "clavitor.base.postgresql")."""

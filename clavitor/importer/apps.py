"""The app's registration: it holds management commands."""

from django.apps import AppConfig


class ImporterConfig(AppConfig):
    name = "clavitor.importer"
    label = "importer"

"""The base app: it exists for its one table, the id leases."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "clavitor.base"
    label = "base"
    verbose_name = "Base"

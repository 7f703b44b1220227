"""The app's registration: it holds management commands."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "clavitor.demo"
    label = "demo"

"""Puts our admin site in the place of Django's default one."""

from django.contrib.admin.apps import AdminConfig


class OperatorAdminConfig(AdminConfig):
    """`django.contrib.admin` with the operators' site."""

    default_site = "clavitor.base.admin_site.OperatorSite"

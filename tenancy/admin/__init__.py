"""The operators' pages for tenants, people and roles, and for what operators did."""

from django.contrib import admin
from django.contrib.auth.models import Group

from tenancy.admin import dashboard, hanging, human, log, role, role_assignment, tenant

__all__ = ["dashboard", "hanging", "human", "log", "role", "role_assignment", "tenant"]

admin.site.unregister(Group)  # Django's groups mean nothing here: roles say who may do what

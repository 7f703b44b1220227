"""The operators' pages for tenants, people and roles, and for what operators did."""

from tenancy.admin import dashboard, hanging, human, log, role, role_assignment, tenant

__all__ = ["dashboard", "hanging", "human", "log", "role", "role_assignment", "tenant"]

"""The operators' pages for POPs and their keys."""

from sync.admin import dashboard, pop, pop_key, progress

__all__ = ["dashboard", "pop", "pop_key", "progress"]

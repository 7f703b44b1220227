"""Loads a database in the seed's SQLite schema into the registry, all or nothing."""

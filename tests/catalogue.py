"""Reads the live PostgreSQL catalogue into the same plain facts as `tests.seed` reads the schema into."""

import re
from typing import Any

from django.db import connection

from tests.seed import Seed

OURS = "n.nspname = 'public' AND c.relname !~ '^(django|auth)_'"

RELATIONS = f"""
SELECT c.relname, CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {OURS}
"""
COLUMNS = f"""
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> '',
       pg_get_expr(d.adbin, d.adrelid)
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relkind IN ('r', 'p') AND {OURS}
"""
# What an index is on, as "(column, lower(column)) WHERE ..."; a unique constraint is its index.
INDEXES = f"""
SELECT c.relname, i.relname, x.indisunique, x.indisprimary, substring(pg_get_indexdef(x.indexrelid) FROM ' USING (.*)')
  FROM pg_index x
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {OURS}
"""
CONSTRAINTS = f"""
SELECT c.relname, k.conname, k.contype, pg_get_constraintdef(k.oid),
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey))
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {OURS}
"""
# django-pgtrigger adds a prefix and a hash to the name that a trigger has in the code.
TRIGGERS = f"""
SELECT c.relname, regexp_replace(t.tgname, '^pgtrigger_(.*)_.{{5}}$', '\\1'), t.tgenabled
  FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT t.tgisinternal AND {OURS}
"""
REFERENCE = re.compile(r"FOREIGN KEY (\(.+?\)) REFERENCES (\w+)(\(.+?\))(.*?)(?: DEFERRABLE INITIALLY DEFERRED)?$")
LITERAL = re.compile(r"'((?:[^']|'')*)'::text")


def rows(query: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def insertable(table: str) -> list[str]:
    """The columns that a row is inserted with: all but those that the database computes."""
    return [name for of, name, _, _, generated, _ in rows(COLUMNS) if of == table and not generated]


def facts(seed: Seed) -> dict[str, str]:
    """What holds in the live database. A table or column that the schema hasn't is one fact, not one for each part."""
    return {**_relations(seed), **_columns(seed), **_indexes(seed), **_references(seed), **_values(seed)}


def _relations(seed: Seed) -> dict[str, str]:
    return {name: kind for name, kind in rows(RELATIONS) if name not in seed.tables}


def _columns(seed: Seed) -> dict[str, str]:
    found = {}
    for table, name, type_, not_null, generated, default in rows(COLUMNS):
        value = "generated" if generated else _evaluated(default)
        if name in seed.tables.get(table, ()):
            found[f"{table}.{name} type"] = type_
            found[f"{table}.{name} not null"] = "yes" if not_null else "no"
            found[f"{table}.{name} default"] = value
        elif table in seed.tables:
            found[f"{table}.{name}"] = f"{type_}, {'not null' if not_null else 'null'}, default {value}"
    return found


def _evaluated(default: str | None) -> str:
    return "none" if default is None else rows(f"SELECT ({default})::text")[0][0]


def _indexes(seed: Seed) -> dict[str, str]:
    found = dict(_index(seed, *index) for index in rows(INDEXES) if index[0] in seed.tables)
    for name, on in seed.indexes.items():
        table, columns = on.split(" ", 1)
        if f"{table} unique {columns}" in found:
            found[f"index {name}"] = on  # RULES 3: an index that a UNIQUE already gives counts as kept
    return found


def _index(seed: Seed, table: str, name: str, is_unique: bool, is_primary: bool, definition: str) -> tuple[str, str]:
    """A unique one by what it is on; another by name if the schema has the name, else by what it is on too."""
    on = definition.removeprefix("btree ")
    if is_primary:
        return f"{table} primary key", on.strip("()")
    if is_unique:
        return f"{table} unique {on}", "yes"
    return f"index {name}" if name in seed.indexes else f"{table} index {on}", f"{table} {on}"


def _references(seed: Seed) -> dict[str, str]:
    found = {}
    for table, _, kind, definition, _ in rows(CONSTRAINTS):
        if kind == "f" and table in seed.tables:
            match = REFERENCE.match(definition)
            assert match, definition
            found[f"{table} {match[1]} references"] = f"{match[2]} {match[3]}{match[4]}"
    return found


def _values(seed: Seed) -> dict[str, str]:
    """For each column with a closed list of values: which ones the CHECKs on it accept, of all that either names."""
    checks = [(table, columns[0], definition) for table, _, kind, definition, columns in rows(CONSTRAINTS)
              if kind == "c" and len(columns) == 1]  # fmt: skip
    found = {}
    for key in (key for key in seed.facts if key.endswith(" values")):
        table, column = key.removesuffix(" values").split(".")
        of_column = [definition for *where, definition in checks if where == [table, column]]
        found[key] = ", ".join(
            sorted(_accepted(column, seed.facts[f"{table}.{column} type"], of_column, seed.facts[key]))
        )
    return found


def _accepted(column: str, type_: str, definitions: list[str], listed: str) -> list[str]:
    if type_ == "text":
        named = {literal for definition in definitions for literal in LITERAL.findall(definition)} | set(
            listed.split(", ")
        )
        candidates = named | {"", "no such value", *map(str.upper, named)}
    else:
        candidates = set(map(str, range(-1, 20)))
    conditions = " AND ".join(definition.removeprefix("CHECK ") for definition in definitions) or "true"
    query = f"SELECT {column}::text FROM (SELECT unnest(%s::{type_}[]) AS {column}) AS candidate WHERE {conditions}"
    return [value for (value,) in rows(query, [sorted(candidates)])]


def guards() -> dict[str, str]:
    """What each constraint and unique index of our tables is on (a CHECK: its name) -> its name.

    NOT NULL is no guard of its own here: `tests/test_schema_conformance.py` holds it column by column.
    """
    found = {
        f"{table} {definition.removeprefix('btree ')}": name
        for table, name, is_unique, _, definition in rows(INDEXES)
        if is_unique
    }
    for table, name, kind, definition, _ in rows(CONSTRAINTS):
        if kind == "f":
            match = REFERENCE.match(definition)
            assert match, definition
            found[f"{table} {match[1]} -> {match[2]} {match[3]}{match[4]}"] = name
        elif kind not in "pun":
            found[name] = name
    return found


def triggers() -> dict[str, str]:
    """Every trigger of our tables, as "table: name" -> for whom it fires."""
    fires = {"A": "always", "O": "origin", "R": "replica", "D": "disabled"}
    return {f"{table}: {name}": fires[enabled] for table, name, enabled in rows(TRIGGERS)}

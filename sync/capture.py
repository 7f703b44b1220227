"""Capture: what changed is written to `sync_dirty` by the statement that changed it, in its own transaction.

For each table that POPs follow, statement-level AFTER triggers with transition tables insert `(kind, object_id,
urgent)` of the rows that changed and of no other. They hold for the ORM, bulk updates, raw SQL, COPY and cascades.
What a changed row reaches (a tenant's vaults, say) is left to the sealer, which sees in one snapshot the change *and*
all that it reaches: a trigger that expanded would miss the vault that a concurrent transaction is just adding.

They are ENABLE ALWAYS, so that `session_replication_role = replica` doesn't silence them, and TRUNCATE is refused. The
escape hatch, for a restore by hand, is ALTER TABLE ... DISABLE TRIGGER by the table's owner; a new epoch must follow.

Migrations call `install` with literal arguments, so that each stays as it was when a later one installs anew.
"""

DIRTY = """
CREATE TABLE sync_dirty (
  kind      text NOT NULL,
  object_id text NOT NULL,
  urgent    boolean NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
-- No key: writers must never wait for each other here. The sealer drops doubles.

CREATE FUNCTION sync_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE of % is refused: POPs would never learn of it; use DELETE', TG_TABLE_NAME;
END $$;
"""
NO_DIRTY = "DROP FUNCTION sync_refuse_truncate(); DROP TABLE sync_dirty;"

FUNCTION = """
CREATE OR REPLACE FUNCTION sync_capture_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO sync_dirty {inserted};
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO sync_dirty {deleted};
  ELSE -- EXCEPT both ways: a row whose followed columns didn't change is in neither; a changed key is in both
    WITH changed AS (
      (SELECT {columns} FROM new_rows EXCEPT SELECT {columns} FROM old_rows)
      UNION ALL
      (SELECT {columns} FROM old_rows EXCEPT SELECT {columns} FROM new_rows))
    INSERT INTO sync_dirty {updated};
  END IF;
  RETURN NULL;
END $$;
"""
TRIGGERS = """
DROP TRIGGER IF EXISTS sync_capture_insert ON {table};
DROP TRIGGER IF EXISTS sync_capture_update ON {table};
DROP TRIGGER IF EXISTS sync_capture_delete ON {table};
DROP TRIGGER IF EXISTS sync_refuse_truncate ON {table};
CREATE TRIGGER sync_capture_insert AFTER INSERT ON {table}
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sync_capture_{table}();
CREATE TRIGGER sync_capture_update AFTER UPDATE ON {table}
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sync_capture_{table}();
CREATE TRIGGER sync_capture_delete AFTER DELETE ON {table}
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION sync_capture_{table}();
CREATE TRIGGER sync_refuse_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION sync_refuse_truncate();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER sync_capture_insert;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER sync_capture_update;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER sync_capture_delete;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER sync_refuse_truncate;
"""


def _rows_of(objects: dict[str, str], source: str, urgent: str) -> str:
    """One SELECT for each kind of object that a row of `source` names, doubles dropped."""
    return " UNION ALL ".join(
        f"SELECT '{kind}', {column}::text, bool_or({urgent}) FROM {source} WHERE {column} IS NOT NULL GROUP BY {column}"  # noqa: S608  (names from migrations, no input)
        for kind, column in objects.items()
    )


def install(*, table: str, objects: dict[str, str], followed: list[str], urgent: str) -> str:
    """SQL that captures `table`.

    `objects` says what a changed row makes dirty: kind -> the column that holds the object's id. `followed` are the
    other columns that POPs see (columns that only track activity are left out). `urgent` is a condition on the
    followed columns: true for a revocation or a suspension, which the sealer takes first. A removal is always urgent.
    """
    columns = ", ".join(dict.fromkeys([*objects.values(), *followed]))
    function = FUNCTION.format(
        table=table,
        columns=columns,
        inserted=_rows_of(objects, "new_rows", "false"),
        deleted=_rows_of(objects, "old_rows", "true"),
        updated=_rows_of(objects, "changed", urgent),
    )
    return function + TRIGGERS.format(table=table)


def uninstall(table: str) -> str:
    """SQL that undoes `install`."""
    names = ("sync_capture_insert", "sync_capture_update", "sync_capture_delete", "sync_refuse_truncate")
    drops = [f"DROP TRIGGER {name} ON {table};" for name in names]
    return "\n".join([*drops, f"DROP FUNCTION sync_capture_{table}();"])

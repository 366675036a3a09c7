"""The rules that only a trigger can keep, for SQLite and PostgreSQL.

SQLite rebuilds a table to alter it and drops its triggers on the way, so `migrate` drops all of them first and
creates them again last (management/commands/migrate.py); `flush` does the same.
"""

from contextlib import contextmanager

FROZEN_COLUMNS = {
    "environments_version": (
        "environment_id name sequence kind image text context_id definition definition_digest created_at parent_id"
    ),
    "environments_context": "workspace_id sha256 size manifest archive",
    "environments_lock": "workspace_id sha256 texts target channels created_at",
    "environments_image": "workspace_id image_key",
    "environments_logpiece": "build_id step_id first_line line_count stream at text",
    "environments_job": "workspace_id name asked_for environment_label definition definition_digest created_at",
    "environments_apitoken": "user_id hash scopes workspace_id created_at",
    "environments_auditevent": "at actor token action workspace subject detail",
}
UNDELETABLE = ("environments_auditevent",)
BURY = """INSERT INTO environments_tombstone (workspace_id, environment_name, version_name, sequence, deleted_at)
    SELECT workspace_id, name, OLD.name, OLD.sequence, CURRENT_TIMESTAMP
    FROM environments_environment WHERE id = OLD.environment_id"""
BURIED = """SELECT 1 FROM environments_tombstone t JOIN environments_environment e
    ON e.workspace_id = t.workspace_id AND e.name = t.environment_name
    WHERE e.id = NEW.environment_id AND t.version_name = NEW.name"""
NAME_TAKEN = "this version name was given before and is never given again"


@contextmanager
def without_triggers(connection):
    """Take every trigger away for the time of the block; they are back however the block ends."""
    drop_triggers(connection)
    try:
        yield
    finally:
        if "environments_tombstone" in connection.introspection.table_names():
            create_triggers(connection)


def create_triggers(connection):
    """Create every trigger; existing ones are replaced. An older state of the database may lack some of the tables."""
    drop_triggers(connection)
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for name, table, moment, condition, action in _triggers():
            if table not in tables:
                continue
            for statement in _VENDORS[connection.vendor](name, table, moment, condition, action):
                cursor.execute(statement)


def drop_triggers(connection):
    """Drop every trigger of ours, whichever there are."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'studio!_%' ESCAPE '!'")
            statements = [f"DROP TRIGGER {name}" for (name,) in cursor.fetchall()]
        else:
            cursor.execute(
                "SELECT proname FROM pg_proc WHERE starts_with(proname, 'studio_')"
                " AND prorettype = 'trigger'::regtype AND pronamespace = current_schema()::regnamespace"
            )
            statements = [f"DROP FUNCTION {name}() CASCADE" for (name,) in cursor.fetchall()]
        for statement in statements:
            cursor.execute(statement)


def _triggers():
    """(name, table, moment, condition or "", action): action is SQL, or a refusal as ("refuse", sentence)."""
    for table, columns in FROZEN_COLUMNS.items():
        noun = table.removeprefix("environments_")
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns.split())
        yield f"studio_{noun}_never_changes", table, "BEFORE UPDATE", changed, ("refuse", f"a {noun} never changes")
    for table in UNDELETABLE:
        noun = table.removeprefix("environments_")
        yield f"studio_{noun}_is_kept", table, "BEFORE DELETE", "", ("refuse", f"a {noun} is never deleted")
    version = "environments_version"
    yield "studio_version_is_buried", version, "AFTER DELETE", "", BURY
    yield "studio_version_name_is_new", version, "BEFORE INSERT", f"EXISTS ({BURIED})", ("refuse", NAME_TAKEN)


def _sqlite(name, table, moment, condition, action):
    # SQLite's IS NOT compares NULLs as PostgreSQL's IS DISTINCT FROM does, in every version.
    when = f"WHEN {condition.replace('IS DISTINCT FROM', 'IS NOT')}" if condition else ""
    body = f"SELECT RAISE(ABORT, '{action[1]}')" if isinstance(action, tuple) else action
    return [f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW {when} BEGIN {body}; END"]


def _postgresql(name, table, moment, condition, action):
    # In the function and not in WHEN: only there may a condition hold a subquery.
    refusal = f"RAISE EXCEPTION '{action[1]}' USING ERRCODE = 'integrity_constraint_violation'"
    body = refusal if isinstance(action, tuple) else action
    function = f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF {condition or "TRUE"} THEN {body}; END IF; RETURN COALESCE(NEW, OLD); END $$"""
    return [function, f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"]


_VENDORS = {"sqlite": _sqlite, "postgresql": _postgresql}

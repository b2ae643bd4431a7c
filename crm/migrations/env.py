"""Runs the migrations of one owner, the core or one plugin, each with its own version table."""

from alembic import context

from crm import ids
from crm.db import db

owner = context.config.attributes["owner"]
guests = context.config.attributes["guests"]
metadata = context.config.attributes["metadata"]


def ours(name, type_, _parents):
    """Longest prefix wins; a table we do not know is never dropped."""
    if type_ == "index":  # trigram indexes exist on PostgreSQL only, and where it has pg_trgm
        return not name.endswith("_trgm")
    if type_ != "table":
        return True
    if owner not in ("crm", *guests):  # another application, with a database of its own
        return name in metadata.tables
    wearing = max((guest for guest in guests if name.startswith(f"{guest}_")), key=len, default="crm")
    return wearing == owner and name in metadata.tables


def render(type_, thing, autogen_context):
    """Write our own column type as plain SQL: history must not depend on today's code."""
    if type_ == "type" and type(thing).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


with db.engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:  # before Alembic's BEGIN, or rebuilding a table empties those that point at it
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render,
        version_table=f"alembic_version_{owner}",
        include_name=ours,
        include_object=lambda thing, name, type_, reflected, other: ours(name, type_, None),
        compare_type=not sqlite,
    )
    with context.begin_transaction(), ids.given_once(connection, guests):
        context.run_migrations()
    if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
        raise RuntimeError(f"the migration would leave rows pointing nowhere: {broken[:5]}")
    connection.commit()
    if sqlite:
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")

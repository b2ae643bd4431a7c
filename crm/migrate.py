"""Brings the tables of the core and of every installed plugin up to date, each with its own history."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, MetaData, inspect

from crm import ids, mounts
from crm.db import Base, db
from crm.host import PluginError, collect, hook, in_short, installed, once_per_app

HALF_RESTORED = "restore_unfinished"  # a table of PostgreSQL's while crm/restore.py is at work
HERE = Path(__file__).parent / "migrations"


def owners() -> Iterator[tuple[str, Path]]:
    """(owner, folder of its migrations), the core first: a plugin's table may point at the core's, never the reverse.

    All installed plugins count, not only the enabled: one that is switched off keeps its tables.
    """
    yield "crm", HERE / "versions"
    for name, entry in sorted(installed().items()):
        try:
            found = find_spec(entry.value.split(":")[0])
        except Exception as error:
            raise unreadable(name, f"cannot be imported ({in_short(error)})") from error
        folder = Path(found.origin).parent / "migrations" if found and found.origin else None
        if folder and folder.is_dir():
            yield name, folder
    for name, folder in current_app.config.get("GUEST_MIGRATIONS", {}).items():
        yield name, Path(folder)


def unreadable(plugin: str, why: str) -> PluginError:
    """Of a plugin whose tables cannot be kept up to date: which, why, and what to do."""
    return PluginError(f"plugin {plugin} {why}: mend or uninstall its package; its tables are kept while it is off too")


def heads(owner: str, folder: Path) -> set[str]:
    """The newest of an owner's migrations. Raises PluginError when one of a plugin's cannot be imported."""
    try:
        return set(ScriptDirectory.from_config(alembic(owner, folder)).get_heads())
    except Exception as error:
        if owner == "crm":
            raise
        raise unreadable(owner, f"has a migration that cannot be read ({in_short(error)})") from error


def alembic(owner: str, folder: Path, metadata: MetaData = Base.metadata) -> Config:
    """Alembic's settings for one owner; `metadata` are the tables of its database."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes.update(owner=owner, metadata=metadata, guests=[name for name, _ in owners() if name != "crm"])
    return config


def upgrade() -> None:
    """Bring every table up to date, the jobs' tables too, and bring in the office's starting content."""
    from crm.jobs.queue import create_tables, database_url
    from crm.records import commit

    for owner, folder in owners():  # all can be read before one is begun
        heads(owner, folder)
    for owner, folder in owners():
        command.upgrade(alembic(owner, folder), "heads")
    create_tables(database_url())
    collect(hook.load_content)
    commit()
    mounts.upgrade()


def upgrade_alone(owner: str, folder: Path, metadata: MetaData) -> None:
    """Bring the tables of another application's own database up to date: that of the current app."""
    command.upgrade(alembic(owner, folder, metadata), "heads")


def is_behind(owner: str, folder: Path) -> bool:
    """True when the current app's own database lacks a migration of this owner.

    Raises sqlalchemy.exc.DBAPIError when it can't be reached.
    """
    with db.engines["read"].connect() as connection:
        return not is_current(connection, owner, folder)


def behind() -> list[str]:
    """Owners whose tables are not those of this version; empty when all is up to date. Changes nothing.

    "ids" is among them when a table would give an id out again, "jobs" when theirs are not there.
    Raises sqlalchemy.exc.DBAPIError when the database can't be reached, CommandError when it is half restored.
    """
    with db.engines["read"].connect() as connection:
        if inspect(connection).has_table(HALF_RESTORED):
            raise CommandError("the database is half restored; run `crm restore` again")
        found = [owner for owner, folder in owners() if not is_current(connection, owner, folder)]
        if ids.repeating(connection, [name for name, _ in owners()]):
            found.append("ids")
        schema = None if connection.dialect.name == "sqlite" else "dbos"
        if not inspect(connection).has_table("workflow_status", schema=schema):
            found.append("jobs")
    return found + mounts.behind()


def is_new() -> bool:
    """True for a database without any of our tables. Raises sqlalchemy.exc.DBAPIError when it can't be reached."""
    with db.engines["read"].connect() as connection:
        return not inspect(connection).has_table("alembic_version_crm")


def is_current(connection: Connection, owner: str, folder: Path) -> bool:
    """True when this owner's last migration was done, and none that this version does not know."""
    context = MigrationContext.configure(connection, opts={"version_table": f"alembic_version_{owner}"})
    return set(context.get_current_heads()) == once_per_app(f"crm.heads.{folder}", lambda: heads(owner, folder))


def revision(owner: str, message: str) -> None:
    """Write a migration for `owner` from the difference between models and tables. Raises KeyError: unknown owner."""
    command.revision(alembic(owner, dict(owners())[owner]), message, autogenerate=True)


def check() -> None:
    """Raises alembic.util.CommandError when models and migrations differ."""
    for owner, folder in owners():
        command.check(alembic(owner, folder))

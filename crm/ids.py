"""An id is given out once: left to itself, SQLite gives the id of a deleted row to the next one.

Whoever holds an old address, or reads a history, would then meet the wrong record. SQLite counts on when a key says
AUTOINCREMENT; `given_once` sees to that around the migrations, so that no migration, ours or a plugin's, has to.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, Table, column, event, func, inspect, select, table, text, union_all

from crm.db import Base, count_on, db

MANY = 5
GIVEN = table("sqlite_sequence", column("name"), column("seq"))
# One whole number as key, called `id`, without AUTOINCREMENT.
FORGETFUL = """
    SELECT t.name FROM sqlite_master t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.sql NOT LIKE '%AUTOINCREMENT%' AND t.sql LIKE 'CREATE TABLE%'
    GROUP BY t.name
    HAVING sum(c.pk > 0) = 1 AND sum(c.pk = 1 AND c.name = 'id' AND upper(c.type) = 'INTEGER') = 1
"""
# (table, prefix) where a row names any record: `record_kind` and `record_id`, `subject_kind` and `subject_id`.
NAMING = """
    SELECT t.name, replace(k.name, '_kind', '')
    FROM sqlite_master t, pragma_table_info(t.name) k, pragma_table_info(t.name) i
    WHERE t.type = 'table' AND k.name LIKE '%\\_kind' ESCAPE '\\' AND i.name = replace(k.name, '_kind', '_id')
"""
# What belongs to an index or to SQLite's own full-text tables.
SHADOWS = """
    SELECT s.name FROM sqlite_master v, sqlite_master s
    WHERE v.sql LIKE 'CREATE VIRTUAL TABLE%' AND s.type = 'table' AND s.name LIKE v.name || '\\_%' ESCAPE '\\'
"""
OF_TABLE = """
    SELECT type, name, sql FROM sqlite_master WHERE tbl_name = :name AND type IN ('index', 'trigger') AND sql <> ''
"""


@contextmanager
def given_once(connection: Connection, guests: Iterable[str]) -> Iterator[None]:
    """While it lasts tables may be made and rebuilt; after it all of ours count on, from where they had come.

    `guests` are the names of all installed plugins; a table is theirs when it wears one. A table that did not count
    until now begins above every id that a history or another row still names.
    """
    if connection.dialect.name != "sqlite":  # a sequence of PostgreSQL never goes back
        yield
        return
    event.listen(Table, "after_parent_attach", count_on)
    try:
        before = last_given(connection)
        yield
        forgetful = repeating(connection, guests)
        named = ids_named(connection) if forgetful else {}
        for name in forgetful:
            rebuild(connection, name)
        for name in forgetful | before.keys():
            begin_above(connection, name, max(before.get(name, 0), named_of(name, named)))
    finally:
        event.remove(Table, "after_parent_attach", count_on)


def repeating(connection: Connection, guests: Iterable[str]) -> set[str]:
    """Tables of the core and of these plugins that would give an id out again. Empty on PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return set()
    found = set(connection.scalars(text(FORGETFUL))) - set(connection.scalars(text(SHADOWS)))
    ours, worn = Base.metadata.tables, tuple(f"{guest}_" for guest in guests)
    return {name for name in found if name in ours or name.startswith(worn)}


def last_given(connection: Connection) -> dict[str, int]:
    """The last id given out by each table that counts."""
    if not connection.scalar(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")):
        return {}
    return {row.name: row.seq for row in connection.execute(text("SELECT name, seq FROM sqlite_sequence"))}


def rebuild(connection: Connection, name: str) -> None:
    """The same table, whose key counts on. Its indexes and triggers are put back as they were written, for SQLAlchemy
    does not read all of them; rows that point at it stay, for foreign keys are off."""
    written = connection.execute(text(OF_TABLE), {"name": name}).all()
    for row in written:
        connection.exec_driver_sql(f'DROP {row.type} "{row.name}"')
    with Operations(MigrationContext.configure(connection)).batch_alter_table(name, recreate="always"):
        pass
    for row in written:
        connection.exec_driver_sql(row.sql)


def ids_named(connection: Connection) -> dict[str, int]:
    """The highest id of each kind of record that the audit chain or another row names."""
    pairs = connection.execute(text(NAMING)).all()
    named: list[Any] = [
        select(column(f"{prefix}_kind").label("kind"), func.max(column(f"{prefix}_id")).label("last"))
        .select_from(table(name))
        .group_by(column(f"{prefix}_kind"))
        for name, prefix in pairs
    ]
    found: dict[str, int] = {}
    for kind, last in connection.execute(union_all(*named)) if named else ():
        if kind and last:
            found[kind] = max(last, found.get(kind, 0))
    return found


def named_of(name: str, named: dict[str, int]) -> int:
    """The highest id named of what this table holds. Of a plugin that is off nobody knows what its records are
    called: it begins above those of all unknown kinds."""
    kinds = {
        model.__tablename__: getattr(model, "kind", None) for model in (one.class_ for one in Base.registry.mappers)
    }
    if name in kinds:
        return named.get(kinds[name] or "", 0)
    return max((last for kind, last in named.items() if kind not in kinds.values()), default=0)


def begin_above(connection: Connection, name: str, last: int) -> None:
    """Let a table give no id out up to `last`; one that is further, or is gone, stays so."""
    there = connection.scalar(text("SELECT 1 FROM sqlite_master WHERE name = :name"), {"name": name})
    if there and last > last_given(connection).get(name, 0):
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
        connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :last)"), {"name": name, "last": last})


def number(rows: Sequence[Any]) -> None:
    """Give many new rows their ids beforehand: a batch whose ids the database gives goes in row by row on SQLite, and
    on PostgreSQL as one long text that takes longer to read than to carry out."""
    new: dict[type[Any], list[Any]] = {}
    for row in rows:
        if inspect(row).transient and getattr(row, "id", 0) is None:
            new.setdefault(type(row), []).append(row)
    for model, alike in new.items():
        if len(alike) >= MANY:
            for row, free in zip(alike, free_numbers(model, len(alike)), strict=True):
                row.id = free


def free_numbers(model: type[Any], count: int) -> Sequence[int]:
    """So many ids that no row has or had: SQLite has one writer and counts on from what is put in, PostgreSQL's
    sequence gives each out once."""
    if db.session.get_bind().dialect.name == "sqlite":
        last = db.session.scalar(select(GIVEN.c.seq).where(GIVEN.c.name == model.__tablename__)) or 0
        return range(last + 1, last + count + 1)
    sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
    return db.session.scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, count))).all()

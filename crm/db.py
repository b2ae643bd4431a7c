"""The database handle: two engines on one database, plain declarative models, times in UTC."""

import datetime as dt
import re
import sqlite3
from typing import Any, ClassVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import BindParameter, DateTime, Engine, Integer, MetaData, Table, bindparam, create_engine, event
from sqlalchemy.engine import Connection, Dialect, ExceptionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

# How long a server that does not answer may hold a page, or who asks whether all is well.
CONNECT_SECONDS, SILENT_MILLISECONDS = 5, 10_000
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def utcnow() -> dt.datetime:
    """The present moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware moment, kept in UTC on every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[dt.datetime]:
        return dt.datetime

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(dt.UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def count_on(table: Table, _metadata: MetaData | None = None) -> None:
    """Let a key that is one whole number never come back after its row went (`crm.ids` has the tables do it)."""
    table.dialect_options["sqlite"]["autoincrement"] = True


class Base(DeclarativeBase):
    """Mother of all tables; it knows nothing of Flask."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {dt.datetime: UtcDateTime()}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if isinstance(table := cls.__dict__.get("__table__"), Table):
            count_on(table)


class Record:
    """Mixin for what people edit: an id, a version that catches two editors, and when it was made.

    `kind` is the record's name in addresses, the audit chain, search and the API ("relation", "dossier" …).
    """

    kind: ClassVar[str]

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-2)
    version: Mapped[int] = mapped_column(default=1, sort_order=-1)
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utcnow, onupdate=utcnow)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class About:
    """Mixin for rows that belong to some record of a room above: a post, an appointment, a task, a message."""

    subject_kind: Mapped[str | None] = mapped_column(default=None)
    subject_id: Mapped[int | None] = mapped_column(default=None)

    @property
    def subject_ref(self) -> tuple[str, int] | None:
        """(kind, id) of the record this is about, or None."""
        return (self.subject_kind, self.subject_id) if self.subject_kind and self.subject_id else None


class RoutedSession(Session):
    """Reads go to the read engine, everything else to the write engine; tests bind one connection for both."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        return self.bind or self._db.engines["read" if self.info.get("read") else None]


class Database(SQLAlchemy):
    """Flask-SQLAlchemy's handle, and the one word it lacks."""

    def disconnect(self) -> None:
        """Let go of every connection of the current app: before a fork, and when the database goes."""
        self.session.remove()
        for engine in self.engines.values():
            engine.dispose()


db = Database(metadata=Base.metadata, session_options={"class_": RoutedSession})


def rows(count: int) -> BindParameter[int]:
    """As many rows, for `limit`, written into the statement: PostgreSQL keeps the plan of a page only if it knows that
    there are few, and planning takes longer than the page."""
    return bindparam(None, count, Integer, literal_execute=True)


def init_app(app: Flask) -> None:
    """Make both engines, once per app (an execution option made per call would open a connection each)."""
    # A failed statement is logged without its values: they are what clients told us.
    options: dict[str, Any] = {"hide_parameters": True}
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        options["connect_args"] = {"timeout": 5, "check_same_thread": False, "cached_statements": 512}
    else:
        options["pool_pre_ping"] = True  # a server that was restarted costs no page
        options["connect_args"] = {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": SILENT_MILLISECONDS}
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    with app.app_context():
        write = db.engine
        engines: dict[str | None, Engine] = db.engines  # type: ignore[assignment]
        if write.dialect.name == "sqlite":
            # Connections of its own: switching `query_only` to and fro makes SQLite compile every statement anew.
            engines["read"] = create_engine(write.url, **app.config["SQLALCHEMY_ENGINE_OPTIONS"])
            prepare_sqlite(write, "query_only=off", "BEGIN IMMEDIATE")
            prepare_sqlite(engines["read"], "query_only=on", "BEGIN")
        else:
            engines["read"] = write.execution_options(postgresql_readonly=True)
            keep_prepared(write)


@event.listens_for(Engine, "handle_error")
def leave_out_values(context: ExceptionContext) -> None:
    """PostgreSQL repeats the values of a row that it refuses (DETAIL), and where in the text they stood (CONTEXT): what
    clients told us, which no log may hold. What went wrong stands in the lines before."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = tuple(without_values(part) if isinstance(part, str) else part for part in error.args)


def without_values(text: str) -> str:
    return re.sub(r"\n(DETAIL|CONTEXT|HINT|LINE \d+):.*", "", text, flags=re.DOTALL)


def keep_prepared(engine: Engine) -> None:
    """PostgreSQL plans a joined query for longer than it runs it: let psycopg keep all of ours prepared."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.prepared_max = 1000


def prepare_sqlite(engine: Engine, mode: str, begin: str) -> None:
    """WAL and foreign keys on; `mode` is what its connections may do, `begin` how their transactions start."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=wal",
            "synchronous=normal",
            "busy_timeout=5000",
            "foreign_keys=on",
            "cache_size=-32000",
            "mmap_size=268435456",
            "temp_store=memory",
            mode,
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        at_once = connection.get_execution_options().get("at_once")
        if at_once:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
        try:
            connection.exec_driver_sql(begin)
        finally:
            if at_once:
                connection.exec_driver_sql("PRAGMA busy_timeout=5000")

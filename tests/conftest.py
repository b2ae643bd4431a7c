"""One app per database and session; every test in a transaction that is undone."""

import datetime as dt
import gc
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from apiflask import APIFlask
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select, text
from sqlalchemy.engine import make_url

from crm import migrate, paths, records
from crm.accounts import operations as accounts
from crm.accounts import sessions
from crm.accounts.models import Branch, User, UserSession
from crm.app import create_app
from crm.db import db, utcnow
from crm.jobs import queue
from crm.supervisor import PARENT

# What tests start ends with them, also when they are killed: each process that shares the tests is a parent of its own.
os.environ[PARENT] = str(os.getpid())

PASSWORD = "een-lang-wachtwoord"
NO_RECORD = 2**31 - 1  # a number that no record of a test gets
LOCAL_SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"


def postgres_url() -> str | None:
    """Address of an empty database made for this run, on the server that is reachable; None without one, or when the
    environment names none ("")."""
    wanted = os.environ.get("CRM_TEST_POSTGRES_URL")
    if wanted == "":
        return None
    server = (wanted or LOCAL_SERVER).replace("postgresql+psycopg://", "postgresql://")
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=2) as connection:
            name = f"sleutel_test_{os.getpid()}"
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    except psycopg.OperationalError:
        if wanted or os.environ.get("CI"):
            raise
        return None
    return make_url(server).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


POSTGRES = postgres_url()
DATABASES = ["sqlite", *(["postgres"] if POSTGRES else [])]


def pytest_report_header() -> str:
    return f"databases: {', '.join(DATABASES)}"


def pytest_collection_finish() -> None:
    leave_alone()


def leave_alone() -> None:
    """What is there by now stays until the end: Python need not look through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    if POSTGRES:
        url = make_url(POSTGRES)
        server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], APIFlask]]:
    """Gives the app on one of DATABASES with all tables and the starting content, each made once."""
    made: dict[str, APIFlask] = {}

    def build(name: str) -> APIFlask:
        if name not in made:
            made[name] = build_house(name, tmp_path_factory.mktemp("data"))
            leave_alone()
        return made[name]

    yield build
    for app in made.values():
        with app.app_context():
            db.disconnect()


def build_house(name: str, data: Path) -> APIFlask:
    database = POSTGRES if name == "postgres" else ""
    app = create_app(paths.config() / "testing.toml", DATA=str(data), DATABASE=database, SERVER_NAME="localhost")
    with app.app_context():
        migrate.upgrade()
        part_numbers()
        db.disconnect()
    # Tests keep one app context open around many requests: what a request leaves in `g` must not reach the next.
    app.before_request_funcs.setdefault(None, []).insert(0, forget_last_request)
    app.teardown_request(lambda _error: db.session.expire_all())  # nor what it read
    return app


def part_numbers() -> None:
    """Give each table numbers that no other table gives.

    A number that PostgreSQL gave is not given again when a test is undone: in a long run a small one is taken.
    And what takes one record's number for another's then finds nothing.
    """
    with db.engine.begin() as connection:
        for place, table in enumerate(db.metadata.sorted_tables, start=1):
            known, last = {"name": table.name}, place * 100_000
            if connection.dialect.name == "sqlite":
                connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), known)
                connection.execute(text(f"INSERT INTO sqlite_sequence VALUES (:name, {last})"), known)
            elif "id" in table.columns:
                sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), known)
                connection.execute(text(f"ALTER SEQUENCE {sequence} RESTART WITH {last}"))


@pytest.fixture(scope="module", params=DATABASES)
def house(request: pytest.FixtureRequest, houses: Callable[[str], APIFlask]) -> APIFlask:
    """The app on each database in turn. Of the module, not of the session: processes that share the tests by file
    then change database once a file."""
    return houses(request.param)


def forget_last_request() -> None:
    """Begin as a request of a real server does: with nothing in `g`, where flask-login keeps its user, and a session
    that remembers no settings."""
    for name in list(g):
        g.pop(name)
    db.session.info.clear()


@pytest.fixture
def app(house: APIFlask) -> Iterator[APIFlask]:
    """The app within a transaction that is undone after the test; `db.session` sees what requests wrote."""
    with house.app_context():
        connection = db.engine.connect()
        transaction = connection.begin()
        db.session.session_factory.configure(bind=connection, join_transaction_mode="create_savepoint")
        try:
            yield house
        finally:
            db.session.remove()
            transaction.rollback()
            connection.close()
            db.session.session_factory.configure(bind=None, join_transaction_mode="conditional_savepoint")


@pytest.fixture
def branch(app: APIFlask) -> Branch:
    """Vestiging Utrecht."""
    return make_branch("Utrecht")


@pytest.fixture
def other_branch(app: APIFlask) -> Branch:
    """Vestiging Zwolle, whose records users of Utrecht do not see."""
    return make_branch("Zwolle")


def make_branch(name: str) -> Branch:
    """A saved vestiging; committed (to the test's own transaction), so that a failed request does not undo it."""
    branch = accounts.create_branch(name)
    records.commit()
    return branch


def make_user(app: APIFlask, name: str, role: str, *branches: Branch) -> User:
    """A user with PASSWORD whose address follows from his name."""
    address = f"{name.lower().replace(' ', '.')}@kantoor.example"
    passwords = accounts.hasher(app.config["ARGON2_MEMORY"], app.config["ARGON2_ROUNDS"])
    user = accounts.create_user(address, name, PASSWORD, role, list(branches), passwords=passwords)
    records.commit()
    return user


@pytest.fixture
def assistant(app: APIFlask, branch: Branch) -> User:
    return make_user(app, "Marieke Bakker", "assistant", branch)


@pytest.fixture
def adviser(app: APIFlask, branch: Branch) -> User:
    return make_user(app, "Peter van Dijk", "adviser", branch)


@pytest.fixture
def admin(app: APIFlask, branch: Branch) -> User:
    return make_user(app, "Beheer Der", "admin", branch)


@pytest.fixture
def stranger(app: APIFlask, other_branch: Branch) -> User:
    """An assistant of another vestiging."""
    return make_user(app, "Vera Vreemd", "assistant", other_branch)


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()


def log_in(client: FlaskClient, user: User) -> FlaskClient:
    """Give this browser a session of this user; one app context serves all requests of a test, so forget who was."""
    g.pop("_login_user", None)
    return come_in(client, new_session(user))


def new_session(user: User) -> str:
    """What the cookie holds of a session of this user that begins now."""
    token = sessions.begin(user, "")
    records.commit()
    return f"{user.id}.{token}"


def let_pass(user: User, seen: int = 0, began: int = 0) -> None:
    """The sessions of this user were last seen, or began, so many seconds ago."""
    for row in db.session.scalars(select(UserSession).where(UserSession.user_id == user.id)):
        row.seen_at, row.began_at = utcnow() - dt.timedelta(seconds=seen), utcnow() - dt.timedelta(seconds=began)
        records.keep(row)
    records.commit()


def come_in(client: FlaskClient, cookie: str) -> FlaskClient:
    """Give this browser a session that is there already."""
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = cookie, True
    return client


@pytest.fixture
def as_assistant(client: FlaskClient, assistant: User) -> FlaskClient:
    return log_in(client, assistant)


@pytest.fixture
def statements(app: APIFlask) -> Iterator[list[str]]:
    """SQL statements sent while the test runs, without transaction control; clear() it before what you count."""
    with noting_statements(db.engine) as sent:
        yield sent


@contextmanager
def noting_statements(*engines: Engine) -> Iterator[list[str]]:
    """The statements that these engines send meanwhile, without transaction control."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(statement)

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield sent
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(params=DATABASES)
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty database of its own, as `create_app(**new_database)` takes it: for workers, servers and real commits."""
    with own_database(request.param, tmp_path) as settings:
        yield settings


@pytest.fixture
def new_place(new_database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Another empty place, with a database of the same kind as `new_database`."""
    name, data = "postgres" if new_database["DATABASE"] else "sqlite", tmp_path_factory.mktemp("place") / "data"
    with own_database(name, data) as settings:
        yield settings


@contextmanager
def own_database(name: str, data: Path) -> Iterator[dict[str, str]]:
    """An empty one of DATABASES, gone afterwards, and this folder for files."""
    if name == "sqlite":
        yield {"DATA": str(data), "DATABASE": ""}
        return
    own = make_url(str(POSTGRES)).set(database=f"sleutel_test_{os.getpid()}_{secrets.token_hex(4)}")
    server = own.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {own.database}")  # type: ignore[arg-type]
        yield {"DATA": str(data), "DATABASE": own.render_as_string(hide_password=False)}
        connection.execute(f"DROP DATABASE {own.database} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture
def run_jobs(house: APIFlask, app: APIFlask) -> Callable[[], int]:
    """Commits, then runs all that is enqueued, delayed or not, earliest first, until nothing is left; gives how many.

    A job that raises is tried again at once, as often as a worker would; the error of its last try is raised here.
    Refused ends a job quietly, as it does in a worker.
    """

    def run() -> int:
        records.commit()
        count = 0
        while waiting := next_job():
            count += 1
            assert count < 1000, "jobs that never end"
            with house.app_context():
                perform_now(*waiting)
        # Ends the savepoint in which the queue was read, so that a request that is undone does not undo the jobs.
        records.commit()
        db.session.expire_all()
        return count

    return run


def next_job() -> tuple[str, str, str] | None:
    """(key, name, inputs) of the job that is due first."""
    postgres = db.engine.dialect.name == "postgresql"
    schema, order = ("dbos.", "w.ctid") if postgres else ("", "w.rowid")
    row = db.session.execute(
        text(
            f"SELECT w.workflow_uuid, w.name, i.inputs FROM {schema}workflow_status w "
            f"JOIN {schema}workflow_input i ON i.workflow_uuid = w.workflow_uuid "
            "WHERE w.status IN ('ENQUEUED', 'DELAYED') "
            f"ORDER BY coalesce(w.delay_until_epoch_ms, w.created_at), {order} LIMIT 1"
        )
    ).first()
    return tuple(row) if row else None


def perform_now(key: str, name: str, inputs: str) -> None:
    """What a worker does with one job, on the test's own connection."""
    schema = "dbos." if db.engine.dialect.name == "postgresql" else ""
    finish = text(f"UPDATE {schema}workflow_status SET status = 'SUCCESS' WHERE workflow_uuid = :key")
    db.session.execute(finish, {"key": key})
    db.session.commit()
    arguments, attempt = json.loads(inputs)["positionalArgs"]

    def again(job: queue.Job, arguments: Any, attempt: int, key: str) -> None:
        options = queue.options(job, f"{key.partition('~')[0]}~{attempt}", 0)
        queue.client().enqueue_in_transaction(db.session(), options, arguments, attempt)
        db.session.commit()

    try:
        queue.perform(queue.jobs()[name], arguments, attempt, key, again)
    except queue.GaveUp as failure:
        if not isinstance(failure.__cause__, records.Refused):
            raise failure.__cause__ or failure

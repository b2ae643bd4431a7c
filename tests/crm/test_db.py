"""The database handle: what it survives, and what it keeps to itself."""

import logging

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from crm import migrate, paths, records
from crm.accounts.models import Branch
from crm.app import create_app
from crm.db import db

SECRET = "Geheim van Jansen"


@pytest.fixture
def alone(new_database):
    """A house with a database and connections of its own."""
    app = create_app(paths.config() / "testing.toml", SERVER_NAME="localhost", **new_database)
    with app.app_context():
        migrate.upgrade()
        db.disconnect()
    yield app
    with app.app_context():
        db.disconnect()


def test_a_server_that_was_restarted_costs_no_page(alone):
    client = alone.test_client()
    assert client.get("/aanvraag").status_code == 200
    with alone.app_context():
        url = make_url(db.engine.url)
    if url.drivername.startswith("postgresql"):
        whole = url.set(drivername="postgresql").render_as_string(hide_password=False)
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        with psycopg.connect(whole, autocommit=True) as connection:
            connection.execute(others, [url.database])
    assert client.get("/aanvraag").status_code == 200


def test_no_log_repeats_what_a_row_held_that_was_refused(alone, caplog):
    """PostgreSQL tells of it in DETAIL, SQLAlchemy in its parameters; on every engine, that of jobs too."""
    with alone.app_context(), caplog.at_level(logging.ERROR):
        records.keep(Branch(name=SECRET))
        try:
            records.keep(Branch(name=SECRET))
        except IntegrityError:
            logging.getLogger("proef").exception("refused")
        else:
            pytest.fail("the name is taken")
        records.rollback()
        db.session.remove()
    assert "refused" in caplog.text and "branches" in caplog.text
    assert SECRET not in caplog.text and "DETAIL" not in caplog.text

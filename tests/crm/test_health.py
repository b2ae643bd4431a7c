"""What a monitor is told, in every state: all well, a worker that went, tables of another version, no database."""

import datetime as dt

import pytest
from sqlalchemy import create_engine

from crm import health, records
from crm.db import db, utcnow
from crm.jobs.models import WorkerSign

WELL = {"database": "ok", "migrations": "ok"}
SECOND = dt.timedelta(seconds=1)


def asked(client, address):
    """(status, what it said)."""
    answer = client.get(address)
    return answer.status_code, answer.json


def last_seen(ago):
    records.keep(WorkerSign(slot=3, seen_at=utcnow() - dt.timedelta(days=1)))
    records.keep(WorkerSign(slot=4, seen_at=utcnow() - ago))
    records.commit()


def test_without_a_worker_pages_come_and_no_work_is_done(client):
    assert asked(client, "/readyz") == (200, WELL)
    assert asked(client, "/healthz") == (503, {**WELL, "disk": "ok", "worker": "not seen"})


@pytest.mark.parametrize(
    ("ago", "code", "worker"),
    [(health.SEEN_WITHIN - 5 * SECOND, 200, "ok"), (health.SEEN_WITHIN + SECOND, 503, "not seen")],
)
def test_a_worker_was_seen_within_the_minute(client, ago, code, worker):
    last_seen(ago)
    assert asked(client, "/healthz") == (code, {**WELL, "disk": "ok", "worker": worker})


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_tables_of_another_version(app, client, monkeypatch, address):
    last_seen(SECOND)
    assert asked(client, address)[0] == 200
    known = [name for name in app.extensions if name.startswith("crm.heads.")]
    monkeypatch.setitem(app.extensions, known[0], {"9999"})
    code, said = asked(client, address)
    assert (code, said["database"], said["migrations"]) == (503, "ok", "behind")


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_a_database_that_is_not_there(app, client, monkeypatch, tmp_path, address):
    away = create_engine(f"sqlite:///{tmp_path}/no/folder.db")
    monkeypatch.setitem(db.engines, "read", away)
    code, said = asked(client, address)
    assert (code, said["database"], said["migrations"]) == (503, "down", "unknown")
    assert str(tmp_path) not in str(said)


def test_nobody_need_be_logged_in_and_no_session_begins(client):
    for address in ("/healthz", "/readyz"):
        answer = client.get(address)
        assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "no-store"

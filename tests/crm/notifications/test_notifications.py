"""Meldingen: told in the transaction of the work, one's own only, read, shown in one's language, cleaned up."""

import datetime as dt
import io

import pytest
from sqlalchemy import select

from crm import records
from crm.accounts.models import UserSession
from crm.db import db, utcnow
from crm.imports import operations as imports
from crm.notifications import notify, operations, queries
from crm.notifications.models import Notification
from crm.ui import menu
from tests.conftest import let_pass, log_in

POLL = {"HX-Request": "true"}


def told(user):
    return db.session.scalars(queries.own(user).order_by(Notification.id)).all()


def since(ago=0):
    return {"since": (utcnow() - dt.timedelta(seconds=ago)).isoformat(), "last": "0"}


@pytest.fixture
def melding(assistant):
    made = notify(assistant, "Klaar met %(file)s.", "/imports/1", file="klanten.csv")
    records.commit()
    return made


def test_the_bell_counts_what_was_not_read(melding, assistant, as_assistant):
    page = as_assistant.get("/tasks").text
    assert 'corner-badge">1' in page and "Klaar met" not in page
    listed = as_assistant.get("/notifications").text
    assert "Klaar met klanten.csv." in listed and "Alles gelezen" in listed
    assert as_assistant.post(f"/notifications/{melding.id}/open").location == "/imports/1"
    assert "corner-badge" not in as_assistant.get("/notifications").text
    assert "Klaar met klanten.csv." in as_assistant.get("/notifications").text


def test_the_bell_costs_no_statement_of_its_own(melding, as_assistant, statements):
    as_assistant.get("/notifications")
    statements.clear()
    as_assistant.get("/notifications")
    assert sum("user_notifications" in one for one in statements) == 2  # the list, and with the other badges
    assert len(statements) <= 5, statements


def test_the_page_asks_and_is_told_what_came_since(as_assistant, assistant):
    early = since()
    assert as_assistant.get("/notifications/news", query_string=early, headers=POLL).status_code == 204
    made = notify(assistant, "Klaar.", "/imports/7")
    records.commit()
    answer = as_assistant.get("/notifications/news", query_string=early, headers=POLL)
    assert "Klaar." in answer.text and 'corner-badge">1' in answer.text and f'value="{made.id}"' in answer.text
    seen = {**early, "last": str(made.id)}
    assert as_assistant.get("/notifications/news", query_string=seen, headers=POLL).status_code == 204
    there = {**POLL, "HX-Current-URL": "http://localhost/imports/7?x=1"}
    assert as_assistant.get("/notifications/news", query_string=early, headers=there).status_code == 204
    late = {"since": (utcnow() + dt.timedelta(hours=1)).isoformat()}
    assert as_assistant.get("/notifications/news", query_string=late, headers=POLL).status_code == 204
    assert as_assistant.get("/notifications/news?since=nonsense", headers=POLL).status_code == 200
    answer = as_assistant.post(f"/notifications/{made.id}/read", data=early, headers=POLL)
    assert answer.status_code == 200 and "Klaar." not in answer.text and "corner-badge" not in answer.text


def test_asking_keeps_no_session_alive_and_leaves_the_page_alone(client, assistant, monkeypatch):
    log_in(client, assistant)
    let_pass(assistant, seen=300)
    seen = db.session.scalar(select(UserSession.seen_at))
    client.get("/notifications/news", headers=POLL)
    assert db.session.scalar(select(UserSession.seen_at)) == seen
    client.get("/notifications")
    assert db.session.scalar(select(UserSession.seen_at)) > seen
    let_pass(assistant, seen=2 * 3600)
    answer = client.get("/notifications/news", headers=POLL)
    assert answer.status_code == 401 and "HX-Redirect" not in answer.headers
    assert client.get("/tasks", headers=POLL).status_code == 401


def test_nobody_sees_or_reads_anothers(melding, adviser, app):
    other = log_in(app.test_client(), adviser)
    assert "Klaar met" not in other.get("/notifications").text
    for what in ("open", "read"):
        assert other.post(f"/notifications/{melding.id}/{what}").status_code == 404
    other.post("/notifications/read")
    db.session.refresh(melding)
    assert melding.read_at is None


def test_all_are_read_at_once(melding, assistant, as_assistant):
    notify(assistant, "En nog een.")
    records.commit()
    assert as_assistant.post("/notifications/read").status_code == 302
    db.session.expire_all()
    assert all(one.read_at for one in told(assistant))
    assert next(item for item in menu(assistant) if item.corner).badge == 0


def test_nobody_to_tell_is_fine(app):
    assert notify(None, "Klaar.") is None


def test_old_ones_go(assistant, adviser):
    now = utcnow()
    for days_read, days_old in ((None, 91), (31, 40), (None, 60), (1, 60)):
        made = notify(assistant, "Klaar.")
        made.created_at = now - dt.timedelta(days=days_old)
        made.read_at = now - dt.timedelta(days=days_read) if days_read else None
        records.keep(made)
    operations.clean_up()
    assert [one.read_at is None for one in told(assistant)] == [True, False]


def upload(branch, user, text="voornaam;achternaam\nSanne;Vries\nTim;Jansen\n"):
    work = imports.receive(io.BytesIO(text.encode()), "klanten.csv", branch, user)
    records.commit()
    return work


def test_the_end_of_an_import_is_told_to_who_began_it(branch, admin, adviser, run_jobs):
    work = upload(branch, adviser)
    for dry_run in (True, False):
        imports.start(work, admin, dry_run)
        imports.enqueue_run(work)
        run_jobs()
    imports.undo(work, admin)
    imports.enqueue_run(work)
    run_jobs()
    assert told(adviser) == []
    assert [one.shown for one in told(admin)] == [
        "Proefdraaien van klanten.csv is klaar: 2 goed, 0 dubbel, 0 geweigerd.",
        "Import van klanten.csv is klaar: 2 gemaakt, 0 dubbel, 0 geweigerd.",
        "Import van klanten.csv is teruggedraaid: 2 relaties verwijderd.",
    ]
    assert {one.url for one in told(admin)} == {f"/imports/{work.id}"}


def test_an_import_that_stops_says_why(branch, admin, run_jobs):
    work = upload(branch, admin)
    imports.start(work, admin)
    imports.enqueue_run(work)
    (imports.folder() / work.file).unlink()
    run_jobs()
    assert [one.shown for one in told(admin)] == ["Import van klanten.csv is gestopt. " + imports.GONE]


def test_the_command_line_tells_it_too(branch, admin, tmp_path):
    file = tmp_path / "relaties.csv"
    file.write_text("voornaam;achternaam\nSanne;Vries\n", "utf-8")
    imports.import_file(file, branch, admin)
    assert db.session.scalars(select(Notification)).one().user_id == admin.id

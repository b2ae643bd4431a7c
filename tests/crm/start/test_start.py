"""The start page, and the rule of the working day before."""

import datetime as dt

import pytest
from sqlalchemy import select

from crm import formats, records
from crm.activities import office, operations
from crm.activities.models import Task
from crm.activities.queries import taken
from crm.db import db
from crm.dossiers.models import Dossier
from crm.start import operations as start
from crm.start import queries
from tests.conftest import log_in
from tests.crm.activities.conftest import at, count, make_dossier

DAY = dt.timedelta(days=1)


def next_working_day(days=1):
    return office.calendar().add(formats.today(), days)


def plan(dossier, user, day=None, hour=10, **values):
    starts_at = formats.at(day or next_working_day(), dt.time(hour))
    made = operations.plan({"starts_at": starts_at, **values}, dossier, user)
    records.commit()
    return made


def complete(dossier):
    """Everything the core asks for is in."""
    from crm.dossiers import catalogue
    from crm.dossiers.operations import tick

    for name, value in (("birth_date", dt.date(1990, 1, 1)), ("phone", "+31612345678"), ("email", "s@vries.example")):
        setattr(dossier.relation, name, value)
    records.save(dossier.relation, None)
    for entry in catalogue.entries("preparation"):
        tick(dossier, entry.key, True, dossier.adviser)
    records.commit()


def asked():
    return db.session.scalars(select(Task).where(Task.task_kind == "ask_to_move").order_by(Task.id)).all()


@pytest.fixture
def dossier(branch, adviser):
    return make_dossier(branch, adviser)


@pytest.fixture
def clock(monkeypatch):
    """Sets the time that the rule sees."""

    def set_to(text):
        monkeypatch.setattr(start, "utcnow", lambda: at(text))
        monkeypatch.setattr(queries, "utcnow", lambda: at(text))

    return set_to


def test_an_empty_morning_says_so(as_assistant):
    page = as_assistant.get("/").text
    for words in ("Mijn taken", "Vandaag", "Gesprekken die niet klaar zijn", "Nieuwe serviceaanvragen"):
        assert words in page
    assert "Niets te doen." in page and "Vandaag zijn er geen afspraken." in page


def test_the_morning_shows_tasks_today_and_talks_that_are_not_ready(as_assistant, assistant, dossier):
    operations.create_task({"title": "Bel terug", "assigned_to": assistant}, assistant, dossier)
    today = plan(dossier, assistant, formats.today(), 23, ends_at=formats.at(formats.today(), dt.time(23, 30)))
    coming = plan(dossier, assistant, title="Straks oriëntatie")
    page = as_assistant.get("/").text
    assert "Bel terug" in page and dossier.title in page
    assert f'href="/appointments/{today.id}"' in page and "23.00 – 23.30" in page
    assert f'href="/appointments/{coming.id}"' in page and "Ontbreekt nog:" in page and "telefoonnummer" in page
    complete(dossier)
    assert "Ontbreekt nog:" not in as_assistant.get("/").text


def test_another_vestigings_morning_is_empty(client, stranger, assistant, dossier):
    plan(dossier, assistant)
    log_in(client, stranger)
    page = client.get("/").text
    assert "Sanne" not in page and "Alle gesprekken van de komende werkdagen zijn klaar." in page


def test_the_same_statements_for_one_and_for_fifty(as_assistant, assistant, branch, adviser, statements):
    one = make_dossier(branch, adviser, "D-2027-50000")
    operations.create_task({"title": "Eerste", "assigned_to": assistant}, assistant, one)
    plan(one, assistant)
    few = count(as_assistant, "/", statements)
    branch, adviser, assistant = (db.session.merge(record) for record in (branch, adviser, assistant))
    for number in range(50):
        made = make_dossier(branch, adviser, f"D-2027-600{number}")
        operations.create_task({"title": f"Taak {number}", "assigned_to": assistant}, assistant, made)
        begin = formats.at(next_working_day(), dt.time(11)) + number * dt.timedelta(minutes=5)
        values = {"starts_at": begin, "ends_at": begin + dt.timedelta(minutes=5)}
        confirmed = [remark.key for remark in taken(adviser, *values.values())]
        operations.plan({**values, "confirmed": confirmed}, made, assistant)
    records.commit()
    assert count(as_assistant, "/", statements) == few <= 8, "\n".join(statements)


@pytest.mark.requirement("O-011", side="crm")
def test_one_working_day_before_the_planner_is_asked_to_move_the_talk(as_assistant, assistant, dossier, clock):
    made = plan(dossier, assistant, dt.date(2027, 5, 7))  # the day after Hemelvaart: all must be in on 5 May, 09:00
    clock("2027-05-05 08:59")
    start.check_preparation()
    assert asked() == []
    clock("2027-05-05 09:00")
    start.check_preparation()
    start.check_preparation()
    records.commit()
    (task,) = asked()
    assert (task.title, task.assigned_to, task.due_on) == ("Afspraak verzetten?", assistant, dt.date(2027, 5, 5))
    assert "telefoonnummer" in task.notes
    page = as_assistant.get(f"/tasks/{task.id}").text
    assert f"/appointments/{made.id}/edit?starts_at=" in page
    assert "Afspraak verzetten?" in as_assistant.get("/tasks").text


def test_the_question_lapses_when_all_is_in(assistant, dossier, clock):
    plan(dossier, assistant, dt.date(2027, 6, 1))
    clock("2027-05-31 10:00")
    start.check_preparation()
    complete(dossier)
    start.check_preparation()
    (task,) = asked()
    assert task.status == "cancelled" and "Alles is binnen" in task.notes


def test_a_moved_talk_is_asked_about_anew(assistant, dossier, clock):
    made = plan(dossier, assistant, dt.date(2027, 6, 1))
    clock("2027-05-31 10:00")
    start.check_preparation()
    operations.move(made, at("2027-06-08 10:00"), at("2027-06-08 12:00"), assistant)
    start.check_preparation()
    assert [task.status for task in asked()] == ["cancelled"]
    clock("2027-06-07 10:00")
    start.check_preparation()
    assert [task.status for task in asked()] == ["cancelled", "open"]


def test_a_planner_who_said_no_is_not_asked_again(assistant, dossier, clock):
    plan(dossier, assistant, dt.date(2027, 6, 1))
    clock("2027-05-31 10:00")
    start.check_preparation()
    operations.complete(asked()[0], assistant)
    start.check_preparation()
    assert [task.status for task in asked()] == ["done"]


@pytest.mark.parametrize(
    "change",
    [
        lambda made, user: operations.cancel(made, "ziek", user),
        lambda made, user: operations.edit(made, {"category": "closing"}, user),
        lambda made, user: records.save(advanced(made), user),
    ],
)
def test_nobody_is_asked_about_a_talk_that_needs_no_preparation(assistant, dossier, clock, change):
    change(plan(dossier, assistant, dt.date(2027, 6, 1)), assistant)
    clock("2027-05-31 10:00")
    start.check_preparation()
    assert asked() == []


def advanced(made):
    """The talk's dossier, past the talk."""
    dossier = db.session.get(Dossier, made.subject_id)
    dossier.status = "advice"
    return dossier


def test_the_rule_runs_every_hour(house):
    from crm.jobs.queue import jobs

    with house.app_context():
        job = jobs()["start.check_preparation"]
    assert job.every == dt.timedelta(hours=1) and job.run is start.check_preparation

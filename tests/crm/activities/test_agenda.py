"""The agenda: whose, what of it, how far; absences."""

import datetime as dt

import pytest
from sqlalchemy import select

from crm import records
from crm.activities import operations
from crm.activities.models import Absence
from crm.db import db
from tests.conftest import log_in, make_user
from tests.crm.activities.conftest import at, count, make_dossier

WEEK = {"start": "2027-05-31T00:00:00+02:00", "end": "2027-06-07T00:00:00+02:00"}


def plan(dossier, user, start="2027-06-01 10:00", **values):
    made = operations.plan({"starts_at": at(start), **values}, dossier, user)
    records.commit()
    return made


def events(client, adviser, **asked):
    return client.get("/agenda/events", query_string={"adviser": adviser.id, **WEEK, **asked})


def test_the_agenda_names_the_client_and_links_to_the_appointment(as_assistant, dossier, adviser, assistant):
    made = plan(dossier, assistant)
    (event,) = events(as_assistant, adviser).get_json()
    assert event["title"] == "Utrecht oriëntatie starter" and event["editable"]
    assert event["url"] == f"/appointments/{made.id}" and "Sanne de Vries" in event["extendedProps"]["subject"]
    assert event["start"] == "2027-06-01T10:00:00+02:00"


def test_another_vestigings_client_of_a_shared_adviser_shows_as_bezet(
    app, client, dossier, assistant, branch, other_branch, stranger
):
    shared = make_user(app, "Sjoerd Gedeeld", "adviser", branch, other_branch)
    plan(dossier, assistant, assigned_to=shared)
    log_in(client, stranger)
    (event,) = events(client, shared).get_json()
    assert (event["title"], event["editable"]) == ("Bezet", False)
    assert "url" not in event and "id" not in event and "Sanne" not in str(event)
    page = client.get(f"/agenda?adviser={shared.id}&day=2027-06-01").text
    assert "Bezet" in page and "starter" not in page


def test_whose_agenda_one_may_see(client, adviser, stranger, assistant):
    log_in(client, stranger)
    assert events(client, adviser).status_code == 404
    assert client.get(f"/agenda?adviser={adviser.id}").status_code == 404


def test_an_adviser_opens_his_own_agenda(client, adviser, dossier, assistant):
    log_in(client, adviser)
    assert f'<option value="{adviser.id}" selected>' in client.get("/agenda").text


@pytest.mark.parametrize(
    "asked",
    [
        {"start": "2027-01-01T00:00:00+01:00", "end": "2028-01-01T00:00:00+01:00"},
        {"start": WEEK["end"], "end": WEEK["start"]},
        {"start": "gisteren"},
        {"start": "2027-05-31T00:00:00"},
    ],
)
def test_the_range_is_bounded(as_assistant, adviser, asked):
    assert events(as_assistant, adviser, **asked).status_code == 400


def test_holidays_stand_in_the_agenda(as_assistant, adviser):
    asked = {"start": "2027-05-03T00:00:00+02:00", "end": "2027-05-10T00:00:00+02:00"}
    found = {event["start"]: event["title"] for event in events(as_assistant, adviser, **asked).get_json()}
    assert found == {"2027-05-06": "Hemelvaartsdag"}
    assert "Hemelvaartsdag" in as_assistant.get("/agenda?day=2027-05-06&view=list").text


def test_the_week_is_there_as_a_list_too(as_assistant, dossier, adviser, assistant):
    made = plan(dossier, assistant)
    page = as_assistant.get(f"/agenda?adviser={adviser.id}&day=2027-06-03").text
    assert f'href="/appointments/{made.id}"' in page and "10.00 – 12.00" in page and "Gepland" in page
    assert "Dinsdag 1 juni 2027" in page and "Niets gepland." in page


def test_cancelled_talks_leave_the_agenda(as_assistant, dossier, adviser, assistant):
    operations.cancel(plan(dossier, assistant), "ziek", assistant)
    records.commit()
    assert events(as_assistant, adviser).get_json() == []


def test_absence_shows_and_its_reason_stays_between_two(client, app, adviser, assistant, branch, admin):
    log_in(client, adviser)
    typed = {"user": adviser.id, "from_day": "2027-06-02", "until_day": "2027-06-03", "reason": "operatie"}
    assert client.post("/agenda/absences", data=typed).status_code == 302
    absence = db.session.scalars(select(Absence)).one()
    assert (absence.starts_at, absence.ends_at) == (at("2027-06-02 00:00"), at("2027-06-04 00:00"))
    assert events(client, adviser).get_json()[0]["title"] == "Afwezig: operatie"
    log_in(client, assistant)
    assert events(client, adviser).get_json()[0]["title"] == "Afwezig"
    assert client.post(f"/agenda/absences/{absence.id}/remove").status_code == 409
    log_in(client, admin)
    assert "operatie" in client.get("/agenda/absences").text
    assert client.post(f"/agenda/absences/{absence.id}/remove").status_code == 302
    assert db.session.scalars(select(Absence)).all() == []


def test_an_absence_names_the_appointments_it_falls_on(client, adviser, dossier, assistant):
    made = plan(dossier, assistant)
    log_in(client, adviser)
    typed = {"user": adviser.id, "from_day": "2027-06-01", "until_day": "2027-06-01"}
    page = client.post("/agenda/absences", data=typed, follow_redirects=True).text
    assert "moeten worden verzet" in page and f'href="/appointments/{made.id}"' in page


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"from_day": "2027-06-03", "until_day": "2027-06-01"}, "laatste dag ligt voor de eerste"),
        ({"from_day": "", "until_day": "2027-06-01"}, "Kies de eerste dag"),
        ({"from_day": "2027-06-01", "until_day": "2027-06-01", "from_time": "laat"}, "Dit is geen tijd"),
    ],
)
def test_wrong_absences(as_assistant, assistant, typed, message):
    answer = as_assistant.post("/agenda/absences", data={"user": assistant.id, **typed})
    assert answer.status_code == 422 and message in answer.text


def test_nobody_enters_anothers_absence(as_assistant, adviser):
    typed = {"user": adviser.id, "from_day": "2027-06-01", "until_day": "2027-06-01"}
    assert as_assistant.post("/agenda/absences", data=typed).status_code == 422
    assert db.session.scalars(select(Absence)).all() == []


@pytest.mark.parametrize(
    "page", ["/agenda?day=2027-06-01", "/agenda/events?start=2027-05-31T00:00Z&end=2027-06-07T00:00Z"]
)
def test_the_same_statements_for_one_and_for_fifty(as_assistant, branch, adviser, assistant, statements, page):
    url = f"{page}&adviser={adviser.id}"
    plan(make_dossier(branch, adviser, "D-2027-10000"), assistant)
    few = count(as_assistant, url, statements)
    branch, adviser, assistant = (db.session.merge(record) for record in (branch, adviser, assistant))
    for number in range(50):
        start = at("2027-06-02 00:00") + dt.timedelta(minutes=15 * number)
        values = {"starts_at": start, "ends_at": start + dt.timedelta(minutes=15)}
        operations.plan(values, make_dossier(branch, adviser, f"D-2027-200{number}"), assistant)
    records.commit()
    assert count(as_assistant, url, statements) == few <= 8, "\n".join(statements)

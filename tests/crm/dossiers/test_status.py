"""The status path: every step of the table, its guards, and what it sets off."""

import datetime as dt
from contextlib import nullcontext
from itertools import pairwise

import pytest
from sqlalchemy import select

from crm import records
from crm.activities import operations as activities
from crm.activities import queries as agenda
from crm.activities.models import Task
from crm.db import db
from crm.dossiers import operations, status_path, statuses
from crm.feed.models import Post
from crm.formats import local
from crm.records import Refused
from tests.conftest import log_in
from tests.crm.dossiers.conftest import make_appointment


def call_backs():
    return db.session.scalars(select(Task).where(Task.task_kind == "call_back")).all()


def status_posts(dossier):
    about = (Post.subject_kind == "dossier", Post.subject_id == dossier.id, Post.post_kind == "status.changed")
    return db.session.scalars(select(Post).where(*about).order_by(Post.id)).all()


def walk(dossier, user, *path):
    """Take these steps, giving whatever they ask."""
    for to in path:
        operations.change_status(dossier, to, user, "Omdat", confirmed=True, assistant_id=user.id)
    records.commit()


@pytest.mark.requirement("O-066", side="crm")
@pytest.mark.requirement("O-067", side="crm")
def test_intake_by_hand_makes_the_call_back_once(dossier, adviser, assistant, as_assistant):
    appointment = make_appointment(dossier, adviser, assistant)
    where = f"/dossiers/{dossier.id}/status/intake"
    page = as_assistant.get(where).text
    day = operations.queries.call_back_day(appointment)
    assert "Klant nabellen" in page and day.isoformat() in page
    for once in ("a", "a", "b"):
        sent = {"once": once, "call_back_on": day.isoformat()}
        assert as_assistant.post(where, data=sent).status_code == 302
    (task,) = call_backs()
    assert (task.title, task.assigned_to, task.due_on) == ("Klant nabellen", adviser, day)
    assert day >= local(appointment.starts_at).date() + dt.timedelta(days=7) and task.rule_due_on is not None
    assert [post.text for post in status_posts(dossier)] == ["Status: Oriënteren → Intake"]
    assert 'class="now" aria-current="step">Intake' in as_assistant.get(f"/dossiers/{dossier.id}").text


@pytest.mark.requirement("O-068", side="crm")
def test_the_day_of_the_call_back_can_be_another(dossier, adviser, assistant, as_assistant):
    appointment = make_appointment(dossier, adviser, assistant)
    other = operations.queries.call_back_day(appointment) + dt.timedelta(days=1)
    sent = {"call_back_on": other.isoformat()}
    assert as_assistant.post(f"/dossiers/{dossier.id}/status/intake", data=sent).status_code == 302
    assert call_backs()[0].due_on == other


def test_intake_needs_an_appointment_and_says_so(dossier, as_assistant):
    page = as_assistant.get(f"/dossiers/{dossier.id}/status").text
    assert "Plan eerst een afspraak" in page and f"/dossiers/{dossier.id}/status/intake" not in page
    answer = as_assistant.post(f"/dossiers/{dossier.id}/status/intake", data={})
    assert answer.status_code == 422 and "Plan eerst een afspraak" in answer.text
    db.session.refresh(dossier)
    assert dossier.status == "orienting"


def test_back_to_orienting_only_when_the_appointment_was_cancelled(dossier, adviser, assistant):
    appointment = make_appointment(dossier, adviser, assistant)
    walk(dossier, assistant, "intake")
    with pytest.raises(Refused, match="Annuleer die eerst"):
        operations.change_status(dossier, "orienting", assistant)
    activities.cancel(appointment, "Klant is ziek", assistant)
    assert operations.change_status(dossier, "orienting", assistant).status == "orienting"


@pytest.mark.requirement("O-038", side="crm")
def test_advice_asks_who_the_assistent_is(dossier, adviser, assistant, as_assistant):
    where = f"/dossiers/{dossier.id}/status/advice"
    assert "Assistent bepalen" in as_assistant.get(where).text
    answer = as_assistant.post(where, data={"assistant_id": ""})
    assert answer.status_code == 422 and "Kies wie de assistent" in answer.text
    assert as_assistant.post(where, data={"assistant_id": adviser.id}).status_code == 302
    db.session.refresh(dossier)
    assert (dossier.status, dossier.assistant) == ("advice", adviser)


def test_skipping_asks_a_tick_and_going_back_a_reason(dossier, assistant, as_assistant):
    walk(dossier, assistant, "advice")
    skip = f"/dossiers/{dossier.id}/status/binding_offer"
    answer = as_assistant.post(skip, data={})
    assert answer.status_code == 422 and "U slaat stappen over" in answer.text
    assert as_assistant.post(skip, data={"confirmed": "y"}).status_code == 302
    back = f"/dossiers/{dossier.id}/status/collecting"
    assert as_assistant.post(back, data={"reason": " "}).status_code == 422
    assert as_assistant.post(back, data={"reason": "Te vroeg"}).status_code == 302
    assert "Te vroeg" in as_assistant.get(f"/dossiers/{dossier.id}").text


def test_declined_and_cancelled_keep_their_reason_and_only_a_beheerder_reopens(
    dossier, assistant, admin, as_assistant, app
):
    walk(dossier, assistant, "advice", "application", "declined")
    assert dossier.closing_reason == "Omdat"
    walk(dossier, assistant, "cancelled")
    assert "Alleen een beheerder" in as_assistant.get(f"/dossiers/{dossier.id}/status").text
    assert as_assistant.post(f"/dossiers/{dossier.id}/status/intake", data={"reason": "x"}).status_code == 422
    boss = log_in(app.test_client(), admin)
    assert boss.post(f"/dossiers/{dossier.id}/status/intake", data={"reason": "Toch door"}).status_code == 302
    db.session.refresh(dossier)
    assert (dossier.status, dossier.closing_reason) == ("intake", "")


def test_no_step_outside_the_table(dossier, as_assistant):
    for to in ("closed", "nonsense", "application"):
        assert as_assistant.post(f"/dossiers/{dossier.id}/status/{to}", data={"confirmed": "y"}).status_code in (
            404,
            422,
        )
    db.session.refresh(dossier)
    assert dossier.status == "orienting"


def test_tick_on_the_event_form_does_the_same(dossier, adviser, assistant):
    start = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)
    values = {"starts_at": start, "assigned_to": adviser, "confirmed": ()}
    activities.plan(values, dossier, assistant, options=["dossier_intake"])
    assert dossier.status == "intake" and len(call_backs()) == 1 and dossier.adviser == adviser
    assert not agenda.options(dossier, assistant)


def test_reopening_takes_a_reason_whatever_the_office_wrote_down(app):
    """Every step out of a status that ends a dossier, also one that an office adds without a word."""
    path = statuses.current()
    ended, going = [one for one in path if one.is_ended], [one for one in path if one.in_order]
    assert ended and all(status_path.REASON in status_path.always(origin, to) for origin in ended for to in path)
    ahead = [(here, there) for here, there in pairwise(going) if not here.is_ended and not there.is_ended]
    assert ahead and not any(status_path.REASON in status_path.always(here, there) for here, there in ahead)


@pytest.mark.parametrize(("reason", "code", "status"), [(" ", 422, "cancelled"), ("Toch door", 302, "intake")])
def test_a_beheerder_reopens_with_a_reason_only(dossier, assistant, admin, app, reason, code, status):
    walk(dossier, assistant, "cancelled")
    boss = log_in(app.test_client(), admin)
    assert boss.post(f"/dossiers/{dossier.id}/status/intake", data={"reason": reason}).status_code == code
    db.session.refresh(dossier)
    assert dossier.status == status


@pytest.mark.parametrize(("days", "is_taken"), [(-1, False), (0, True), (1, True), (None, True)])
def test_a_product_ends_no_earlier_than_it_starts(dossier, assistant, days, is_taken):
    starts_on = dt.date(2026, 5, 4)
    ends_on = None if days is None else starts_on + dt.timedelta(days=days)
    dates = {"product_kind": "mortgage", "starts_on": starts_on, "ends_on": ends_on}
    with nullcontext() if is_taken else pytest.raises(Refused, match="voor de ingangsdatum"):
        assert operations.save_product(dossier, dates, assistant).ends_on == ends_on

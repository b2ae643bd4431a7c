"""All steps at once: all or nothing, each recorded as if done singly, undone as a whole until the mail goes."""

import datetime as dt
from contextlib import nullcontext

import pytest
from sqlalchemy import func, select

from crm import records
from crm.activities import operations as activities
from crm.activities.models import Appointment, Task
from crm.audit.models import AuditEntry
from crm.db import db, utcnow
from crm.dossiers import operations as dossiers
from crm.dossiers.models import Dossier
from crm.feed.models import Post
from crm.feed.operations import register
from crm.mail import operations as mail
from crm.mail.models import Message
from crm.planning import operations, queries
from crm.planning.models import PlanningRun
from crm.records import Refused
from crm.relations import operations as relations
from crm.relations.models import Household, Relation
from crm.relations.queries import partner_of
from crm.service_requests import operations as service_requests

MADE = (Relation, Household, Dossier, Appointment, Task, Message, Post, PlanningRun)


def counts():
    return {model.__name__: db.session.scalar(select(func.count()).select_from(model)) for model in MADE}


def test_everything_is_made_and_recorded(plan, assistant, adviser, slot):
    run = operations.carry_out(plan(), assistant)
    dossier = db.session.get(Dossier, run.dossier_id)
    appointment = db.session.get(Appointment, run.appointment_id)
    message = db.session.get(Message, run.message_id)
    assert dossier.relation.name == "Sanne de Vries" and partner_of(dossier.relation).name == "Tim Jansen"
    assert dossier.status == "intake" and dossier.adviser_id == adviser.id and dossier.assistant == assistant
    assert appointment.title == "Utrecht oriëntatie starter" and appointment.starts_at == slot.starts_at
    assert appointment.status == "confirmed" and message.status == "queued"
    task = db.session.query(Task).one()
    assert task.title == "Klant nabellen" and task.assigned_to == adviser
    assert run.told == ["confirmation", "moved"]
    kinds = {entry.record_kind for entry in db.session.query(AuditEntry)}
    assert {"relation", "household", "dossier", "appointment", "task", "message", "post"} <= kinds
    said = [post.post_kind for post in db.session.query(Post).filter_by(subject_kind="dossier").order_by(Post.id)]
    assert said == ["dossier.created", "appointment.planned", "status.changed", "mail.message"]


def test_rehearsal_leaves_nothing(plan, assistant):
    before = counts()
    proposal = operations.rehearse(plan(letter=None), assistant)
    assert "Sanne" in proposal.text or "De Vries" in proposal.text
    assert "Sanne" in proposal.to and not proposal.problems and counts() == before


@pytest.mark.parametrize("error", [Refused("nee"), RuntimeError("stuk")])
@pytest.mark.parametrize(
    ("room", "verb"),
    [
        (relations, "create"),
        (relations, "link_partner"),
        (dossiers, "create"),
        (activities, "plan"),
        (dossiers, "change_status"),
        (activities, "create_call_back"),
        (service_requests, "close_after"),
        (mail, "compose_for"),
        (mail, "queue"),
    ],
)
def test_a_step_that_fails_leaves_nothing(plan, assistant, branch, monkeypatch, room, verb, error):
    request = service_requests.receive({"surname": "Vries", "phone": "0641576326"}, "", branch)
    wanted = plan(request=request, options=frozenset({"dossier_intake", f"close_request:{request.id}"}))
    records.commit()
    before = counts()
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry))

    def fail(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(room, verb, fail)
    with pytest.raises(type(error)):
        operations.carry_out(wanted, assistant)
    assert counts() == before
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == entries
    db.session.refresh(request)
    assert request.status == "open" and request.relation_id is None


def test_letter_that_is_no_longer_true_is_shown_again(plan, assistant, slot):
    wanted = plan()
    wanted.client = {**wanted.client, "surname": "Anders"}
    with pytest.raises(operations.Changed) as changed:
        operations.carry_out(wanted, assistant)
    assert "Anders" in changed.value.proposal.text and counts()["Dossier"] == 0


def test_adjusted_letter_is_sent_as_adjusted(plan, assistant):
    wanted = plan()
    wanted.letter.body += "\n\nNeem uw paspoort mee."
    run = operations.carry_out(wanted, assistant)
    message = db.session.get(Message, run.message_id)
    assert "Neem uw paspoort mee." in message.body and message.calendar == "REQUEST"


def test_undo_takes_all_of_it_away(plan, assistant, known, branch, run_jobs):
    request = service_requests.receive({"surname": "Vries", "phone": "0641576326"}, "", branch)
    service_requests.link(request, known, assistant)
    records.commit()
    before, status = counts(), request.status
    ticks = frozenset({"dossier_intake", f"close_request:{request.id}"})
    run = operations.carry_out(plan(client=known, partner=None, request=request, options=ticks), assistant)
    records.commit()
    assert request.status == "done" and request.appointment_id
    operations.undo(run, assistant)
    records.commit()
    assert run.status == "undone" and run.kept == []
    assert counts() == {**before, "PlanningRun": 1}
    db.session.expire_all()
    assert (request.status, request.dossier_id, request.appointment_id) == (status, None, None)
    run_jobs()
    assert operations.undo(run, assistant).kept == []


def test_undo_restores_a_dossier_that_was_there(plan, assistant, known, dossier_values):
    dossier = dossiers.create(known, dossier_values, assistant)
    records.commit()
    run = operations.carry_out(plan(client=known, partner=None, dossier=dossier), assistant)
    assert dossier.status == "intake" and dossier.adviser_id is not None
    records.commit()
    operations.undo(run, assistant)
    db.session.expire_all()
    assert dossier.status == "orienting" and dossier.adviser_id is None and run.kept == []


def test_undo_leaves_what_somebody_went_on_with(plan, assistant):
    run = operations.carry_out(plan(), assistant)
    register(("dossier", run.dossier_id), "Klant belde terug", False, assistant)
    records.commit()
    operations.undo(run, assistant)
    assert db.session.get(Dossier, run.dossier_id) is not None and counts()["Appointment"] == 0
    assert any("Dossier" in sentence for sentence in run.kept)
    assert any("Relatie" in sentence for sentence in run.kept), "the dossier stands on it"


@pytest.mark.parametrize(("late", "is_undone"), [(-1, True), (0, False)])
def test_a_plan_without_a_mail_is_final_as_long_after_it_as_a_mail_waits(plan, assistant, monkeypatch, late, is_undone):
    run = operations.carry_out(plan(letter=None), assistant)
    until = queries.undo_until(run, None)
    assert run.message_id is None and until > run.created_at
    monkeypatch.setattr(queries, "utcnow", lambda: until + dt.timedelta(seconds=late))
    with nullcontext() if is_undone else pytest.raises(Refused):
        assert operations.undo(run, assistant).status == "undone"
    assert (run.status == "undone") == is_undone


def test_after_the_mail_it_is_final(plan, assistant):
    run = operations.carry_out(plan(), assistant)
    message = db.session.get(Message, run.message_id)
    message.status, message.sent_at = "sent", utcnow()
    records.save(message, None)
    with pytest.raises(Refused, match="al verstuurd"):
        operations.undo(run, assistant)
    assert counts()["Dossier"] == 1


def test_dossier_after_the_talk_is_refused(plan, assistant, known, dossier_values):
    dossier = dossiers.create(known, dossier_values, assistant)
    dossiers.change_status(dossier, "cancelled", assistant, reason="niet door")
    records.commit()
    with pytest.raises(Refused, match="Oriënteren of Intake"):
        operations.carry_out(plan(client=known, partner=None, dossier=dossier, letter=None), assistant)

"""From a template to the bytes in the sink: once, whatever happens."""

from datetime import timedelta

import pytest

from crm import formats, records
from crm.activities import operations as activities
from crm.activities.models import Task
from crm.db import db
from crm.dossiers import operations as dossiers
from crm.feed import queries as feed
from crm.mail import letter, operations, queries, sending
from crm.mail.kept import mime_of
from crm.mail.models import Message
from crm.mail.operations import Doubt
from crm.records import Refused
from crm.relations import operations as relations
from crm.relations.queries import partner_of
from crm.sink import Mode
from tests.conftest import make_user

DAY = timedelta(days=1)
TIM = {"first_name": "Tim", "surname": "Jansen", "email": "tim@voorbeeld.nl"}


@pytest.fixture
def message(appointment, assistant):
    found = operations.queue_appointment_mail(appointment, "appointment_confirmation", assistant)
    records.commit()
    return found


def tasks():
    return db.session.query(Task).filter_by(task_kind="mail_failed").all()


def test_a_confirmation_reaches_the_client_as_it_was_previewed(message, run_jobs, sink, inbox):
    run_jobs()
    [kept] = inbox()
    assert kept.recipients == ("sanne@voorbeeld.nl",)
    stored = (sink.folder / kept.name).read_bytes().partition(b"\r\n")[2].partition(b"\r\n")[2]
    assert stored == mime_of(db.session.get(Message, message.id))
    assert message.status == "sent" and message.sent_at and message.attempts == 1


def test_the_appointment_is_confirmed_when_the_mail_is_queued(message, appointment):
    assert message.status == "queued" and appointment.status == "confirmed"
    assert message.calendar == "REQUEST"


def test_undo_keeps_the_text_and_takes_the_confirmation_back(message, appointment, assistant, run_jobs, sink, inbox):
    operations.undo(message, assistant)
    run_jobs()
    assert message.status == "draft" and "Sanne" not in message.error and message.body
    assert appointment.status == "planned" and inbox() == []
    operations.queue(message, assistant)
    run_jobs()
    assert len(inbox()) == 1 and message.status == "sent" and appointment.status == "confirmed"


def test_undo_after_sending_is_refused(message, assistant, run_jobs, sink):
    run_jobs()
    with pytest.raises(Refused, match="al verstuurd"):
        operations.undo(message, assistant)


def test_queueing_twice_sends_once(message, assistant, run_jobs, inbox):
    operations.queue(message, assistant)
    operations.queue(message, assistant)
    run_jobs()
    assert len(inbox()) == 1
    operations.queue(message, assistant)
    run_jobs()
    assert len(inbox()) == 1


def test_two_colleagues_send_one_confirmation_unless_sure(message, appointment, adviser, run_jobs, inbox):
    with pytest.raises(Doubt, match="Marieke Bakker verstuurde deze e-mail al") as doubt:
        operations.queue_appointment_mail(appointment, "appointment_confirmation", adviser)
    assert doubt.value.key == "again"
    records.rollback()
    operations.queue_appointment_mail(appointment, "appointment_confirmation", adviser, sure={"again"})
    run_jobs()
    assert len(inbox()) == 2


def test_a_busy_server_is_tried_again(message, run_jobs, sink, inbox):
    sink.mode, sink.times = Mode.TEMPFAIL, 2
    run_jobs()
    assert len(inbox()) == 1 and message.status == "sent" and message.attempts == 3


def test_a_server_that_stays_away_is_given_up(message, run_jobs, app, monkeypatch, appointment):
    monkeypatch.setitem(app.config, "SMTP_PORT", 1)
    run_jobs()
    assert message.status == "failed" and "niet bereikbaar" in message.error
    assert message.attempts == len(sending.BACK_OFF) + 1
    assert appointment.status == "planned" and message.key is None
    assert [task.assigned_to_id for task in tasks()] == [message.author_id]


def test_a_refusal_is_final_and_says_why(message, run_jobs, sink, inbox, dossier, assistant):
    sink.mode = Mode.REFUSE
    run_jobs()
    assert message.status == "failed" and message.attempts == 1 and "550" in message.error
    post = feed.feed(("dossier", dossier.id))[0]
    assert post.post_kind == "mail.message" and post.data["status"] == "failed" and "550" in post.data["error"]
    assert inbox() == [] and len(tasks()) == 1
    sink.mode = Mode.OK
    operations.queue(message, assistant)
    run_jobs()
    assert len(inbox()) == 1 and message.status == "sent"


def test_a_slow_server_gets_one_mail(message, run_jobs, sink, inbox):
    sink.mode, sink.delay = Mode.SLOW, 0.5
    run_jobs()
    assert len(inbox()) == 1 and message.status == "sent"


def test_an_answer_that_never_comes_is_unsure_and_never_sent_again_by_itself(message, run_jobs, sink, inbox, assistant):
    sink.mode, sink.times = Mode.DROP, 1
    run_jobs()
    run_jobs()
    assert message.status == "unsure" and len(inbox()) == 1 and len(tasks()) == 1
    assert message.appointment.status == "confirmed"
    operations.queue(message, assistant)
    run_jobs()
    first, second = inbox()
    assert first.message["Message-ID"] == second.message["Message-ID"] and message.status == "sent"


def test_a_worker_that_died_while_sending_leaves_it_unsure(message, inbox):
    assert sending.claim(message.id, message.ticket)
    records.commit()
    sending.send(message.id, message.ticket)
    assert message.status == "unsure" and inbox() == []


def test_what_was_dropped_while_sending_is_swept(message, inbox, monkeypatch):
    sending.claim(message.id, message.ticket)
    records.commit()
    sending.sweep()
    assert message.status == "sending"
    monkeypatch.setattr(sending, "STUCK_AFTER", -sending.STUCK_AFTER)
    sending.sweep()
    assert message.status == "unsure"


def test_an_appointment_that_moved_while_the_mail_waited_is_not_announced(
    message, appointment, assistant, run_jobs, inbox
):
    activities.move(appointment, appointment.starts_at + DAY, appointment.ends_at + DAY, assistant)
    run_jobs()
    assert inbox() == [] and message.status == "failed" and "gewijzigd" in message.error
    assert appointment.status == "planned" and appointment.previous_starts_at is None


def both(dossier, assistant, **values):
    """A mail to the client and her partner, and whoever else was agreed to."""
    relations.link_partner(dossier.relation, relations.create(TIM, assistant), assistant)
    dossiers.set_partner(dossier, partner_of(dossier.relation).id, assistant)
    draft = operations.compose(dossier, None, assistant, title="Hallo", body="Tekst", **values)
    found = operations.queue(draft, assistant, sure={"third_party"})
    records.commit()
    return found


def leave_the_household(dossier, assistant):
    relations.end_partnership(dossier.relation, formats.today(), assistant)


def leave_the_dossier(dossier, assistant):
    dossiers.set_partner(dossier, None, assistant)


def change_address(dossier, assistant):
    relations.update(dossier.relation, {"email": "nieuw@voorbeeld.nl"}, assistant)


@pytest.mark.parametrize("change", [leave_the_household, leave_the_dossier, change_address])
def test_a_mail_that_waits_does_not_go_to_an_address_that_is_no_more_the_clients(
    dossier, assistant, as_assistant, run_jobs, inbox, change
):
    waiting = both(dossier, assistant)
    change(dossier, assistant)
    records.commit()
    run_jobs()
    assert inbox() == [] and waiting.status == "failed" and len(tasks()) == 1
    assert "hoort niet meer bij de klant" in as_assistant.get(f"/dossiers/{dossier.id}?tab=feed").text
    with pytest.raises(Doubt) as doubt:
        operations.queue(waiting, assistant)
    assert doubt.value.key == "third_party"
    operations.queue(waiting, assistant, sure={"third_party"})
    run_jobs()
    assert len(inbox()) == 1 and waiting.status == "sent"


def test_a_mail_that_is_tried_again_looks_anew(dossier, assistant, run_jobs, sink, inbox, monkeypatch):
    sink.mode, sink.times = Mode.TEMPFAIL, 1
    waiting = both(dossier, assistant)
    sending.send(waiting.id, waiting.ticket)
    assert waiting.status == "queued" and waiting.attempts == 1
    leave_the_household(dossier, assistant)
    records.commit()
    run_jobs()
    assert inbox() == [] and waiting.status == "failed" and waiting.error == sending.STRANGER


def test_a_stranger_who_was_agreed_to_gets_it(dossier, assistant, run_jobs, sink, inbox):
    agreed = both(dossier, assistant, cc="Ouder <ouder@voorbeeld.nl>, koper@elders.nl")
    assert len(queries.third_parties(agreed)) == 2
    run_jobs()
    assert len(inbox()) == 1 and agreed.status == "sent"


def test_a_third_party_needs_a_yes(dossier, appointment, assistant, sink):
    template = queries.office_templates("appointment_confirmation")[0]
    draft = operations.compose(dossier, template, assistant, appointment, to="sanne@voorbeeld.nl, ander@elders.nl")
    with pytest.raises(Doubt, match=r"ander@elders\.nl"):
        operations.queue(draft, assistant)


def test_what_changed_since_needs_a_yes(dossier, appointment, assistant):
    template = queries.office_templates("appointment_confirmation")[0]
    message = operations.keep_draft(operations.compose(dossier, template, assistant, appointment), assistant)
    dossier.relation.surname = "Jansen"
    records.save(dossier.relation, assistant)
    with pytest.raises(Doubt, match="aanhef") as doubt:
        operations.queue(message, assistant)
    assert doubt.value.key == "changed"


def test_a_preview_of_an_appointment_that_moved_is_refused(dossier, appointment, assistant):

    template = queries.office_templates("appointment_confirmation")[0]
    message = operations.keep_draft(operations.compose(dossier, template, assistant, appointment), assistant)
    activities.move(appointment, appointment.starts_at + DAY, appointment.ends_at + DAY, assistant)
    with pytest.raises(Refused, match="intussen gewijzigd"):
        operations.queue(message, assistant, sure={"changed"})


def test_an_empty_word_blocks_and_says_which(office, appointment, assistant):
    office.phone = ""
    records.save(office, None)
    with pytest.raises(Refused, match=r"Telefoon van de vestiging is leeg \(aan te vullen bij Utrecht\)\."):
        operations.queue_appointment_mail(appointment, "appointment_confirmation", assistant)


def test_a_talk_handed_to_somebody_without_a_room_is_not_mailed(video, app, office, assistant, adviser):
    adviser.teams_url = video.teams_url
    records.save(adviser, None)
    activities.edit(video, {"assigned_to": make_user(app, "Eva Bos", "adviser", office)}, assistant)
    with pytest.raises(Refused, match="Teams-link is leeg"):
        operations.queue_appointment_mail(video, "appointment_confirmation", assistant)


def test_the_envelope_takes_all_recipients_or_none(dossier, assistant, sink, inbox, run_jobs):
    sent = operations.compose(dossier, None, assistant, title="Hallo", body="Tekst", cc="Baas <baas@kantoor.example>")
    message = operations.queue(sent, assistant, sure={"third_party"})
    run_jobs()
    assert inbox()[0].recipients == ("sanne@voorbeeld.nl", "baas@kantoor.example")
    assert letter.take_apart(mime_of(message)).calendar == ""

"""What the client knows of a talk is the last he was told, in every mail that names when it is."""

import datetime as dt
from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from crm import formats, migrate, records
from crm.accounts import operations as accounts
from crm.activities import operations as activities
from crm.activities.models import Appointment
from crm.app import create_app
from crm.db import db
from crm.mail import invitation, operations, starter, words
from crm.mail.drafts import calendar_of
from crm.mail.models import EmailTemplate, Message
from tests.conftest import make_user
from tests.crm.mail.conftest import TEAMS, TUESDAY, make_appointment, make_dossier
from tests.crm.mail.test_deadline import PARTNER

VERSIONS = migrate.HERE / "versions"
FRIDAY = TUESDAY + dt.timedelta(days=3, hours=3)


@pytest.fixture
def forms(office, assistant):
    """A dossier by form of address."""
    return {
        "u": make_dossier(assistant, office),
        "je": make_dossier(assistant, office, address_form="je"),
        "jullie": make_dossier(assistant, office, {**PARTNER, "address_form": "je"}, address_form="je"),
    }


def told_and_moved(dossier, adviser, assistant, **values):
    """A talk the client knows to be on Tuesday at ten, and that is on Friday at one by now."""
    talk = make_appointment(dossier, adviser, assistant, **values)
    activities.confirm(talk, assistant)
    activities.move(talk, FRIDAY, FRIDAY + dt.timedelta(hours=2), assistant)
    return talk


def naming():
    """Every text of the house and its plugins that names when a talk is."""
    return [one for one in starter.originals().values() if any(word in one.body for word in words.TIMES)]


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_every_purpose_that_names_a_time_is_held_to_it(app):
    """A text that names a time of a talk is one of these three kinds; a new purpose must be put among them."""
    tells = {purpose for purpose, method in invitation.PURPOSES.items() if method == invitation.REQUEST}
    assert {one.purpose for one in naming()} == {*tells, *invitation.OF_WHAT_IS_KNOWN, "prep_reminder"}


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_no_mail_names_a_time_the_client_never_heard(forms, adviser, assistant):
    for original in naming():
        talk = check(original, forms[original.form], adviser, assistant)
        if talk.is_open:  # the adviser is free for the next
            activities.cancel(talk, "klaar", assistant)


def check(original, dossier, adviser, assistant):
    """This text, about a talk that was moved after the client was told; gives the talk."""
    by_video = original.place == "video"
    talk = told_and_moved(dossier, adviser, assistant, by_video=by_video, teams_url=TEAMS if by_video else "")
    if original.purpose == "appointment_cancelled":
        activities.cancel(talk, "ziek", assistant)
    template = db.session.query(EmailTemplate).filter_by(content_key=original.key).one()
    draft = operations.compose(dossier, template, assistant, talk)
    said = f"{draft.title}\n{draft.body}"
    heard, is_now = (formats.long_date(formats.local(moment).date()) for moment in (TUESDAY, FRIDAY))
    if original.purpose in invitation.OF_WHAT_IS_KNOWN:
        assert heard in said and "10.00 uur" in said, original.key
        assert is_now not in said and "13.00 uur" not in said, original.key
        operations.keep_draft(draft, assistant)
    elif original.purpose in invitation.PURPOSES:
        assert is_now in said, original.key
        assert operations.queue(draft, assistant).status == "queued"
        assert talk.status == "confirmed" and talk.previous_starts_at is None
    else:
        with pytest.raises(records.Refused, match=r"weet nog van dinsdag 1 juni 2027 om 10\.00 uur"):
            operations.queue(draft, assistant)
    return talk


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_a_text_of_ones_own_is_held_to_it_too(dossier, adviser, assistant):
    talk = told_and_moved(dossier, adviser, assistant)
    own = EmailTemplate(
        name="Eigen", subject="Tot dan", body="Tot {{ afspraak.datum }}!", address_form="u", place="any"
    )
    with pytest.raises(records.Refused, match="weet nog van"):
        operations.queue(operations.compose(dossier, own, assistant, talk), assistant)
    activities.confirm(talk, assistant)  # he was called
    assert operations.queue(operations.compose(dossier, own, assistant, talk), assistant).status == "queued"


def cancelled(talk, user):
    """The mail that says it is off, and its calendar part."""
    draft = operations.compose_for(talk, "appointment_cancelled", user)
    message = operations.keep_draft(draft, user)
    assert operations.changed_content(message) == []
    return message, calendar_of(message, []).decode().replace("\r\n ", "")


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_what_is_off_is_what_the_client_knew(app, branch, dossier, adviser, assistant):
    other = make_user(app, "Nina Nieuw", "adviser", branch)
    talk = told_and_moved(dossier, adviser, assistant)
    activities.edit(talk, {"assigned_to": other, "by_video": True, "teams_url": TEAMS}, assistant)
    activities.cancel(talk, "ziek", assistant)
    assert talk.previous_starts_at == TUESDAY
    for _time in ("first", "again"):
        message, calendar = cancelled(talk, assistant)
        assert message.subject == "Uw afspraak van dinsdag 1 juni 2027 gaat niet door"
        assert "10.00 uur** met Peter van Dijk" in message.body and "Nina" not in message.body
        assert "DTSTART;TZID=Europe/Amsterdam:20270601T100000" in calendar
        assert "DTEND;TZID=Europe/Amsterdam:20270601T120000" in calendar
        assert f"SEQUENCE:{talk.sequence}" in calendar and f"UID:{talk.uid}" in calendar
        assert "Teams" not in calendar and "Peter van Dijk" in calendar
        operations.queue(message, assistant, {"again"})
        assert talk.previous_starts_at is None, "he knows that it is off"


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_the_last_he_was_told_counts_and_taking_it_back_does_too(dossier, adviser, assistant):
    talk = told_and_moved(dossier, adviser, assistant)
    change = operations.queue_appointment_mail(talk, "appointment_change", assistant)
    operations.undo(change, assistant)
    assert talk.status == "rescheduled" and talk.previous_starts_at == TUESDAY
    operations.queue(change, assistant)
    activities.move(talk, FRIDAY + dt.timedelta(days=4), FRIDAY + dt.timedelta(days=4, hours=1), assistant)
    activities.cancel(talk, "ziek", assistant)
    message, _calendar = cancelled(talk, assistant)
    assert "vrijdag 4 juni 2027 om 13.00 uur" in message.body


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_who_was_never_told_of_another_time_reads_the_one_it_is(dossier, adviser, assistant):
    talk = make_appointment(dossier, adviser, assistant)
    activities.move(talk, FRIDAY, FRIDAY + dt.timedelta(hours=2), assistant)
    activities.cancel(talk, "ziek", assistant)
    assert talk.previous_starts_at is None
    message, _calendar = cancelled(talk, assistant)
    assert "vrijdag 4 juni 2027 om 13.00 uur" in message.body


def test_an_older_office_remembers_what_its_clients_know(new_database):
    """The start alone was kept before: what is known of a moved or cancelled talk is not lost, nor how to take back."""
    app = create_app(**new_database)
    with app.app_context():
        migrate.upgrade()
        branch = accounts.create_branch("Utrecht")
        adviser = make_user(app, "Peter van Dijk", "adviser", branch)
        known = {
            "starts_at": TUESDAY.isoformat(), "ends_at": (TUESDAY + dt.timedelta(hours=2)).isoformat(),
            "by_video": False, "teams_url": "", "branch_id": branch.id, "assigned_to_id": adviser.id,
        }  # fmt: skip
        now = {**known, "starts_at": FRIDAY.isoformat(), "ends_at": (FRIDAY + dt.timedelta(hours=2)).isoformat()}
        wanted = {"planned": None, "confirmed": now, "rescheduled": known, "cancelled": known}
        for status, told in wanted.items():
            talk = Appointment(
                title=status, status=status, told=told, starts_at=FRIDAY, ends_at=FRIDAY + dt.timedelta(hours=2),
                branch_id=branch.id, assigned_to_id=adviser.id,
            )  # fmt: skip
            records.save(talk, None)
        waiting = Message(
            to="sanne@voorbeeld.nl", subject="Verzet", body="", message_id="<1@x>", status="queued",
            branch_id=branch.id, appointment_id=talk.id,
            told={"status": "rescheduled", "previous_starts_at": TUESDAY.isoformat()},
        )  # fmt: skip
        records.save(waiting, None)
        records.commit()
        db.session.remove()
        step = import_module(f"crm.migrations.versions.{next(VERSIONS.glob('*_told.py')).stem}")
        with db.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
            step.downgrade()
            step.upgrade()
        assert {one.status: one.told for one in db.session.query(Appointment)} == wanted
        assert db.session.query(Message).one().told == {"status": "rescheduled", "told": known}
        db.disconnect()

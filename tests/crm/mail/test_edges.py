"""Rules of mail with an edge: what holds on the one side of it, and on the other."""

import datetime as dt
import re

import pytest

from crm import records
from crm.db import db, utcnow
from crm.mail import attachments, markup, operations, placeholders, queries, sending, words
from crm.mail.forms import MailSettings
from crm.mail.models import EmailTemplate
from crm.mail.placeholders import Placeholder
from crm.mail.sending import Later, Never
from crm.records import Refused
from crm.settings import operations as settings
from tests.conftest import log_in
from tests.crm.documents.conftest import files  # noqa: F401  # where sealed files lie
from tests.crm.mail.test_attachments import document, write  # noqa: F401
from tests.crm.mail.test_compose import fields, press, template_named, url  # noqa: F401
from tests.crm.mail.test_sending import message  # noqa: F401
from tests.crm.mail.test_templates import office_template, typed

SECOND = dt.timedelta(seconds=1)


def kept(message):  # noqa: F811
    records.save(message, None)
    records.commit()


# --- What the mail server says -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "wanted", "raises"),
    [
        (250, 250, None), (251, 250, None), (354, 354, None),
        (220, 250, Never), (252, 250, Never), (251, 354, Never), (250, 354, Never),
        (399, 250, Never), (400, 250, Later), (499, 250, Later), (500, 250, Never), (-1, 250, Later),
    ],
)  # fmt: skip
def test_what_the_server_answers_is_yes_not_now_or_never(code, wanted, raises):
    """251 is a yes to an address; -1 is no answer at all."""
    if raises is None:
        assert sending.check((code, b"ok"), wanted, "bericht") is None
    else:
        with pytest.raises(raises, match=str(code)):
            sending.check((code, b"nee"), wanted, "bericht")


def test_it_is_tried_again_as_often_as_there_are_waits_and_not_once_more(message):  # noqa: F811
    for attempts, status in ((len(sending.BACK_OFF), "queued"), (len(sending.BACK_OFF) + 1, "failed")):
        message.status, message.attempts = "sending", attempts
        kept(message)
        sending.put_off(message.id, message.ticket, "weg")
        assert message.status == status


@pytest.mark.parametrize(("ago", "status"), [(-SECOND, "sending"), (SECOND, "unsure")])
def test_what_is_being_sent_is_dropped_after_a_quarter_of_an_hour(message, ago, status, monkeypatch):  # noqa: F811
    now = utcnow()
    monkeypatch.setattr(sending, "utcnow", lambda: now)
    message.status, message.started_at = "sending", now - sending.STUCK_AFTER - ago
    kept(message)
    sending.sweep()
    assert message.status == status


def test_what_was_sent_while_it_was_swept_is_left_alone(message, monkeypatch):  # noqa: F811
    def sent_meanwhile(found):
        found.status = "sent"

    message.status, message.started_at = "sending", utcnow() - 2 * sending.STUCK_AFTER
    kept(message)
    monkeypatch.setattr(sending, "hold", sent_meanwhile)
    sending.sweep()
    assert message.status == "sent"


# --- Words and templates -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("boven", "onder", "boven"), ("", "onder", "onder"), ("boven", "", "boven"), ("", "", "")],
)
def test_a_word_is_of_who_says_it_first_and_has_a_value(app, monkeypatch, first, second, kept):
    said = [Placeholder("woord", "Eerste", first), Placeholder("woord", "Tweede", second)]
    monkeypatch.setattr(placeholders, "ask", lambda *_args, **_kwargs: said)
    found = placeholders.known(None, None, None)["woord"]
    assert (found.value, found.title) == (kept, "Tweede" if kept == "onder" else "Eerste")


def template(number, form, place="any", owner=None, name="Naam"):
    return EmailTemplate(id=number, name=name, purpose="p", address_form=form, place=place, owner_id=owner)


@pytest.mark.parametrize("form", ["u", "je", "jullie"])
@pytest.mark.parametrize("place", ["office", "video"])
def test_of_each_name_the_variant_that_fits_is_offered(form, place):
    """The place counts before the form, and the form whatever the order in which they were made."""
    forms, places = ("u", "je", "jullie"), ("office", "video")
    every = [template(number, *one) for number, one in enumerate((f, p) for f in forms for p in places)]
    for variants in (every, [template(9 - one.id, one.address_form, one.place) for one in every]):
        [found] = queries.choices(variants, form, place)
        assert (found.address_form, found.place) == (form, place)
    far, near = template(1, form, {"office": "video", "video": "office"}[place]), template(2, "anders", place)
    assert queries.choices([far, near], form, place) == [near]


def test_the_offices_template_goes_before_ones_own_and_the_place_before_any():
    own, office = template(1, "u", owner=5), template(2, "u")
    assert queries.best([own, office], "p", "u", "office") is office
    assert queries.best([office, exact := template(3, "u", "office", owner=5)], "p", "u", "office") is exact
    assert queries.best([template(4, "u", "video")], "p", "u", "office") is None
    assert queries.best([office], "ander", "u", "office") is queries.best([office], "p", "je", "office") is None


@pytest.mark.parametrize("own", ["0", "1"])
def test_a_beheerder_makes_one_for_himself_or_for_the_office(client, admin, own):
    log_in(client, admin)
    sent = typed(office_template(), name="Van hier", own=own)
    assert client.post("/mail/templates/new", data=sent).status_code == 302
    made = db.session.query(EmailTemplate).filter_by(name="Van hier").one()
    assert made.owner_id == (admin.id if own == "1" else None)


def test_who_may_not_change_the_offices_makes_his_own_whatever_he_sends(as_assistant, assistant):
    as_assistant.post("/mail/templates/new", data=typed(office_template(), name="Van mij", own="0"))
    assert db.session.query(EmailTemplate).filter_by(name="Van mij").one().owner_id == assistant.id


def test_the_form_says_whose_a_template_is(client, admin):
    """The office's stays the office's when it is saved as it came."""
    log_in(client, admin)
    office = office_template()
    client.post("/mail/templates/new", data=typed(office, name="Van mij", own="1"))
    mine = db.session.query(EmailTemplate).filter_by(owner_id=admin.id).one()
    for one, own in ((office, "0"), (mine, "1")):
        page = client.get(f"/mail/templates/{one.id}/edit").text
        chosen = [tag for tag in re.findall(r"<input[^>]*>", page) if 'name="own"' in tag and "checked" in tag]
        assert len(chosen) == 1 and f'value="{own}"' in chosen[0]


@pytest.mark.parametrize(("length", "fine"), [(2000, True), (2001, False)])
def test_a_signature_has_two_thousand_signs_at_most(app, length, fine):
    with app.test_request_context():
        form = MailSettings(signature="a" * length, meta={"csrf": False})
        form.validate()
        assert bool(form.signature.errors) is not fine


def test_a_line_of_the_signature_without_its_word_is_left_out(office, assistant, admin):
    text = "{{ kantoor.naam }}\n\nT {{ kantoor.telefoon }}\n{{ geen.woord }}\nTot ziens"
    settings.change("mail", {"signature": text}, admin)
    found = {"kantoor.naam": Placeholder("kantoor.naam", "Naam", "Zuid"), "kantoor.telefoon": Placeholder("x", "x", "")}
    assert words.signature(found, None) == "Zuid\nTot ziens"
    assistant.signature = " M. Bakker "
    assert words.signature(found, assistant) == "M. Bakker"


def test_items_within_items_stand_further_in():
    text = "- een\n- twee\n  - diep\n    - dieper\n- drie"
    assert markup.to_text(text) == "- een\n- twee\n  - diep\n    - dieper\n- drie\n"


# --- The compose window --------------------------------------------------------------------------------------


def test_the_window_opens_and_shows_what_lies_ready(as_assistant, url, appointment, dossier):  # noqa: F811
    """A draft that was kept is offered until it is thrown away."""
    first = as_assistant.get(url)
    assert first.status_code == 200 and queries.drafts_of(("dossier", dossier.id)) == []
    kept = press(as_assistant, url, fields(first.text), "preview", title="Later afmaken", body="Hallo")
    [draft] = queries.drafts_of(("dossier", dossier.id))
    assert (
        kept.status_code == 302 and draft.subject == "Later afmaken" and "Later afmaken" in as_assistant.get(url).text
    )
    as_assistant.post(f"/mail/messages/{draft.id}/discard")
    assert queries.drafts_of(("dossier", dossier.id)) == []


def test_a_copy_goes_to_whom_it_says(as_assistant, url, appointment, run_jobs, sink, inbox):  # noqa: F811
    sent = fields(as_assistant.get(url).text) | {
        "cc": "tim@voorbeeld.nl",
        "title": "Kopie",
        "body": "Hallo",
        "sure": "third",
    }
    answer = press(as_assistant, url, sent, "preview")
    shown = as_assistant.get(answer.location).text
    assert "tim@voorbeeld.nl" in shown
    [draft] = queries.drafts_of(("dossier", appointment.subject_id))
    assert draft.cc == "tim@voorbeeld.nl"


def test_a_doubt_is_asked_on_the_page_of_the_mail(as_assistant, message, appointment, assistant):  # noqa: F811
    """Who sends a confirmation that somebody sent already is asked; the refusal of one that is gone is said there."""
    draft = operations.compose_for(appointment, "appointment_confirmation", assistant)
    again = operations.keep_draft(draft, assistant)
    records.commit()
    where = f"/mail/messages/{again.id}/send"
    asked = as_assistant.post(where, data={"version": again.version})
    assert asked.status_code == 422 and "al" in asked.text and again.status == "draft"
    assert as_assistant.post(where, data={"version": again.version - 1}).status_code in (409, 422)
    operations.discard(again, assistant)
    records.commit()
    gone = as_assistant.post(where, data={"version": again.version})
    assert gone.status_code == 422 and "weggegooid" in gone.text


def test_a_refusal_is_said_in_the_window_and_keeps_what_was_typed(as_assistant, url, appointment):  # noqa: F811
    sent = fields(as_assistant.get(url).text) | {"title": "Vraag", "body": "Beste {{ partner.naam }},"}
    answer = press(as_assistant, url, sent, "send")
    assert answer.status_code == 422 and "Beste {{ partner.naam }}" in answer.text


def test_a_record_offers_to_mail_only_to_who_may_and_of_what_has_mail(as_assistant, dossier, office):
    where = f"/mail/compose/dossier/{dossier.id}"
    assert where in as_assistant.get(f"/dossiers/{dossier.id}").text
    assert f"/mail/compose/relation/{dossier.relation_id}" in as_assistant.get(f"/relations/{dossier.relation_id}").text


def test_a_document_is_mailed_once_it_was_checked(as_assistant, document, dossier):  # noqa: F811
    for made, offered in ((document(), True), (document(safe=None), False)):
        page = as_assistant.get(f"/documents/{made.id}").text
        assert (f"/mail/compose/dossier/{dossier.id}?document={made.id}" in page) is offered
        assert (attachments.of(made) is not None) is offered


@pytest.mark.parametrize(("over", "fine"), [(0, True), (1, False)])
def test_attachments_are_as_large_as_the_office_says_at_most(app, admin, over, fine):
    settings.change("mail", {"most_attached": 2}, admin)
    given = [attachments.Attachment(1, 1, "a.pdf", 1_000_000), attachments.Attachment(2, 1, "b.pdf", 1_000_000 + over)]
    if fine:
        assert attachments.check_total(given) is None
    else:
        with pytest.raises(Refused, match="De bijlagen zijn samen"):
            attachments.check_total(given)

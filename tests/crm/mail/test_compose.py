"""The compose window, the preview and the feed's card, through HTTP."""

import datetime as dt
import html
import re

import pytest

from crm import records
from crm.activities import operations as activities
from crm.db import db, utcnow
from crm.mail import letter, operations
from crm.mail.kept import mime_of, save_with
from crm.mail.models import EmailTemplate, Message
from tests.conftest import log_in, make_user
from tests.crm.mail.conftest import CANARY, TEAMS, make_appointment, make_dossier

U1 = "Afspraakbevestiging U1 oriëntatiegesprek"
JE1 = "Afspraakbevestiging 1 oriëntatiegesprek"


def fields(page: str) -> dict[str, str]:
    """What a browser would send from the form with a text area called body."""
    form = next(part for part in re.findall(r"<form.*?</form>", page, re.S) if 'name="body"' in part)
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, value in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\r?\n?(.*?)</textarea>', form, re.S):
        found[name] = html.unescape(value)
    chosen = re.search(r'<option selected[^>]*value="([^"]*)"', form)
    found["template"] = chosen[1] if chosen else ""
    return found


def press(client, url, typed, button, **changes):
    return client.post(url, data={**typed, "do": button, **changes})


@pytest.fixture
def url(dossier):
    return f"/mail/compose/dossier/{dossier.id}"


def template_named(name, form="u", place="office"):
    return db.session.query(EmailTemplate).filter_by(name=name, address_form=form, place=place).one()


@pytest.mark.requirement("O-006", side="crm")
@pytest.mark.requirement("O-058", side="crm")
@pytest.mark.requirement("O-059", side="crm")
@pytest.mark.requirement("O-060", side="crm")
def test_insert_a_template_adjust_it_and_look_at_the_very_bytes(as_assistant, url, appointment, run_jobs, sink, inbox):
    typed = fields(as_assistant.get(url).text)
    assert typed["template"] == str(template_named(U1).id) and typed["body"].strip() == ""
    typed = fields(press(as_assistant, url, typed, "insert").text)
    assert "Geachte mevrouw De Vries," in typed["body"] and "dinsdag 1 juni 2027 om 10.00 uur" in typed["body"]
    answer = press(as_assistant, url, typed, "preview", body=typed["body"] + "\nTot dan!")
    page = as_assistant.get(answer.location)
    assert page.status_code == 200 and "precies wat er wordt verstuurd" in page.text
    raw = as_assistant.get(answer.location + "/raw").data
    shown = as_assistant.get(answer.location + "/html")
    assert "Tot dan!" in shown.text and "sandbox" in shown.headers["Content-Security-Policy"]
    message = db.session.query(Message).one()
    as_assistant.post(answer.location + "/send", data={"version": message.version})
    run_jobs()
    [kept] = inbox()
    stored = (sink.folder / kept.name).read_bytes().split(b"\r\n", 2)[2]
    shown = as_assistant.get(answer.location + "/raw").data
    assert stored == shown == mime_of(message) and without_moments(raw) == without_moments(stored)


def without_moments(mime):
    """A mail but for the two moments that are put right at *Versturen*."""
    return letter.dated(mime, dt.datetime(2030, 1, 1, tzinfo=dt.UTC))


def test_date_and_stamp_are_those_of_sending_and_nothing_else_changes(appointment, assistant, dossier):
    template = template_named(U1)
    draft = operations.compose(dossier, template, assistant, appointment, to="Zoë Ångström-van der Lange <z@v.example>")
    draft.title = "Uw afspraak: " + "heel lang onderwerp 🙂 " * 8
    message = operations.keep_draft(draft, assistant)
    written = letter.take_apart(mime_of(message))
    began = letter.dated(mime_of(message), dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    save_with(message, began, assistant)
    operations.queue(message, assistant, sure={"third_party"})
    sent = letter.take_apart(mime_of(message))
    today = utcnow()
    assert f"DTSTAMP:{today:%Y%m%d}" in sent.calendar and f"{today:%Y}" in dict(sent.headers)["Date"]
    assert "DTSTAMP:20200101T000000Z" in letter.take_apart(began).calendar
    assert letter.dated(mime_of(message), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)) == began
    assert (sent.text, sent.html, dict(sent.headers)["Subject"]) == (
        written.text, written.html, dict(written.headers)["Subject"],
    )  # fmt: skip


def test_sending_needs_no_look_first_and_shows_in_the_feed(as_assistant, url, appointment, dossier, run_jobs, sink):
    typed = fields(as_assistant.get(f"{url}?purpose=appointment_confirmation").text)
    answer = press(as_assistant, url, typed, "send")
    assert answer.status_code == 302 and "Ongedaan maken" in as_assistant.get(answer.location).text
    run_jobs()
    feed = as_assistant.get(answer.location).text
    assert "Verstuurd" in feed and "Ongedaan maken" not in feed


def test_undo_leads_back_to_the_text(as_assistant, url, appointment, run_jobs, sink, inbox):
    typed = fields(as_assistant.get(f"{url}?purpose=appointment_confirmation").text)
    press(as_assistant, url, typed, "send", body="Hallo,\n\nMijn eigen tekst.")
    message = db.session.query(Message).one()
    answer = as_assistant.post(f"/mail/messages/{message.id}/undo")
    assert "Mijn eigen tekst." in fields(as_assistant.get(answer.location).text)["body"]
    run_jobs()
    assert inbox() == [] and message.status == "draft"


def test_a_double_click_sends_one_mail(as_assistant, url, appointment, run_jobs, sink, inbox):
    typed = fields(as_assistant.get(f"{url}?purpose=appointment_confirmation").text)
    first, second = (press(as_assistant, url, typed, "send") for _ in range(2))
    assert first.location == second.location
    run_jobs()
    assert len(inbox()) == 1


def test_two_tabs_send_one_mail_unless_one_says_again(as_assistant, url, appointment, run_jobs, sink, inbox):
    one, two = (fields(as_assistant.get(f"{url}?purpose=appointment_confirmation").text) for _ in range(2))
    press(as_assistant, url, one, "send")
    answer = press(as_assistant, url, two, "send", body="Hallo allemaal")
    assert answer.status_code == 422 and "verstuurde deze e-mail al" in answer.text and "Hallo allemaal" in answer.text
    run_jobs()
    assert len(inbox()) == 1
    press(as_assistant, url, fields(answer.text), "send", again="y")
    run_jobs()
    assert len(inbox()) == 2


@pytest.mark.requirement("O-062", side="crm")
def test_the_text_follows_the_kind_of_appointment(as_assistant, url, video):
    typed = fields(as_assistant.get(f"{url}?purpose=appointment_confirmation").text)
    assert TEAMS in typed["body"] and "Maliebaan" not in typed["body"]
    assert typed["template"] == str(template_named(U1, place="video").id)


JE_FORMS = [(False, "je", "Je oriëntatiegesprek"), (True, "jullie", "Jullie")]


@pytest.mark.requirement("O-061", side="crm")
@pytest.mark.requirement("O-061", side="mail")
@pytest.mark.parametrize(("partner", "form", "word"), JE_FORMS)
def test_je_and_jullie(client, office, assistant, adviser, partner, form, word, run_jobs, sink, inbox):
    other = {"first_name": "Tim", "surname": "Jansen", "title": "mr", "email": "tim@voorbeeld.nl", "address_form": "je"}
    dossier = make_dossier(assistant, office, other if partner else None, address_form="je")
    make_appointment(dossier, adviser, assistant)
    log_in(client, assistant)
    page = client.get(f"/mail/compose/dossier/{dossier.id}?purpose=appointment_confirmation").text
    typed = fields(page)
    assert typed["template"] == str(template_named(JE1, form).id) and word in typed["body"]
    assert ("tim@voorbeeld.nl" in typed["to"]) == bool(partner) and typed["body"].startswith("Beste Sanne")
    press(client, f"/mail/compose/dossier/{dossier.id}", typed, "send")
    run_jobs()
    [kept] = inbox()
    assert word in letter.take_apart(kept.message.as_bytes()).text and len(kept.recipients) == 1 + partner


@pytest.mark.requirement("O-063", side="crm")
@pytest.mark.requirement("O-063", side="mail")
@pytest.mark.requirement("O-064", side="crm")
@pytest.mark.requirement("O-064", side="mail")
@pytest.mark.parametrize(("form", "name"), [("u", "Wijzigen Afspraak in U-vorm"), ("je", "Wijzigen Afspraak")])
def test_a_moved_appointment_gets_the_change_mail(
    client, office, assistant, adviser, form, name, run_jobs, sink, inbox
):
    dossier = make_dossier(assistant, office, address_form=form)
    appointment = make_appointment(dossier, adviser, assistant)
    activities.confirm(appointment, assistant)
    later = appointment.starts_at.replace(day=3)
    activities.move(appointment, later, later.replace(hour=10), assistant)
    records.commit()
    log_in(client, assistant)
    url = f"/mail/compose/dossier/{dossier.id}"
    typed = fields(client.get(url).text)
    assert typed["template"] == str(template_named(name, form).id)
    typed = fields(press(client, url, typed, "insert").text)
    assert "dinsdag 1 juni 2027" in typed["body"] and "donderdag 3 juni 2027" in typed["title"]
    press(client, url, typed, "send")
    run_jobs()
    parts = letter.take_apart(inbox()[0].message.as_bytes())
    assert "donderdag 3 juni 2027 om 10.00 uur" in parts.text and "SEQUENCE:1" in parts.calendar


def test_what_is_missing_is_named_with_the_place_to_fill_it_in(as_assistant, url, office, appointment, inbox, run_jobs):
    office.phone = ""
    records.save(office, None)
    records.commit()
    page = as_assistant.get(f"{url}?purpose=appointment_confirmation").text
    assert "Telefoon van de vestiging" in page and "vul aan bij" in page and "Utrecht" in page
    answer = press(as_assistant, url, fields(page), "send")
    assert answer.status_code == 422 and "Nog niet ingevuld: {{ vestiging.telefoon }}" in html.unescape(answer.text)
    typed = fields(answer.text)
    mended = typed["body"].replace("{{ vestiging.telefoon }}", "030")
    assert press(as_assistant, url, typed, "send", body=mended).location


def test_an_absent_block_is_left_out_visibly(as_assistant, url, appointment):
    page = as_assistant.get(f"{url}?purpose=appointment_confirmation").text
    assert "Weggelaten:" in page and "Knop Kennismaking" in page
    answer = press(as_assistant, url, fields(page), "preview")
    message = db.session.query(Message).one()
    assert "blok." in message.body and b"blok" not in mime_of(message)
    assert "Knop Kennismaking" in as_assistant.get(answer.location).text


def test_the_text_before_an_insert_can_be_put_back(as_assistant, url, appointment):
    typed = fields(as_assistant.get(url).text)
    answer = press(as_assistant, url, typed, "insert", title="Mijn onderwerp", body="Mijn tekst")
    assert "De vorige tekst is vervangen" in answer.text
    back = fields(press(as_assistant, url, fields(answer.text), "back").text)
    assert (back["title"], back["body"].strip()) == ("Mijn onderwerp", "Mijn tekst")


def test_a_stranger_gets_nothing_to_see(client, url, stranger, appointment, assistant):
    message = operations.queue_appointment_mail(appointment, "appointment_confirmation", assistant)
    records.commit()
    log_in(client, stranger)
    paths = ["", "/html", "/raw", "/state", "/edit"]
    codes = {client.get(f"/mail/messages/{message.id}{path}").status_code for path in paths}
    codes |= {client.post(f"/mail/messages/{message.id}/{verb}").status_code for verb in ("send", "undo", "discard")}
    codes.add(client.get(url).status_code)
    assert codes == {404}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("to", "sanne@voorbeeld.nl\r\nBcc: boef@elders.nl", "één regel"),
        ("to", "geen adres", "geen e-mailadres"),
        ("to", "", "Vul in aan wie"),
        ("title", "Hallo\r\nBcc: boef@elders.nl", "één regel"),
        ("title", "Hallo\u2028Bcc: boef@elders.nl", "één regel"),
        ("title", "Hallo\u2029", "één regel"),
        ("to", "jan@bos.nl\u2028, piet@bos.nl", "één regel"),
        ("title", "x" * 300, ""),
        ("body", "x" * 60_000, ""),
        ("body", "", "Schrijf een tekst"),
    ],
)
def test_hostile_and_bad_input_is_refused_with_what_was_typed(as_assistant, url, appointment, field, value, said):
    typed = fields(as_assistant.get(f"{url}?purpose=appointment_confirmation").text)
    answer = press(as_assistant, url, typed, "send", **{field: value})
    assert answer.status_code == 422 and said in html.unescape(answer.text)
    assert db.session.query(Message).count() == 0
    assert fields(answer.text)["cc"] == typed["cc"]


def test_values_mean_only_themselves(client, office, assistant, adviser, run_jobs, sink, inbox):
    name = "{{ vestiging.telefoon }} **vet** [hier](https://boef.example) <script>alert(1)</script> Zoë"
    dossier = make_dossier(assistant, office, address_form="je", first_name=name)
    make_appointment(dossier, adviser, assistant)
    log_in(client, assistant)
    url = f"/mail/compose/dossier/{dossier.id}"
    typed = fields(client.get(f"{url}?purpose=appointment_confirmation").text)
    press(client, url, typed, "send")
    run_jobs()
    [kept] = inbox()
    parts = letter.take_apart(kept.message.as_bytes())
    assert name in parts.text.replace("\n", " ")
    assert "boef.example)" in parts.html and 'href="https://boef' not in parts.html and "<script" not in parts.html


def test_a_preview_warns_when_something_changed_since(as_assistant, url, appointment, assistant):
    typed = fields(as_assistant.get(f"{url}?purpose=appointment_confirmation").text)
    place = press(as_assistant, url, typed, "preview").location
    assert "Gewijzigd sinds" not in as_assistant.get(place).text
    later = appointment.starts_at.replace(day=3)
    activities.move(appointment, later, later.replace(hour=10), assistant)
    records.commit()
    page = as_assistant.get(place).text
    assert "Gewijzigd sinds dit voorbeeld: de afspraak, datum van de afspraak" in page
    page = as_assistant.get(place + "/edit").text
    assert "Gewijzigd nadat de tekst was ingevoegd: datum van de afspraak" in page
    answer = press(as_assistant, place + "/edit", fields(page), "send")
    assert answer.status_code == 422 and "Ja, de tekst klopt" in answer.text


def test_a_broken_address_of_a_client_is_shown_to_be_mended(client, office, assistant, dossier):
    dossier.relation.email = "geen adres"
    records.save(dossier.relation, None)
    records.commit()
    log_in(client, assistant)
    typed = fields(client.get(f"/mail/compose/dossier/{dossier.id}").text)
    answer = press(client, f"/mail/compose/dossier/{dossier.id}", typed, "send", title="Hallo", body="Dag")
    assert typed["to"] == "geen adres" and answer.status_code == 422 and "geen e-mailadres" in answer.text


def test_another_form_of_editing_at_once_keeps_both(as_assistant, url, appointment, app, branch):
    typed = fields(as_assistant.get(f"{url}?purpose=appointment_confirmation").text)
    place = press(as_assistant, url, typed, "preview").location + "/edit"
    mine = fields(as_assistant.get(place).text)
    other = log_in(app.test_client(), make_user(app, "Tweede Lezer", "assistant", branch))
    press(other, place, fields(other.get(place).text), "preview", body="Van de ander")
    answer = press(as_assistant, place, mine, "preview", body="Van mij")
    assert answer.status_code == 409 and "Van de ander" in answer.text and "Van mij" in answer.text
    assert press(as_assistant, place, fields(answer.text), "preview").status_code == 302
    assert db.session.query(Message).one().body == "Van mij\n"


@pytest.mark.requirement("O-053", side="crm")
def test_the_internal_description_is_in_no_part_of_any_mail(appointment, assistant, run_jobs, sink, inbox):
    operations.queue_appointment_mail(appointment, "appointment_confirmation", assistant)
    run_jobs()
    activities.cancel(appointment, "ziek", assistant)
    operations.queue_appointment_mail(appointment, "appointment_cancelled", assistant)
    run_jobs()
    assert len(inbox()) == 2
    for kept in inbox():
        parts = letter.take_apart(kept.message.as_bytes())
        everything = "".join([parts.text, parts.html, parts.calendar, *(value for _, value in parts.headers)])
        assert CANARY not in everything and parts.calendar


@pytest.mark.parametrize("page", ["compose", "compose?purpose=appointment_confirmation", "message", "edit"])
def test_at_most_eight_statements(as_assistant, url, appointment, assistant, statements, page):
    draft = operations.compose_for(appointment, "appointment_confirmation", assistant)
    message = operations.keep_draft(draft, assistant)
    records.commit()
    addresses = {"message": f"/mail/messages/{message.id}", "edit": f"/mail/messages/{message.id}/edit"}
    address = addresses.get(page, url + page.removeprefix("compose"))
    db.session.expunge_all()
    statements.clear()
    assert as_assistant.get(address).status_code == 200
    assert len(statements) <= 8, "\n".join(statements)

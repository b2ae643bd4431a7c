"""The one screen: from a telephone call to a confirmed talk without leaving it, and back."""

import datetime as dt
import html
import re

import pytest

from crm import formats, records
from crm.activities import operations as activities
from crm.activities.models import Appointment, Task
from crm.activities.queries import free_slots
from crm.db import db
from crm.dossiers import operations as dossiers
from crm.dossiers.models import Dossier
from crm.mail.models import Message
from crm.planning.models import PlanningRun
from crm.relations import operations as relations
from crm.relations.models import Relation
from crm.relations.queries import partner_of
from crm.service_requests import operations as service_requests
from tests.crm.planning.conftest import CLIENT

ADDRESS = "/planning/orientation"


@pytest.fixture
def typed(branch, adviser, slot, dossier_values):
    """What a browser sends for a new client with a partner and a new dossier, before the confirmation was seen."""
    client = {f"client-{name}": str(value) for name, value in CLIENT.items()}
    return {
        "new_client": "1",
        **client,
        "client-country": "NL",
        "client-address_form": "u",
        "client-branch_id": str(branch.id),
        "partner-present": "y",
        "partner-title": "mr",
        "partner-first_name": "Tim",
        "partner-surname": "Jansen",
        "partner-birth_date": "1988-01-02",
        "partner-country": "NL",
        "dossier": "new",
        **{f"dossier-{name}": str(value) for name, value in dossier_values.items()},
        "adviser": str(adviser.id),
        "branch": str(branch.id),
        "place": "office",
        "slot": slot.starts_at.isoformat(),
        "send": "y",
        "options": ["dossier_intake"],
        "offered": "dossier_intake",
        "told": ["confirmation", "before"],
    }


def seen(page):
    """What the screen shows of the confirmation, as the browser sends it back."""
    fields = {}
    for name in ("mail_seen", "mail_given", "mail_title"):
        fields[name] = html.unescape(re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1])
    text = re.search(r'<textarea[^>]*name="mail_body"[^>]*>(.*?)</textarea>', page, re.S)
    fields["mail_body"] = html.unescape(text[1]).strip("\r\n").replace("\n", "\r\n") if text else ""
    return fields


@pytest.mark.requirement("O-006", side="crm")
@pytest.mark.requirement("O-007", side="crm")
@pytest.mark.requirement("O-008", side="crm")
@pytest.mark.requirement("O-009", side="crm")
@pytest.mark.requirement("O-010", side="crm")
@pytest.mark.requirement("O-011", side="crm")
def test_what_to_tell_stands_beside_with_the_real_last_day(as_assistant, branch, adviser):
    page = as_assistant.get(ADDRESS).text
    for words in (
        "U krijgt een e-mail als bevestiging van de afspraak",
        "uitnodiging om de kennismaking in te vullen",
        "persoonlijke gegevens aan",
        "documenten die nodig zijn",
        "uiterlijk één werkdag voor het gesprek",
        "Dan verzetten wij de afspraak naar later",
    ):
        assert words in page, words
    answer = as_assistant.post(
        ADDRESS, data={"do": "refresh", "slot": "own", "day": "2027-05-10", "starts": "10:00", "told": "moved"}
    )
    assert answer.status_code == 200
    assert "uiterlijk vrijdag 7 mei 2027" in answer.text, "10 May 2027 is a Monday"
    assert 'value="moved" checked' in answer.text and 'value="before" checked' not in answer.text


def test_all_of_it_on_one_screen(as_assistant, typed, adviser, assistant, slot):
    page = as_assistant.post(ADDRESS, data={**typed, "do": "refresh"})
    assert page.status_code == 200 and "oriëntatiegesprek" in page.text and db.session.query(Relation).count() == 0
    assert "Klant nabellen komt op" in page.text
    answer = as_assistant.post(ADDRESS, data={**typed, **seen(page.text), "do": "plan"})
    assert answer.status_code == 302, answer.text
    shown = as_assistant.get(answer.headers["Location"]).text
    assert "Alles ongedaan maken" in shown and "Sanne de Vries" in shown and "Klant nabellen" in shown
    dossier = db.session.query(Dossier).one()
    assert dossier.status == "intake" and dossier.assistant_id == assistant.id and dossier.adviser_id == adviser.id
    assert partner_of(dossier.relation).name == "Tim Jansen"
    appointment = db.session.query(Appointment).one()
    assert (appointment.starts_at, appointment.title) == (slot.starts_at, "Utrecht oriëntatie starter")
    assert db.session.query(Message).one().status == "queued"
    assert db.session.query(PlanningRun).one().told == ["confirmation", "before"]


def test_without_scripts_the_confirmation_is_shown_before_it_goes(as_assistant, typed):
    first = as_assistant.post(ADDRESS, data={**typed, "do": "plan"})
    assert first.status_code == 422 and "klik nog een keer op Plan het gesprek" in first.text
    assert db.session.query(Relation).count() == 0
    assert as_assistant.post(ADDRESS, data={**typed, **seen(first.text), "do": "plan"}).status_code == 302


def test_an_adjusted_confirmation_is_kept_when_the_time_changes(as_assistant, typed, adviser, slot):
    page = as_assistant.post(ADDRESS, data={**typed, "do": "refresh"}).text
    letter = seen(page)
    letter["mail_body"] += "\r\n\r\nNeem uw paspoort mee."
    later = free_slots(adviser, formats.local(slot.starts_at).date() + dt.timedelta(days=3), 120, 1)[0]
    moved = {**typed, "slot": later.starts_at.isoformat()}
    answer = as_assistant.post(ADDRESS, data={**moved, **letter, "do": "plan"})
    assert answer.status_code == 422 and "veranderd sinds u haar zag" in answer.text
    assert "Neem uw paspoort mee." in answer.text and "Neem de tekst van het sjabloon" in answer.text
    renewed = as_assistant.post(ADDRESS, data={**moved, **seen(answer.text), "do": "renew"}).text
    assert "Neem uw paspoort mee." not in renewed
    assert formats.long_date(formats.local(later.starts_at).date()) in seen(renewed)["mail_body"]
    assert as_assistant.post(ADDRESS, data={**moved, **seen(answer.text), "do": "plan"}).status_code == 302
    assert "Neem uw paspoort mee." in db.session.query(Message).one().body


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"client-surname": ""}, "Vul de achternaam in."),
        ({"client-birth_date": "31-02-1990"}, "Schrijf de datum als dag-maand-jaar"),
        ({"partner-surname": ""}, "Vul de achternaam van de partner in."),
        ({"dossier-lead_source_id": ""}, "kies dan Algemeen bekend"),
        ({"dossier-dossier_type": "home_purchase", "dossier-profile": "refinancer"}, "past niet bij"),
        ({"adviser": ""}, "Kies een adviseur."),
        ({"slot": ""}, "Kies een vrije tijd"),
        ({"slot": "own", "day": "2027-03-28", "starts": "02:30"}, "Deze tijd bestaat niet"),
        ({"place": "video", "teams_url": "https://evil.example/"}, "Dit is geen Teams-link"),
        ({"new_client": ""}, "Zoek de klant, of kies Nieuwe klant."),
    ],
)
def test_bad_input_is_told_at_the_field_and_nothing_typed_is_lost(as_assistant, typed, changes, sentence):
    typed["description"] = "Heeft een hond"
    answer = as_assistant.post(ADDRESS, data={**typed, **changes, "do": "plan"})
    assert answer.status_code == 422 and sentence in answer.text
    assert "Heeft een hond" in answer.text
    if changes != {"new_client": ""}:
        assert ("Oudegracht" in answer.text and "Jansen" in answer.text) or "partner-surname" in changes
    assert db.session.query(Relation).count() == 0 and db.session.query(Dossier).count() == 0


def test_a_client_who_is_known_is_found_and_his_dossier_comes_first(as_assistant, known, assistant, dossier_values):
    dossier = dossiers.create(known, dossier_values, assistant)
    records.commit()
    page = as_assistant.post(ADDRESS, data={"do": "search", "q": "06 41576326"}).text
    assert f'name="choose" value="{known.id}"' in page
    page = as_assistant.post(ADDRESS, data={"choose": str(known.id), "q": "06 41576326"}).text
    assert "Sanne de Vries" in page and "Gegevens met de klant nagelopen" in page
    assert re.search(rf'name="dossier" value="{dossier.id}" checked', page)
    assert "Andere klant" in page


def test_a_known_client_is_planned_in_the_dossier_that_is_there(as_assistant, known, assistant, dossier_values, typed):
    dossier = dossiers.create(known, dossier_values, assistant)
    records.commit()
    wanted = {name: typed[name] for name in ("adviser", "branch", "place", "slot", "send", "options", "offered")}
    wanted |= {"relation_id": str(known.id), "dossier": str(dossier.id)}
    page = as_assistant.post(ADDRESS, data={**wanted, "do": "refresh"}).text
    answer = as_assistant.post(ADDRESS, data={**wanted, **seen(page), "do": "plan"})
    assert answer.status_code == 302, answer.text
    assert db.session.query(Dossier).count() == 1 and db.session.query(Relation).count() == 1
    assert db.session.query(Appointment).one().subject_id == dossier.id


def test_a_double_is_shown_before_a_new_client_is_made(as_assistant, known, typed):
    page = as_assistant.post(ADDRESS, data={**typed, "do": "plan"})
    assert page.status_code == 422 and "Misschien bestaat deze klant al" in page.text
    page = as_assistant.post(ADDRESS, data={**typed, "use": str(known.id)})
    assert "Andere klant" in page.text and db.session.query(Relation).count() == 1


def test_what_was_typed_of_a_client_who_turns_out_to_be_known_can_be_taken_over(as_assistant, known, typed):
    typed |= {"client-email": "nieuw@voorbeeld.nl", "client-initials": "S.M."}
    page = as_assistant.post(ADDRESS, data={**typed, "use": str(known.id)}).text
    assert "Wat wilt u overnemen?" in page and 'value="email" data-refresh' in page, "offered, not ticked"
    assert 'name="client-email" value="nieuw@voorbeeld.nl"' in page
    typed |= {"new_client": "", "relation_id": str(known.id), "asked": "client", "take-client": ["email"]}
    typed |= {"version-client": re.search(r'name="version-client" value="(\d+)"', page)[1]}
    page = as_assistant.post(ADDRESS, data={**typed, "do": "refresh"}).text
    assert "Aan: " in page and "&lt;nieuw@voorbeeld.nl&gt;" in page, "the letter goes there"
    stale = as_assistant.post(ADDRESS, data={**typed, **seen(page), "version-client": "0", "do": "plan"})
    assert stale.status_code == 422 and "Iemand anders heeft dit intussen gewijzigd" in stale.text
    done = as_assistant.post(ADDRESS, data={**typed, **seen(page), "do": "plan"})
    assert done.status_code == 302, done.text
    db.session.expire_all()
    assert (known.email, known.initials) == ("nieuw@voorbeeld.nl", "S.")
    as_assistant.post(f"{done.headers['Location']}/undo")
    db.session.expire_all()
    assert known.email == CLIENT["email"], "undone with the rest"


def test_a_taken_adviser_is_warned_about_and_can_be_confirmed(
    as_assistant, typed, known, adviser, assistant, slot, dossier_values
):
    dossier = dossiers.create(known, dossier_values, assistant)
    activities.plan({"starts_at": slot.starts_at, "assigned_to": adviser}, dossier, assistant)
    records.commit()
    typed = {**typed, "client-surname": "Ander", "client-phone": "0687654321", "client-email": "ander@voorbeeld.nl"}
    typed |= {"client-postal_code": "1012AB", "client-house_number": "9", "client-birth_date": "1970-01-01"}
    page = as_assistant.post(ADDRESS, data={**typed, "do": "plan"}).text
    assert "al een afspraak" in page and "Plan toch op dit tijdstip" in page
    confirmed = {"confirmed": re.search(r'name="confirmed" value="([^"]*)"', page)[1], "sure": "y"}
    page = as_assistant.post(ADDRESS, data={**typed, **confirmed, "do": "refresh"}).text
    assert as_assistant.post(ADDRESS, data={**typed, **confirmed, **seen(page), "do": "plan"}).status_code == 302


@pytest.mark.requirement("O-076", side="crm")
def test_from_a_request_to_a_talk_with_the_request_closed(as_assistant, branch, typed):
    answers = {"surname": "VRIES", "surname_prefix": "de", "phone": "0641576326", "profile": "starter"}
    found = service_requests.receive(answers, "Akkoord.", branch)
    records.commit()
    page = as_assistant.get(f"{ADDRESS}?request={found.id}").text
    assert 'value="Vries"' in page and 'value="+31641576326"' in page
    assert "op gereed zetten" in page and f'value="close_request:{found.id}">' in page, "offered, not ticked"
    wanted = {**typed, "request_id": str(found.id), "options": ["dossier_intake", f"close_request:{found.id}"]}
    page = as_assistant.post(ADDRESS, data={**wanted, "do": "refresh"}).text
    assert as_assistant.post(ADDRESS, data={**wanted, **seen(page), "do": "plan"}).status_code == 302
    db.session.expire_all()
    dossier, appointment = db.session.query(Dossier).one(), db.session.query(Appointment).one()
    assert found.status == "done" and found.relation_id == dossier.relation_id
    assert (found.dossier_id, found.appointment_id) == (dossier.id, appointment.id)


def test_everything_is_undone_at_once(as_assistant, typed):
    page = as_assistant.post(ADDRESS, data={**typed, "do": "refresh"}).text
    where = as_assistant.post(ADDRESS, data={**typed, **seen(page), "do": "plan"}).headers["Location"]
    answer = as_assistant.post(f"{where}/undo", follow_redirects=True)
    assert "ongedaan gemaakt" in answer.text
    for model in (Relation, Dossier, Appointment, Task, Message):
        assert db.session.query(model).count() == 0, model


def test_for_a_dossier_in_intake_the_call_back_is_offered(as_assistant, known, assistant, adviser, slot, typed):
    wanted = {name: typed[name] for name in ("adviser", "branch", "place", "slot")} | {"relation_id": str(known.id)}
    wanted |= {name: typed[name] for name in typed if name.startswith("dossier")}
    first = as_assistant.post(ADDRESS, data={**wanted, "options": "dossier_intake", "do": "plan"})
    assert first.status_code == 302 and db.session.query(Task).count() == 1
    page = as_assistant.get(f"{ADDRESS}?relation={known.id}").text
    assert 'value="planning_call_back" checked' in page and "Status → Intake" not in page
    again = {**wanted, "dossier": str(db.session.query(Dossier).one().id), "do": "plan", "sure": "y"}
    later = free_slots(adviser, formats.local(slot.starts_at).date() + dt.timedelta(days=3), 120, 1)[0]
    again |= {"slot": later.starts_at.isoformat(), "offered": "planning_call_back"}
    assert as_assistant.post(ADDRESS, data=again).status_code == 302
    assert db.session.query(Task).count() == 1, "not ticked"
    again |= {"slot": later.ends_at.isoformat(), "options": "planning_call_back"}
    assert as_assistant.post(ADDRESS, data=again).status_code == 302
    assert db.session.query(Task).count() == 2


def test_a_tick_that_came_later_is_preselected_and_one_that_was_taken_away_stays_away(as_assistant, known):
    page = as_assistant.get(ADDRESS).text
    assert 'value="dossier_intake" checked' in page
    assert 'name="offered" type="hidden" value="dossier_intake"' in page
    unticked = as_assistant.post(ADDRESS, data={"do": "refresh", "offered": "dossier_intake"}).text
    assert 'value="dossier_intake">' in unticked
    assert 'value="dossier_intake" checked' in as_assistant.post(ADDRESS, data={"do": "refresh"}).text


def test_a_client_who_was_put_aside_stays_aside(as_assistant, known, branch, assistant):
    found = service_requests.receive({"surname": "Vries", "phone": "0641576326"}, "", branch)
    service_requests.link(found, known, assistant)
    records.commit()
    assert "Andere klant" in as_assistant.get(f"{ADDRESS}?request={found.id}").text
    aside = {"request_id": str(found.id), "relation_id": str(known.id), "do": "clear"}
    assert "Andere klant" not in as_assistant.post(ADDRESS, data=aside).text
    searched = as_assistant.post(ADDRESS, data={"request_id": str(found.id), "do": "search", "q": "Vries"}).text
    assert f'name="choose" value="{known.id}"' in searched


def test_who_one_may_not_see_cannot_be_chosen(as_assistant, stranger, other_branch):
    other = relations.create({**CLIENT, "branch_id": other_branch.id}, stranger)
    records.commit()
    assert as_assistant.post(ADDRESS, data={"choose": str(other.id)}).status_code == 404
    assert "Oudegracht" not in as_assistant.get(f"{ADDRESS}?relation={other.id}").text


def test_sending_twice_plans_once(as_assistant, typed):
    page = as_assistant.post(ADDRESS, data={**typed, "do": "refresh"}).text
    data = {**typed, **seen(page), "do": "plan", "once": "same"}
    first, again = as_assistant.post(ADDRESS, data=data), as_assistant.post(ADDRESS, data=data)
    assert first.headers["Location"] == again.headers["Location"] and db.session.query(Appointment).count() == 1


def test_the_screen_costs_few_statements(as_assistant, branch, adviser, statements):
    as_assistant.get(ADDRESS)
    statements.clear()
    assert as_assistant.get(ADDRESS).status_code == 200
    assert len(statements) <= 8, "\n".join(statements)


def test_the_way_in_is_on_start_client_and_request(as_assistant, known, branch):
    found = service_requests.receive({"surname": "Bakker", "phone": "0612345678"}, "", branch)
    records.commit()
    for page, query in (
        ("/", ""),
        (f"/relations/{known.id}", f"?relation={known.id}"),
        (f"/service-requests/{found.id}", f"?request={found.id}"),
    ):
        text = as_assistant.get(page).text
        assert "Oriëntatiegesprek plannen" in text and f'href="{ADDRESS}{query}"' in text, page


def test_a_talk_too_soon_to_prepare_for_is_said(as_assistant, branch, adviser):
    tomorrow = formats.today() + dt.timedelta(days=1)
    soon = {"slot": "own", "day": tomorrow.isoformat(), "starts": "10:00", "adviser": str(adviser.id)}
    page = as_assistant.post(ADDRESS, data={**soon, "do": "refresh"}).text
    assert "kan zich niet meer voorbereiden" in page
    later = {**soon, "day": (formats.today() + dt.timedelta(days=30)).isoformat()}
    assert "kan zich niet meer voorbereiden" not in as_assistant.post(ADDRESS, data={**later, "do": "refresh"}).text


@pytest.mark.requirement("O-029", side="crm")
def test_a_known_clients_data_are_marked_as_checked(as_assistant, known, typed):
    wanted = {name: typed[name] for name in typed if not name.startswith(("client-", "partner-", "new_client"))}
    wanted |= {"relation_id": str(known.id), "checked": "y"}
    page = as_assistant.post(ADDRESS, data={**wanted, "do": "refresh"}).text
    assert as_assistant.post(ADDRESS, data={**wanted, **seen(page), "do": "plan"}).status_code == 302
    db.session.expire_all()
    assert known.checked_at is not None

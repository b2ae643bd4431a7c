"""The next sensible action of a dossier is the filled one, and stands first."""

import re

from crm import records
from crm.activities import operations as activities
from crm.db import db
from crm.dossiers import operations
from crm.service_requests import operations as service_requests
from crm.ui import actions
from tests.crm.dossiers.conftest import make_appointment, make_dossier

DAYS_AGO = -3


def filled(client, record):
    """What the filled buttons at the top of a record's page say, and the first of all."""
    db.session.expire_all()
    address = {"dossier": "dossiers", "service_request": "service-requests", "relation": "relations"}[record.kind]
    page = client.get(f"/{address}/{record.id}").text
    head = page[page.index('class="record-head"') : page.index('<dl class="highlights')]
    buttons = re.findall(r'<(?:a|button) class="(btn[^"]*)"[^>]*>(?:<svg.*?</svg>)?([^<]*)', head)
    primary = [text for look, text in buttons if "btn-primary" in look]
    assert primary == [text for _look, text in buttons[: len(primary)]], "the filled one stands first"
    return primary


def test_a_dossier_from_first_to_last(as_assistant, dossier, assistant, adviser):
    assert filled(as_assistant, dossier) == ["Oriëntatiegesprek plannen"]
    talk = make_appointment(dossier, adviser, assistant)
    assert filled(as_assistant, dossier) == ["Bevestiging sturen"]
    activities.confirm(talk, assistant)
    records.commit()
    assert filled(as_assistant, dossier) == ["Status → Intake"]
    operations.change_status(dossier, "intake", assistant)
    records.commit()
    assert filled(as_assistant, dossier) == [], "it waits for the talk"
    later = {"starts_at": talk.starts_at.replace(hour=13), "ends_at": talk.ends_at.replace(hour=15)}
    activities.edit(talk, later, assistant)
    records.commit()
    assert filled(as_assistant, dossier) == ["Wijziging mailen"]
    activities.cancel(talk, "ziek", assistant)
    records.commit()
    assert filled(as_assistant, dossier) == ["Oriëntatiegesprek plannen"]
    held = make_appointment(dossier, adviser, assistant, DAYS_AGO)
    assert filled(as_assistant, dossier) == ["Status → Advies"], "the talk has been"
    activities.close_appointment(held, "held", assistant)
    records.commit()
    assert filled(as_assistant, dossier) == ["Status → Advies"]
    operations.change_status(dossier, "advice", assistant, assistant_id=assistant.id)
    records.commit()
    [following] = filled(as_assistant, dossier)
    assert following.startswith("Status → ")
    operations.change_status(dossier, "aftercare", assistant, confirmed=True)
    records.commit()
    assert filled(as_assistant, dossier) == [], "closing is never urged"
    operations.change_status(dossier, "cancelled", assistant, reason="niet door")
    records.commit()
    assert filled(as_assistant, dossier) == []


def test_the_filled_one_leads_where_it_says(as_assistant, dossier, assistant, adviser):
    talk = make_appointment(dossier, adviser, assistant)
    with as_assistant.application.test_request_context():
        [first] = [action for action in actions(dossier, assistant) if action.primary]
    assert f"appointment={talk.id}" in first.url and as_assistant.get(first.url).status_code == 200
    activities.confirm(talk, assistant)
    records.commit()
    with as_assistant.application.test_request_context():
        [first] = [action for action in actions(dossier, assistant) if action.primary]
    assert as_assistant.get(first.url).status_code == 200


def test_a_client_goes_on_in_the_dossier_that_is_open(as_assistant, relation, assistant):
    assert filled(as_assistant, relation) == ["Nieuw dossier"]
    older, newer = make_dossier(relation, assistant), make_dossier(relation, assistant)
    assert filled(as_assistant, relation) == [f"Dossier {newer.number} openen"]
    page = as_assistant.get(f"/relations/{relation.id}").text
    assert f'href="/dossiers/{newer.id}"' in page and "Nieuw dossier" in page
    operations.change_status(newer, "cancelled", assistant, reason="niet door")
    records.commit()
    assert filled(as_assistant, relation) == [f"Dossier {older.number} openen"]
    operations.change_status(older, "cancelled", assistant, reason="niet door")
    records.commit()
    assert filled(as_assistant, relation) == ["Nieuw dossier"]


def test_a_request_from_first_to_last(as_assistant, dossier, assistant, adviser, branch):
    found = service_requests.receive({"surname": "Vries", "phone": "0641576326"}, "", branch)
    records.commit()
    assert filled(as_assistant, found) == ["Maak klant aan"]
    service_requests.link(found, dossier.relation, assistant)
    records.commit()
    assert filled(as_assistant, found) == ["Oriëntatiegesprek plannen"]
    talk = make_appointment(dossier, adviser, assistant)
    db.session.refresh(found)
    service_requests.link_appointment(found, talk, assistant)
    records.commit()
    assert filled(as_assistant, found) == ["Gereed"]
    service_requests.close(found, assistant)
    records.commit()
    assert filled(as_assistant, found) == []


def test_few_statements_with_a_talk_that_was_held(as_assistant, dossier, assistant, adviser, statements):
    talk = make_appointment(dossier, adviser, assistant, DAYS_AGO)
    operations.change_status(dossier, "intake", assistant)
    activities.close_appointment(talk, "held", assistant)
    records.commit()
    address = f"/dossiers/{dossier.id}"
    db.session.expunge_all()
    statements.clear()
    assert "Status → Advies" in as_assistant.get(address).text
    assert len(statements) <= 8, "\n".join(statements)

"""*Deze relatie gebruiken* while the partner is not settled: no double is made of him, and nothing typed is lost."""

import re

import pytest
from sqlalchemy import select

from crm import records
from crm.db import db
from crm.relations import operations, queries
from crm.relations.models import Relation
from crm.service_requests import operations as service_requests
from tests.crm.relations.conftest import SANNE, TIM, make_relation, typed, typed_partner

PHONE = {"phone": "0612345678", "email": "tim@voorbeeld.nl"}


def everyone():
    return [one.name for one in db.session.scalars(select(Relation).order_by(Relation.id))]


@pytest.fixture
def tim(assistant):
    return make_relation(assistant, **TIM, **PHONE)


@pytest.fixture
def sent(branch):
    """Both typed in *Nieuwe relatie*."""
    return typed(SANNE, branch_id=branch.id) | typed_partner(TIM)


def post(as_assistant, data):
    return as_assistant.post("/relations/create", data=data)


def test_the_partners_doubles_are_asked_before_a_known_client_is_used(as_assistant, sanne, tim, sent):
    both = post(as_assistant, sent).text
    assert 'name="use"' in both and 'name="use_partner"' in both
    seen = re.search(r'name="seen_doubles"[^>]*value="([\d,]+)"', both)[1]
    page = post(as_assistant, sent | {"use": sanne.id, "seen_doubles": seen})
    assert page.status_code == 422 and everyone() == ["Sanne de Vries", "Tim Jansen"]
    assert 'name="use"' not in page.text and f'name="use_partner" value="{tim.id}"' in page.text
    assert f'name="client" value="{sanne.id}"' in page.text and "Sanne de Vries is een bestaande relatie" in page.text
    done = post(as_assistant, sent | {"client": sanne.id, "use_partner": tim.id})
    assert done.status_code == 302 and done.location.endswith(f"/{sanne.id}")
    assert queries.partner_of(sanne) == tim and len(everyone()) == 2


def test_a_partner_who_is_somebody_else_is_made(as_assistant, sanne, tim, sent):
    page = post(as_assistant, sent | {"use": sanne.id}).text
    seen = re.search(r'name="seen_doubles"[^>]*value="([\d,]+)"', page)[1]
    done = post(as_assistant, sent | {"client": sanne.id, "seen_doubles": seen, "anyway": "1"})
    assert done.status_code == 302 and everyone() == ["Sanne de Vries", "Tim Jansen", "Tim Jansen"]
    assert queries.partner_of(sanne) not in (None, tim)


def test_the_choice_of_a_client_can_be_taken_back(as_assistant, sanne, tim, sent):
    page = post(as_assistant, sent | {"use": sanne.id}).text
    assert 'name="not_client"' in page
    seen = re.search(r'name="seen_doubles"[^>]*value="([\d,]+)"', page)[1]
    back = post(as_assistant, sent | {"client": sanne.id, "seen_doubles": seen, "not_client": "1"})
    assert back.status_code == 422 and everyone() == ["Sanne de Vries", "Tim Jansen"]
    assert 'name="client"' not in back.text and f'name="use" value="{sanne.id}"' in back.text
    nobody = {"phone": "0699999999", "email": "x@voorbeeld.nl", "surname": "Zwart", "birth_date": "1970-01-01"}
    nobody |= {"first_name": "Yara", "initials": "Y.", "house_number": "99", "postal_code": "1012 AB"}
    alone = {name: value for name, value in sent.items() if name != "partner-present"} | nobody
    page = post(as_assistant, alone | {"client": sanne.id, "not_client": "1"})
    assert page.status_code == 422 and 'value="Zwart"' in page.text
    assert len(everyone()) == 2, "taking back saves nothing, even when nobody is found"


def test_the_choice_can_be_taken_back_for_a_request_too(as_assistant, assistant, branch, sanne, tim, sent):
    found = service_requests.receive({"surname": "Vries", "phone": "0641576326"}, "", branch)
    records.commit()
    where = f"/service-requests/{found.id}/client"
    page = as_assistant.post(where, data=sent | {"use": sanne.id}).text
    assert 'name="not_client"' in page
    back = as_assistant.post(where, data=sent | {"client": sanne.id, "not_client": "1"})
    assert back.status_code == 422 and 'name="client"' not in back.text
    assert f'name="use" value="{sanne.id}"' in back.text and found.relation_id is None


@pytest.mark.parametrize("chosen", ["typed", "use_partner", "picked"])
def test_a_client_with_another_partner_is_said_at_the_partner(as_assistant, assistant, sanne, tim, sent, chosen):
    ruud = make_relation(assistant, first_name="Ruud", surname="Bakker", phone="", email="")
    operations.link_partner(sanne, ruud, assistant)
    records.commit()
    picked = {"typed": {"anyway": "1", "seen_doubles": str(tim.id)}, "use_partner": {"use_partner": tim.id}}
    extra = picked.get(chosen, {"partner-known": f"relation:{tim.id}"})
    page = post(as_assistant, sent | {"client": sanne.id} | extra)
    assert page.status_code == 422 and "Sanne de Vries heeft al een partner" in page.text
    assert 'value="Molenweg"' in page.text and 'value="Jansen"' in page.text, "what was typed is there"
    assert f'name="client" value="{sanne.id}"' in page.text and len(everyone()) == 3
    alone = {name: value for name, value in sent.items() if name != "partner-present"}
    assert post(as_assistant, alone | {"client": sanne.id}).status_code == 302


def test_a_known_partner_with_another_is_said_there_for_a_new_client_too(as_assistant, assistant, tim, sent):
    ruud = make_relation(assistant, first_name="Ruud", surname="Bakker", phone="", email="")
    operations.link_partner(tim, ruud, assistant)
    records.commit()
    page = post(as_assistant, sent | {"use_partner": tim.id})
    assert page.status_code == 422 and "Tim Jansen heeft al een partner" in page.text
    assert 'value="Jansen"' in page.text and "Sanne de Vries" not in everyone()

"""Pages of relations."""

import datetime as dt

import pytest
from sqlalchemy import select

from crm.db import db
from crm.relations import operations, queries
from crm.relations.models import Relation
from tests.conftest import log_in
from tests.crm.relations.conftest import SANNE, TIM, make_relation, typed, typed_partner


def everyone() -> list[Relation]:
    return list(db.session.scalars(select(Relation).order_by(Relation.id)))


def test_menu_offers_new_relation(as_assistant):
    page = as_assistant.get("/").text
    assert "Relaties" in page and 'href="/relations/new"' in page


@pytest.mark.requirement("O-014", side="crm")
def test_client_is_preselected_then_next(as_assistant):
    page = as_assistant.get("/relations/new").text
    assert 'checked class="form-check-input" id="record_type-0"' in page and "Volgende" in page


@pytest.mark.requirement("O-002", side="crm")
@pytest.mark.requirement("O-015", side="crm")
def test_create_tidies_what_was_typed(as_assistant, branch):
    sent = typed({**SANNE, "surname": "DE VRIES", "surname_prefix": ""}, branch_id=branch.id)
    answer = as_assistant.post("/relations/create", data=sent)
    (made,) = everyone()
    assert answer.headers["Location"] == f"/relations/{made.id}"
    assert (made.surname_prefix, made.surname, made.phone) == ("de", "Vries", "+31641576326")
    assert (made.email, made.postal_code, made.title) == ("sanne.devries@voorbeeld.nl", "5526TY", "ms")
    page = as_assistant.get(f"/relations/{made.id}").text
    assert "Sanne de Vries" in page and "06 41576326" in page and "Molenweg 12, 5526 TY Hapert" in page


@pytest.mark.requirement("O-016", side="crm")
def test_required_fields_have_a_star_and_refuse_with_what_was_typed_kept(as_assistant, branch):
    page = as_assistant.get("/relations/create").text
    assert "Velden met een rode ster zijn verplicht" in page and "(verplicht)" in page
    answer = as_assistant.post(
        "/relations/create", data=typed({"first_name": "Sanne", "phone": "12"}, branch_id=branch.id)
    )
    assert answer.status_code == 422 and 'value="Sanne"' in answer.text and 'value="12"' in answer.text
    for sentence in ("Vul de achternaam in", "Vul de geboortedatum in", "Dit is geen telefoonnummer", "Kies De heer"):
        assert sentence in answer.text
    assert everyone() == []


@pytest.mark.requirement("O-017", side="crm")
def test_partner_in_the_same_flow_without_email(as_assistant, branch):
    sent = typed(SANNE, branch_id=branch.id) | typed_partner(TIM)
    assert as_assistant.post("/relations/create", data=sent).status_code == 302
    sanne, tim = everyone()
    assert queries.partner_of(sanne) == tim and tim.email == "" and tim.address == sanne.address
    assert "Tim Jansen" in as_assistant.get(f"/relations/{sanne.id}").text


@pytest.mark.requirement("O-018", side="crm")
def test_known_partner_is_offered_and_linked(as_assistant, assistant, branch):
    tim = make_relation(assistant, **TIM, phone="0612345678", email="tim@voorbeeld.nl")
    sent = typed(SANNE, branch_id=branch.id) | typed_partner(TIM)
    answer = as_assistant.post("/relations/create", data=sent)
    assert answer.status_code == 422 and "Deze relatie gebruiken" in answer.text and "Sanne" in answer.text
    as_assistant.post("/relations/create", data=sent | {"use_partner": tim.id})
    assert [one.name for one in everyone()] == ["Tim Jansen", "Sanne de Vries"]
    assert queries.partner_of(everyone()[1]) == tim


def test_likely_double_is_asked_about_and_can_be_used_or_not(as_assistant, sanne, branch):
    sent = typed({**SANNE, "first_name": "S", "email": "ander@voorbeeld.nl"}, branch_id=branch.id)
    answer = as_assistant.post("/relations/create", data=sent)
    assert answer.status_code == 422 and "zelfde telefoonnummer" in answer.text
    used = as_assistant.post("/relations/create", data=sent | {"use": sanne.id, "asked": "client"})
    assert used.headers["Location"].endswith(f"/{sanne.id}")
    assert len(everyone()) == 1
    assert as_assistant.post("/relations/create", data=sent | {"seen_doubles": str(sanne.id)}).status_code == 422
    made = as_assistant.post("/relations/create", data=sent | {"seen_doubles": str(sanne.id), "anyway": "1"})
    assert made.status_code == 302
    assert len(everyone()) == 2


def test_relation_of_another_branch_is_not_found(client, sanne, stranger):
    log_in(client, stranger)
    assert client.get(f"/relations/{sanne.id}").status_code == 404
    assert "Vries" not in client.get("/relations").text


@pytest.mark.requirement("O-029", side="crm")
def test_checked_with_the_client(as_assistant, sanne):
    assert "nog niet" in as_assistant.get(f"/relations/{sanne.id}").text
    as_assistant.post(f"/relations/{sanne.id}/checked")
    assert sanne.checked_at and sanne.checked_by.name == "Marieke Bakker"
    assert "nog niet" not in as_assistant.get(f"/relations/{sanne.id}").text


def test_edit_keeps_and_changes(as_assistant, sanne, branch):
    assert 'value="Molenweg"' in as_assistant.get(f"/relations/{sanne.id}/edit").text
    sent = typed({**SANNE, "city": "bladel"}, branch_id=branch.id, version=sanne.version)
    assert as_assistant.post(f"/relations/{sanne.id}/edit", data=sent).status_code == 302
    assert sanne.city == "Bladel" and sanne.version == 2


def test_partnership_ends_and_another_begins(as_assistant, assistant, sanne):
    tim = make_relation(assistant, **TIM, phone="0612345678", email="tim@voorbeeld.nl")
    operations.link_partner(sanne, tim, assistant, dt.date(2015, 1, 1))
    sent = {"until_on": "2020-03-01", "leaves": tim.id}
    assert as_assistant.post(f"/relations/{sanne.id}/household/end", data=sent).status_code == 302
    assert queries.partner_of(sanne) is None and queries.partner_of(tim) is None
    sent = typed_partner({"title": "mr", "first_name": "Joost", "surname": "Bos", "birth_date": "1991-01-01"})
    answer = as_assistant.post(f"/relations/{sanne.id}/household/add", data=sent | {"role": "partner"})
    assert answer.status_code == 302 and queries.partner_of(sanne).first_name == "Joost"
    page = as_assistant.get(f"/relations/{sanne.id}").text
    assert "Ex-partner" in page and "Tim Jansen" in page and "Joost Bos" in page

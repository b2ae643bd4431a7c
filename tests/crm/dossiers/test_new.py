"""Nieuw dossier: existing cases first, the form, what it refuses."""

import datetime as dt

import pytest
from sqlalchemy import select

from crm import records
from crm.db import db
from crm.dossiers import operations, queries
from crm.dossiers.models import Dossier, Product
from crm.records import Refused
from crm.relations.models import Household, HouseholdMember
from tests.conftest import log_in
from tests.crm.dossiers.conftest import make_appointment, make_dossier, make_relation, values


def address(relation, **query):
    return f"/relations/{relation.id}/dossiers/new" + (
        "?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else ""
    )


@pytest.mark.requirement("O-031", side="crm")
def test_button_at_the_client_leads_to_the_form(relation, as_assistant):
    page = as_assistant.get(f"/relations/{relation.id}").text
    assert "Nieuw dossier" in page and address(relation) in page


@pytest.mark.requirement("O-032", side="crm")
@pytest.mark.requirement("O-033", side="crm")
@pytest.mark.requirement("O-035", side="crm")
@pytest.mark.requirement("O-037", side="crm")
def test_form_begins_with_what_is_known(relation, branch, assistant, as_assistant):
    page = as_assistant.get(address(relation)).text
    assert "Sanne de Vries" in page and "Oriënteren" in page and "Algemeen bekend" in page
    assert f'selected value="{assistant.id}">Marieke Bakker' in page
    assert f'selected value="{branch.id}">Utrecht' in page


@pytest.mark.requirement("O-034", side="crm")
@pytest.mark.requirement("O-036", side="crm")
@pytest.mark.requirement("O-039", side="crm")
@pytest.mark.requirement("O-040", side="crm")
@pytest.mark.requirement("O-041", side="crm")
def test_saving_makes_one_dossier_however_often_it_is_sent(relation, branch, assistant, as_assistant):
    sent = {**values(branch), "assistant_id": assistant.id, "once": "sent-twice"}
    first, second = as_assistant.post(address(relation), data=sent), as_assistant.post(address(relation), data=sent)
    assert first.status_code == second.status_code == 302 and first.location == second.location
    made = db.session.scalars(select(Dossier)).one()
    assert made.status == "orienting" and made.assistant == assistant and made.description == ""
    assert made.title == "Aankoop woning · Starter — Sanne de Vries" and made.appointment_topic == "starter"
    page = as_assistant.get(first.location).text
    assert made.number in page and f"Dossier {made.number} gemaakt" in page


def test_pairs_that_do_not_go_together_are_refused_at_the_field(relation, branch, as_assistant):
    sent = values(branch, profile="refinancer", description="Let op")
    answer = as_assistant.post(address(relation), data=sent)
    assert answer.status_code == 422 and "Oversluiter past niet bij Aankoop woning" in answer.text
    assert "Let op" in answer.text and not db.session.scalars(select(Dossier)).all()


def test_anders_asks_what_and_says_it_in_the_appointment(relation, branch, as_assistant):
    answer = as_assistant.post(address(relation), data=values(branch, profile="other"))
    assert answer.status_code == 422 and "Schrijf bij Anders" in answer.text
    as_assistant.post(address(relation), data=values(branch, profile="other", profile_other="Echtscheiding"))
    made = db.session.scalars(select(Dossier)).one()
    assert made.profile_title == "Echtscheiding" and made.appointment_topic == "echtscheiding"


def test_nothing_filled_in_says_so_at_each_field(relation, as_assistant):
    answer = as_assistant.post(address(relation), data={})
    for text in ("Kies een bron", "Kies voor welke vestiging", "Kies een type.", "Kies een onderwerp."):
        assert text in answer.text
    assert answer.status_code == 422


def test_another_vestiging_is_refused(relation, other_branch, branch, assistant):
    with pytest.raises(Refused, match="eigen vestigingen"):
        operations.create(relation, values(branch, branch_id=other_branch.id), assistant)


@pytest.mark.requirement("O-042", side="crm")
@pytest.mark.requirement("O-044", side="crm")
@pytest.mark.requirement("O-045", side="crm")
def test_existing_cases_come_first_and_say_why_not(relation, assistant, adviser, as_assistant):
    open_one, late_one = make_dossier(relation, assistant), make_dossier(relation, assistant)
    make_appointment(late_one, adviser, assistant)
    operations.change_status(late_one, "intake", assistant)
    operations.change_status(late_one, "advice", assistant, assistant_id=assistant.id)
    records.commit()
    page = as_assistant.get(address(relation)).text
    assert "Bestaande dossiers" in page and page.count("Dit dossier gebruiken") == 1
    assert open_one.number in page and "Status is Advies." in page and "kennismaking" in page


@pytest.mark.requirement("O-043", side="crm")
def test_a_second_one_before_the_talk_must_be_meant(dossier, relation, branch, as_assistant):
    assert dossier.number in as_assistant.get(address(relation, new=1)).text
    answer = as_assistant.post(address(relation, new=1), data=values(branch))
    assert answer.status_code == 422 and "Er is al een dossier vóór het gesprek" in answer.text
    assert as_assistant.post(address(relation, new=1), data=values(branch, confirmed="y")).status_code == 302
    assert len(queries.dossiers_of(relation, dossier.assistant)) == 2


@pytest.mark.requirement("O-046", side="crm")
def test_a_sequel_carries_household_and_products(dossier, relation, branch, assistant, as_assistant):
    tim = make_relation(branch, first_name="Tim", surname_prefix="", surname="Jansen")
    home = Household(members=[HouseholdMember(relation=relation), HouseholdMember(relation=tim, role="partner")])
    records.save_many([home, *home.members], None)
    records.save(Product(product_kind="mortgage", provider="Voorbeeldbank", amount=285000, dossier=dossier), None)
    dossier.household, dossier.household_id, dossier.partner, dossier.partner_id = home, home.id, tim, tim.id
    records.save(dossier, None)
    operations.change_status(dossier, "advice", assistant, assistant_id=assistant.id)
    records.commit()
    page = as_assistant.get(address(relation, **{"from": dossier.id})).text
    assert f"Vervolg op {dossier.number}" in page
    answer = as_assistant.post(address(relation, **{"from": dossier.id}), data=values(branch))
    made = db.session.get(Dossier, int(answer.location.rsplit("/", 1)[1]))
    assert (made.previous_id, made.household_id, made.partner) == (dossier.id, home.id, tim)
    assert made.title.endswith("Fam. De Vries – Jansen")
    assert [product.provider for product in queries.products_of(made)] == ["Voorbeeldbank"]


def test_partner_of_today_comes_along(relation, branch, assistant):
    tim = make_relation(branch, first_name="Tim", surname_prefix="", surname="Jansen")
    home = Household(members=[HouseholdMember(relation=relation), HouseholdMember(relation=tim, role="partner")])
    records.save_many([home, *home.members], None)
    made = operations.create(relation, values(branch), assistant)
    assert (made.partner, made.household_id) == (tim, home.id)
    members = {member.relation_id: member for member in home.members}
    members[tim.id].until_on = dt.date(2020, 1, 1)
    records.save(members[tim.id], None)
    assert operations.create(relation, values(branch, confirmed=True), assistant).partner is None


def test_who_may_not_see_the_client_makes_nothing(relation, client, stranger):
    log_in(client, stranger)
    assert client.get(address(relation)).status_code == 404
    assert client.post(address(relation), data={}).status_code == 404


def test_numbers_go_up_and_begin_anew_each_year(relation, assistant):
    first, second = make_dossier(relation, assistant), make_dossier(relation, assistant)
    year, count = first.number.split("-")[1:]
    assert second.number == f"D-{year}-{int(count) + 1:05d}"

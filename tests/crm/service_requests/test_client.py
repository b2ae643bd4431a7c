"""*Maak klant aan*: from a request to a client, without double work and without doubles."""

import datetime as dt

import pytest

from crm import records
from crm.activities.queries import options
from crm.db import db
from crm.feed.models import Post
from crm.relations import operations as relations
from crm.relations.models import Relation
from crm.relations.queries import partner_of
from crm.service_requests import operations
from crm.service_requests.models import ServiceRequest

TYPED = {
    "initials": "sm",
    "first_name": "sanne",
    "surname": "VAN DEN BERG",
    "birth_date": "14-03-1988",
    "phone": "06-12.34.56.78",
    "email": "Sanne@Voorbeeld.nl",
    "postal_code": "3511ab",
    "house_number": "12a",
    "street": "oudegracht",
    "city": "UTRECHT",
    "profile": "starter",
}
COMPLETED = {
    "title": "ms",
    "initials": "S.M.",
    "first_name": "Sanne",
    "surname_prefix": "van den",
    "surname": "Berg",
    "birth_date": "1988-03-14",
    "phone": "06 12345678",
    "email": "sanne@voorbeeld.nl",
    "postal_code": "3511 AB",
    "house_number": "12",
    "house_number_suffix": "a",
    "street": "Oudegracht",
    "city": "Utrecht",
    "country": "NL",
    "address_form": "u",
}
PARTNER = {
    "partner-present": "y",
    "partner-title": "mr",
    "partner-first_name": "Tim",
    "partner-surname": "Jansen",
    "partner-birth_date": "1987-01-02",
    "partner-country": "NL",
}


@pytest.fixture
def request_(branch):
    made = operations.receive(TYPED, "Akkoord.", branch)
    records.commit()
    return made


def completed(branch, **more):
    return {**COMPLETED, "branch_id": str(branch.id), **more}


@pytest.mark.requirement("O-019", side="crm")
@pytest.mark.requirement("O-020", side="crm")
def test_the_button_at_the_top_opens_the_form(as_assistant, request_):
    page = as_assistant.get(f"/service-requests/{request_.id}").text
    assert "Maak klant aan" in page and f'href="/service-requests/{request_.id}/client"' in page


@pytest.mark.requirement("O-021", side="crm")
def test_what_the_client_typed_is_copied_and_tidied(as_assistant, request_):
    page = as_assistant.get(f"/service-requests/{request_.id}/client").text
    for value in ("S.M.", "Sanne", "van den", "Berg", "1988-03-14", "+31612345678", "sanne@voorbeeld.nl", "3511AB"):
        assert f'value="{value}"' in page, value
    for value in ("Oudegracht", "Utrecht", "12", "a"):
        assert f'value="{value}"' in page, value
    assert "VAN DEN BERG" in page and "06-12.34.56.78" in page, "what was typed stands beside it"


@pytest.mark.requirement("O-022", side="crm")
def test_what_is_missing_is_marked(as_assistant, branch):
    made = operations.receive({"surname": "Bakker", "phone": "0612345678"}, "", branch)
    records.commit()
    page = as_assistant.get(f"/service-requests/{made.id}/client").text
    assert page.count("Ontbreekt nog: vraag dit aan de klant.") == 7
    assert "Vraag nog naar:" in page and 'id="email-error"' in page and 'id="phone-error"' not in page
    answer = as_assistant.post(f"/service-requests/{made.id}/client", data=completed(branch, email=""))
    assert answer.status_code == 422 and "Vul een e-mailadres in." in answer.text and "Oudegracht" in answer.text
    assert db.session.query(Relation).count() == 0


@pytest.mark.requirement("O-023", side="crm")
def test_client_and_partner_come_of_it_once(as_assistant, request_, branch):
    assert (
        "Vraag ook naar de gegevens van de partner" in as_assistant.get(f"/service-requests/{request_.id}/client").text
    )
    address = f"/service-requests/{request_.id}/client"
    first = as_assistant.post(address, data=completed(branch, **PARTNER, once="one"))
    again = as_assistant.post(address, data=completed(branch, **PARTNER, once="two"))
    assert first.status_code == again.status_code == 302
    assert first.headers["Location"] == again.headers["Location"]
    db.session.expire_all()
    relation = request_.relation
    assert relation.name == "Sanne van den Berg" and relation.birth_date == dt.date(1988, 3, 14)
    assert partner_of(relation).name == "Tim Jansen" and db.session.query(Relation).count() == 2
    assert request_.status == "in_progress"
    assert db.session.query(Post).filter_by(subject_kind="relation", post_kind="service_request").count() == 1


def test_a_known_relation_is_offered_first_and_used(as_assistant, request_, assistant):
    known = relations.create({**COMPLETED, "birth_date": dt.date(1988, 3, 14)}, assistant)
    records.commit()
    address = f"/service-requests/{request_.id}/client"
    page = as_assistant.get(address).text
    assert "Misschien bestaat deze klant al" in page and "Deze relatie gebruiken" in page
    assert page.index("Misschien bestaat") < page.index('name="surname"')
    answer = as_assistant.post(address, data={"use": str(known.id)})
    assert answer.headers["Location"].startswith(f"/relations/{known.id}")
    db.session.expire_all()
    assert request_.relation == known and db.session.query(Relation).count() == 1
    page = as_assistant.get(address, follow_redirects=True).text
    assert "hoort al bij Sanne van den Berg" in page


def test_what_the_request_says_otherwise_is_asked_about(as_assistant, request_, assistant, branch):
    kept = {**COMPLETED, "birth_date": dt.date(1988, 3, 14), "email": "", "first_name": "Sandra"}
    known = relations.create(kept, assistant)
    records.commit()
    address = f"/service-requests/{request_.id}/client"
    page = as_assistant.post(address, data=completed(branch, use=str(known.id)))
    assert page.status_code == 200 and 'value="email" checked' in page.text and 'value="first_name">' in page.text
    db.session.expire_all()
    assert request_.relation is None
    taken = {"asked": "client", "version-client": known.version, "take-client": ["email"]}
    assert as_assistant.post(address, data=completed(branch, use=str(known.id), **taken)).status_code == 302
    db.session.expire_all()
    assert request_.relation == known and (known.email, known.first_name) == ("sanne@voorbeeld.nl", "Sandra")


def test_a_relation_of_another_branch_is_named_but_not_shown(as_assistant, request_, stranger):
    relations.create({**COMPLETED, "birth_date": dt.date(1988, 3, 14), "street": "Geheimstraat"}, stranger)
    records.commit()
    page = as_assistant.get(f"/service-requests/{request_.id}/client").text
    assert "Sanne van den Berg" in page and "Zwolle" in page and "Toegang vragen" in page
    assert "Geheimstraat" not in page and "Deze relatie gebruiken" not in page


@pytest.mark.requirement("O-077", side="crm")
def test_the_clients_page_leads_to_bewerken(as_assistant, request_, assistant):
    relation = operations.create_client(request_, {**COMPLETED, "birth_date": dt.date(1988, 3, 14)}, assistant)
    records.commit()
    page = as_assistant.get(f"/relations/{relation.id}").text
    assert "Serviceaanvragen" in page and f'href="/service-requests/{request_.id}/edit"' in page and "Bewerken" in page


def test_a_request_that_belongs_to_someone_is_not_given_to_another(app, request_, assistant):
    one = relations.create({"surname": "Een"}, assistant)
    other = relations.create({"surname": "Ander"}, assistant)
    operations.link(request_, one, assistant)
    with pytest.raises(records.Refused, match="andere relatie"):
        operations.link(request_, other, assistant)


def test_gereed_is_offered_with_an_appointment_and_never_preselected(app, request_, assistant, make_dossier):
    relation = operations.create_client(request_, {**COMPLETED, "birth_date": dt.date(1988, 3, 14)}, assistant)
    dossier = make_dossier(relation)
    [offered] = [option for option in options(dossier, assistant) if option.key.startswith("close_request")]
    assert not offered.preselected and "op gereed zetten" in offered.label
    assert db.session.get(ServiceRequest, request_.id).status == "in_progress"


def test_a_known_client_with_a_known_partner_makes_no_double(as_assistant, request_, assistant, branch):
    known = relations.create({**COMPLETED, "birth_date": dt.date(1988, 3, 14)}, assistant)
    typed = {name.removeprefix("partner-"): value for name, value in PARTNER.items() if name != "partner-present"}
    typed["birth_date"] = dt.date.fromisoformat(typed["birth_date"])
    tim = relations.create({**typed, "branch_id": branch.id}, assistant)
    records.commit()
    address = f"/service-requests/{request_.id}/client"
    page = as_assistant.post(address, data=completed(branch, **PARTNER, use=str(known.id), seen_doubles=str(tim.id)))
    assert page.status_code == 422 and f'name="use_partner" value="{tim.id}"' in page.text
    assert 'name="use"' not in page.text and f'name="client" value="{known.id}"' in page.text
    done = as_assistant.post(address, data=completed(branch, **PARTNER, client=str(known.id), use_partner=str(tim.id)))
    assert done.status_code in (200, 302) and db.session.query(Relation).count() == 2

"""Choosing a record out of many: found as the search box finds, seen as one may see, kept on every error."""

import re

import pytest
from sqlalchemy import select

from crm import records
from crm.activities.models import Task
from crm.db import db
from crm.relations import operations, queries
from crm.service_requests.operations import receive
from tests.crm.dossiers.conftest import make_dossier
from tests.crm.relations.conftest import SANNE, TIM, make_relation, typed


@pytest.fixture
def tim(assistant):
    return make_relation(assistant, **TIM, phone="0612345678", email="tim@voorbeeld.nl")


def offered(page: str) -> list[str]:
    """What a picker offers to choose from."""
    return re.findall(r'type="radio" name="[\w-]+" value="([a-z_]+:\d+)"', page)


def test_typed_words_are_searched_for_and_chosen_from_without_scripts(as_assistant, sanne, tim):
    address = f"/relations/{sanne.id}/household/add"
    assert 'data-picker="/search/suggest?kind=relation"' in as_assistant.get(address).text
    answer = as_assistant.post(address, data={"role": "partner", "partner-known": "jansen tim"})
    assert answer.status_code == 422 and "Kies hieronder wie of wat u bedoelt" in answer.text
    assert offered(answer.text) == [f"relation:{tim.id}"] and 'value="jansen tim"' in answer.text
    sent = {"role": "partner", "partner-known": ["jansen tim", "was:jansen tim", f"relation:{tim.id}"]}
    assert as_assistant.post(address, data=sent).status_code == 302
    assert queries.partner_of(sanne) == tim


def test_other_words_are_searched_for_anew(as_assistant, sanne, tim):
    sent = {"role": "partner", "partner-known": ["Vries", "was:jansen", f"relation:{tim.id}"]}
    answer = as_assistant.post(f"/relations/{sanne.id}/household/add", data=sent)
    assert answer.status_code == 422 and offered(answer.text) == [f"relation:{sanne.id}"]
    assert queries.partner_of(sanne) is None


def test_nothing_found_says_what_to_do_and_keeps_what_was_typed(as_assistant, sanne):
    sent = {"role": "child", "partner-known": "<b>zoetemelk", "partner-first_name": "Joost"}
    answer = as_assistant.post(f"/relations/{sanne.id}/household/add", data=sent)
    assert answer.status_code == 422 and "Niets gevonden" in answer.text
    assert 'value="&lt;b&gt;zoetemelk"' in answer.text and 'value="Joost"' in answer.text


def test_what_one_may_not_see_is_neither_found_nor_chosen(as_assistant, sanne, stranger):
    hidden = make_relation(stranger, surname="Verborgen", surname_prefix="", phone="0612345679", email="v@y.nl")
    address = f"/relations/{sanne.id}/household/add"
    for sent in ("Verborgen", f"relation:{hidden.id}", "relation:999999", f"dossier:{hidden.id}"):
        answer = as_assistant.post(address, data={"role": "partner", "partner-known": sent})
        assert answer.status_code == 422 and not offered(answer.text), sent
    assert queries.partner_of(sanne) is None


def test_somebodys_partner_is_refused_at_the_field(as_assistant, assistant, sanne, tim):
    other = make_relation(assistant, surname="Bos", surname_prefix="", phone="0612345670", email="b@y.nl")
    operations.link_partner(other, tim, assistant)
    records.commit()
    sent = {"role": "partner", "partner-known": f"relation:{tim.id}", "from_on": "2020-01-02"}
    answer = as_assistant.post(f"/relations/{sanne.id}/household/add", data=sent)
    assert answer.status_code == 422 and "heeft al een partner" in answer.text
    assert (
        "checked" in answer.text.partition(f'value="relation:{tim.id}"')[2][:120]
        and 'value="2020-01-02"' in answer.text
    )


def test_a_new_client_with_a_partner_who_is_known(as_assistant, tim, branch):
    sent = typed({**SANNE, "surname": ""}, branch_id=branch.id) | {"partner-known": f"relation:{tim.id}"}
    answer = as_assistant.post("/relations/create", data=sent)
    assert answer.status_code == 422 and offered(answer.text) == [f"relation:{tim.id}"], "the choice stays"
    sent = typed(SANNE, branch_id=branch.id) | {"partner-known": f"relation:{tim.id}"}
    assert as_assistant.post("/relations/create", data=sent).status_code == 302
    assert queries.partner_of(tim).first_name == "Sanne"


def test_a_task_about_a_client_or_a_dossier(as_assistant, assistant, sanne):
    dossier = make_dossier(sanne, assistant)
    assert (
        'data-picker="/search/suggest?kind=relation&amp;kind=dossier&amp;kind=service_request"'
        in as_assistant.get("/tasks/new").text
    )
    answer = as_assistant.post("/tasks/new", data={"title": "Bellen", "about": dossier.number})
    assert (
        answer.status_code == 422
        and offered(answer.text) == [f"dossier:{dossier.id}"]
        and 'value="Bellen"' in answer.text
    )
    sent = {"title": "Bellen", "about": f"dossier:{dossier.id}"}
    assert as_assistant.post("/tasks/new", data=sent).status_code == 302
    assert db.session.scalars(select(Task)).one().subject_ref == ("dossier", dossier.id)
    assert as_assistant.post("/tasks/new", data={"title": "Zomaar", "about": ""}).status_code == 302


def test_an_event_from_the_agenda_is_for_a_dossier(as_assistant, assistant, sanne):
    dossier = make_dossier(sanne, assistant)
    assert 'href="/appointments/new"' in as_assistant.get("/agenda").text
    for sent in ("", f"relation:{sanne.id}"):
        answer = as_assistant.post("/appointments/new", data={"subject": sent})
        assert answer.status_code == 422 and (
            "Kies voor welk dossier" in answer.text or "Niets gevonden" in answer.text
        )
    answer = as_assistant.post("/appointments/new", data={"subject": "sanne vries"})
    assert answer.status_code == 422 and offered(answer.text) == [f"dossier:{dossier.id}"]
    answer = as_assistant.post("/appointments/new", data={"subject": f"dossier:{dossier.id}"})
    assert answer.location == f"/appointments/for/dossier/{dossier.id}"
    assert as_assistant.get(answer.location).status_code == 200


def test_a_request_of_a_client_who_is_known(as_assistant, assistant, branch, sanne):
    request = receive({"surname": "Vries", "phone": "0612345678"}, "", branch, assistant, "phone")
    records.commit()
    address = f"/service-requests/{request.id}/edit"
    sent = {"status": "open", "topic": "orientation", "branch_id": branch.id, "version": request.version}
    assert as_assistant.post(address, data=sent | {"relation": f"relation:{sanne.id}"}).status_code == 302
    db.session.refresh(request)
    assert request.relation_id == sanne.id and request.status == "in_progress"
    assert "data-picker" not in as_assistant.get(address).text


def test_suggestions_of_several_kinds(as_assistant, assistant, sanne):
    make_dossier(sanne, assistant)
    kinds = [hit["kind"] for hit in as_assistant.get("/search/suggest?q=vries&kind=relation&kind=dossier").json["hits"]]
    assert sorted(kinds) == ["dossier", "relation"]
    hits = as_assistant.get("/search/suggest?q=vries&kind=dossier&kind=nonsense").json["hits"]
    assert [hit["kind"] for hit in hits] == ["dossier"]


def test_a_new_client_with_somebody_elses_partner(as_assistant, assistant, tim, branch):
    other = make_relation(assistant, surname="Bos", surname_prefix="", phone="0612345670", email="b@y.nl")
    operations.link_partner(other, tim, assistant)
    records.commit()
    sent = typed(SANNE, branch_id=branch.id) | {"partner-known": f"relation:{tim.id}"}
    answer = as_assistant.post("/relations/create", data=sent)
    assert answer.status_code == 422 and "heeft al een partner" in answer.text and 'value="Sanne"' in answer.text
    assert queries.partner_of(tim).surname == "Bos"

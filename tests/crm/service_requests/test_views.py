"""The queue, one request's page, and its way to gereed."""

import pytest

from crm import records
from crm.audit.models import AuditEntry
from crm.db import db
from crm.service_requests import operations
from crm.service_requests.models import ServiceRequest
from tests.conftest import make_user


def make_request(branch, surname="Bakker", **more) -> ServiceRequest:
    values = {"surname": surname, "phone": "0612345678", "profile": "starter", **more}
    made = operations.receive(values, "Akkoord.", branch)
    records.commit()
    return made


@pytest.mark.requirement("O-001", side="crm")
@pytest.mark.requirement("O-002", side="crm")
@pytest.mark.requirement("O-003", side="crm")
@pytest.mark.requirement("O-004", side="crm")
@pytest.mark.requirement("O-005", side="crm")
def test_somebody_calls(as_assistant, branch):
    page = as_assistant.get("/service-requests/new")
    assert "Nieuwe serviceaanvraag" in page.text
    typed = {"surname": "Jansen", "phone": "06 12345678", "branch": str(branch.id), "profile": "starter"}
    typed |= {"birth_date": "14-3-1988", "email": "j@voorbeeld.nl", "street": "Oudegracht", "city": "Zeist"}
    assert as_assistant.post("/service-requests/new", data={**typed, "surname": ""}).status_code == 422
    answer = as_assistant.post("/service-requests/new", data=typed)
    page = as_assistant.get(answer.headers["Location"])
    for words in ("Jansen", "Telefoon", "Mijn eerste huis kopen", "14-3-1988", "j@voorbeeld.nl", "Oudegracht", "Zeist"):
        assert words in page.text, words


@pytest.mark.requirement("O-001", side="crm")
def test_queue_shows_open_requests_of_own_branches_oldest_first(as_assistant, branch, other_branch):
    make_request(branch, "Eerst")
    make_request(branch, "Daarna")
    make_request(other_branch, "Vreemd")
    page = as_assistant.get("/service-requests").text
    assert page.index("Eerst") < page.index("Daarna") and "Vreemd" not in page
    assert '<span class="badge bg-red-lt ms-1">2</span>' in page


def test_filters_and_pages_stand_in_the_address(as_assistant, assistant, branch):
    made = [make_request(branch, f"Nummer{number:02}") for number in range(52)]
    operations.close(made[0], assistant)
    records.commit()
    page = as_assistant.get("/service-requests").text
    assert "Nummer00" not in page and "Nummer50" in page and "Nummer51" not in page
    assert f"after={made[50].id}" in page
    assert "Nummer51" in as_assistant.get(f"/service-requests?after={made[50].id}").text
    page = as_assistant.get("/service-requests?status=done").text
    assert "Nummer00" in page and "Nummer01" not in page
    assert "Niets te doen" in as_assistant.get("/service-requests?topic=other").text


def test_who_handles_it_is_chosen_at_edit(as_assistant, assistant, adviser, branch, other_branch, app):
    made = make_request(branch)
    where = f"/service-requests/{made.id}/edit"
    assert f'<option value="{adviser.id}">{adviser.name}</option>' in as_assistant.get(where).text
    sent = {"status": "open", "topic": made.topic, "branch_id": branch.id, "assigned_to_id": adviser.id}
    assert as_assistant.post(where, data=sent | {"version": made.version}).status_code == 302
    assert made.assigned_to == adviser
    assert adviser.name in as_assistant.get(f"/service-requests/{made.id}").text
    stranger = make_user(app, "Eva Bos", "adviser", other_branch)
    page = as_assistant.post(where, data=sent | {"version": made.version, "assigned_to_id": stranger.id})
    assert page.status_code == 422
    assert as_assistant.post(where, data=sent | {"version": made.version, "assigned_to_id": ""}).status_code == 302
    assert made.assigned_to is None


def test_who_left_may_still_handle_it(as_assistant, adviser, branch):
    made = make_request(branch)
    operations.hand_to(made, adviser, adviser)
    adviser.is_enabled = False
    records.save_many([made, adviser], None)
    records.commit()
    sent = {"status": "open", "topic": "other", "branch_id": branch.id, "assigned_to_id": adviser.id}
    answer = as_assistant.post(f"/service-requests/{made.id}/edit", data=sent | {"version": made.version})
    assert answer.status_code == 302 and made.topic == "other" and made.assigned_to == adviser


@pytest.mark.parametrize("count", [1, 50])
def test_queue_costs_the_same_for_one_and_fifty(as_assistant, branch, statements, count):
    for number in range(count):
        make_request(branch, f"Nummer{number}")
    db.session.expire_all()
    statements.clear()
    assert as_assistant.get("/service-requests").status_code == 200
    assert len(statements) <= 6, statements


def test_page_costs_few_statements(as_assistant, branch, statements):
    made = make_request(branch)
    db.session.expire_all()
    statements.clear()
    assert as_assistant.get(f"/service-requests/{made.id}").status_code == 200
    assert len(statements) <= 8, statements


def test_other_branches_requests_are_not_there(as_assistant, other_branch):
    made = make_request(other_branch)
    for path in (f"/service-requests/{made.id}", f"/service-requests/{made.id}/edit"):
        assert as_assistant.get(path).status_code == 404
    assert as_assistant.post(f"/service-requests/{made.id}/status/done").status_code == 404


@pytest.mark.requirement("O-077", side="crm")
def test_edit_sets_gereed(as_assistant, branch):
    made = make_request(branch)
    page = as_assistant.get(f"/service-requests/{made.id}/edit").text
    assert "Gereed" in page and "Bewerken" in as_assistant.get(f"/service-requests/{made.id}").text
    typed = {"version": "1", "status": "done", "topic": "orientation", "branch_id": str(branch.id), "reason": ""}
    answer = as_assistant.post(f"/service-requests/{made.id}/edit", data=typed)
    assert answer.status_code == 302
    assert "Gereed" in as_assistant.get(answer.headers["Location"]).text
    assert db.session.get(ServiceRequest, made.id).status == "done"
    entry = db.session.query(AuditEntry).filter_by(record_kind="service_request", action="update").one()
    assert entry.fields["status"] == ["open", "done"]


def test_vervallen_and_opening_again_need_a_reason(as_assistant, branch):
    made = make_request(branch)
    typed = {"version": "1", "status": "cancelled", "topic": "orientation", "branch_id": str(branch.id), "reason": ""}
    answer = as_assistant.post(f"/service-requests/{made.id}/edit", data=typed)
    assert answer.status_code == 422 and "Schrijf op waarom" in answer.text
    assert as_assistant.post(f"/service-requests/{made.id}/edit", data={**typed, "reason": "dubbel"}).status_code == 302
    db.session.expire_all()
    assert (made.status, made.closing_reason) == ("cancelled", "dubbel")
    answer = as_assistant.post(f"/service-requests/{made.id}/status/done")
    assert answer.status_code == 409 and "kan niet" in answer.text


def test_second_editor_sees_both_and_loses_nothing(as_assistant, assistant, branch):
    made = make_request(branch)
    operations.change_status(made, "in_progress", assistant)
    records.commit()
    typed = {"version": "1", "status": "done", "topic": "other", "branch_id": str(branch.id), "reason": "mijn reden"}
    answer = as_assistant.post(f"/service-requests/{made.id}/edit", data=typed)
    assert answer.status_code == 409 and "Iemand anders" in answer.text and "In behandeling" in answer.text
    assert "mijn reden" in answer.text and 'value="2"' in answer.text
    assert as_assistant.post(f"/service-requests/{made.id}/edit", data={**typed, "version": "2"}).status_code == 302


def test_start_page_shows_what_is_new(as_assistant, branch):
    make_request(branch, "Nieuwkomer")
    page = as_assistant.get("/").text
    assert "Nieuwe serviceaanvragen" in page and "Nieuwkomer" in page

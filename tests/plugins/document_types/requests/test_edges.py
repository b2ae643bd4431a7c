"""Rules of stukken with an edge: what holds on the one side of it, and on the other."""

import datetime as dt

import pytest

from crm import records
from crm.documents import operations as documents
from crm.documents import storage
from crm.records import Refused, save_many
from plugins.document_types.requests import answers, queries, states, vault, verdicts
from tests.plugins.document_types.requests.conftest import check

DAY = dt.timedelta(days=1)


def test_an_approval_is_of_today_or_before(given, adviser):
    request, other = given("employer_statement"), given("employer_statement", item="2")
    with pytest.raises(Refused, match="ligt in de toekomst"):
        verdicts.approve(request, adviser, verdicts.today() + DAY)
    assert verdicts.approve(request, adviser, verdicts.today()).status == "approved"
    with pytest.raises(Refused, match="Vul de datum in"):
        verdicts.approve(other, adviser)


def test_a_document_is_offered_for_a_stuk_unless_nothing_of_it_is_kept(document, assistant):
    """What is checked still may be given already; what was refused has nothing to give."""
    kept, checking, refused = document(), document("nog.pdf", checked=False), document("weg.pdf", checked=False)
    documents.refuse(refused.newest, "infected")
    records.commit()
    offered = {one.id: [action.icon for action in answers.actions(one, assistant)] for one in (kept, checking, refused)}
    assert offered == {kept.id: ["checklist"], checking.id: ["checklist"], refused.id: []}


def test_documents_of_something_else_with_the_same_number_are_not_given(dossier, document, assistant):
    mine = document()
    other = documents.receive(("relation", dossier.id), "ander.pdf", storage.sealer().keep([b"%PDF-1.7"]), assistant)
    check(other)
    records.commit()
    assert [one.id for one in queries.documents_of(dossier.id)] == [mine.id]


def test_an_invoice_is_never_public_whatever_is_saved_beside_it(document, types, dossier, assistant):
    made = document()
    made.document_type = next(key for key, one in types.items() if one.is_invoice)
    records.save(made, assistant)
    records.commit()
    made.is_public, dossier.profile_other = True, "eerst"
    with pytest.raises(Refused, match="is een factuur"):
        save_many([dossier, made], assistant)


def test_the_client_reads_partly_only_when_it_was_partly(given, adviser, assistant, dossier):
    """A rejection is one, also when something was good before; partly and back in the review is in the review."""
    partly, whole = given(), given("employer_statement")
    assert vault.content(dossier, partly, 0)["state"] == "received"
    verdicts.partly(partly, adviser, "pagina 2")
    assert vault.content(dossier, partly, 0)["state"] == "partial"
    reason = next(one.key for one in verdicts.catalogue.reasons_for(whole.type) if "toelichting" not in one.text)
    verdicts.reject(whole, adviser, reason)
    assert vault.content(dossier, whole, 1)["state"] == "rejected"
    partly.status = states.IN_REVIEW
    assert vault.content(dossier, partly, 0)["state"] != "partial"


def test_one_sees_ones_own_stukken_and_those_of_nobody_in_particular(ask, dossier):
    """Never those of the other applicant."""
    own, of_all = ask("payslip"), ask("title_deed")
    assert own.relation_id == dossier.relation_id and of_all.relation_id is None
    seen = [{key for _kind, key, _says in vault.items(one)} for one in (dossier.relation, dossier.partner)]
    assert seen == [{f"stuk-{own.id}", f"stuk-{of_all.id}"}, {f"stuk-{of_all.id}"}]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_how_stukken_stand_is_remembered_while_a_page_is_drawn_and_not_while_it_is_changed(app, given, dossier, method):
    request = given()
    with app.test_request_context(method=method):
        before = [one.status for one in answers.standings([dossier.id])]
        request.status = states.WITHDRAWN
        records.save(request, None)
        after = [one.status for one in answers.standings([dossier.id])]
    assert before == [states.SUBMITTED]
    assert after == ([states.SUBMITTED] if method == "GET" else [states.WITHDRAWN])


@pytest.mark.parametrize(
    ("office", "lender", "status"),
    [
        (states.REJECTED, states.APPROVED, states.REJECTED), (states.PARTLY, states.NONE, states.REJECTED),
        (states.APPROVED, states.REJECTED, states.REJECTED), (states.APPROVED, states.NONE, states.APPROVED),
        (states.NONE, states.APPROVED, states.APPROVED), (states.NONE, states.PROVISIONAL, states.APPROVED),
        (states.NONE, states.NONE, states.OPEN), (states.NONE, states.CANCELLED, states.OPEN),
    ],
)  # fmt: skip
def test_what_comes_back_is_what_was_thought_of_it(office, lender, status):
    assert states.after_restore("".join(office), "".join(lender)) == status


def test_the_review_without_work_says_so(as_assistant, service, given):
    assert as_assistant.get(f"/requests/review/service/{service.id}").status_code == 200
    given("title_deed")
    assert "title_deed" not in as_assistant.get(f"/requests/review/service/{service.id}").text

"""Files and verdicts in an order that nobody planned: no file goes unseen, no verdict is about another file."""

import datetime as dt
import re

import pytest
from sqlalchemy import select

from crm import records
from crm.activities.models import Task
from crm.db import db
from crm.documents import operations as documents
from crm.documents import storage
from crm.formats import today
from crm.records import Refused
from plugins.document_types.requests import giving, operations, queries, verdicts
from tests.plugins.document_types.requests.conftest import check


def newer(document, user):
    """A newer version of a document came in and was checked."""
    version = documents.add_version(document, "beter.pdf", storage.sealer().keep([b"%PDF-1.8"]), user)
    documents.accept(version, documents.Checked("application/pdf", "application/pdf", 1), None)


def open_tasks():
    query = select(Task).where(Task.task_kind == "review_requests", Task.status == "open")
    return db.session.scalars(query).all()


def test_a_document_given_for_another_stuk_too_leaves_the_first_as_it_was(given, ask, assistant):
    first, second = given(), ask("mortgage_deed")
    verdicts.reject(first, assistant, "unreadable")
    giving.give(second, first.files[0].document, assistant)
    assert (first.status, first.files[0].verdict, second.status) == ("rejected", "rejected", "submitted")


def test_a_newer_version_of_what_was_approved_is_reviewed(given, assistant):
    request = given()
    verdicts.approve(request, assistant)
    newer(request.files[0].document, assistant)
    assert (request.status, request.office_verdict, request.has_unseen) == ("submitted", "none", True)
    assert len(open_tasks()) == 1


def test_a_file_that_was_still_checked_at_the_approval_is_reviewed(given, document, assistant):
    request, late = given(), document("later.pdf", checked=False)
    giving.give(request, late, assistant)
    verdicts.approve(request, assistant)
    check(late)
    assert request.status == "submitted" and len(open_tasks()) == 1


def test_a_file_that_comes_in_while_a_stuk_is_off_the_list_is_reviewed_once_it_is_back(given, document, assistant):
    request, late = given(), document("later.pdf", checked=False)
    verdicts.approve(request, assistant)
    operations.reopen(request, assistant, "Nog eens.")
    giving.give(request, late, assistant)
    operations.withdraw(request, assistant)
    check(late)
    assert request.status == "withdrawn" and open_tasks() == []
    operations.restore(request, assistant)
    assert request.status == "submitted" and len(open_tasks()) == 1


def test_the_newer_file_taken_back_leaves_nothing_to_review(given, document, assistant):
    request = given()
    verdicts.reject(request, assistant, "unreadable")
    giving.give(request, document("beter.pdf"), assistant)
    giving.take_back(request.files[0], assistant)
    assert (request.status, open_tasks()) == ("open", [])


def test_the_offices_verdict_does_not_hide_the_lenders(given, assistant):
    request = given()
    verdicts.approve(request, assistant)
    verdicts.hear_lender(request, "rejected", None, "Onleesbaar")
    with pytest.raises(Refused, match="keurde dit af"):
        verdicts.look_again(request, assistant)
    assert (request.status, request.client_text) == ("rejected", "Onleesbaar")


def test_what_lapsed_comes_back_lapsed(given, assistant):
    request = given("employer_statement")
    verdicts.approve(request, assistant, today())
    request.valid_until = today() - dt.timedelta(days=1)
    records.save(request, None)
    operations.expire()
    operations.withdraw(request, assistant)
    operations.restore(request, assistant)
    assert (request.status, queries.progress([request.status]).come_in) == ("expired", 0)


def test_nobody_judges_what_came_in_while_he_looked(as_assistant, given, document, assistant, service):
    request = given()
    address = f"/requests/review/service/{service.id}"
    page = as_assistant.get(f"{address}?stuk={request.id}").text
    seen = re.search(r'name="seen" value="([^"]*)"', page)[1]
    giving.give(request, document("nieuwer.pdf"), assistant)
    records.commit()
    said = {"reject-reason": "other", "reject-text": "Bladzijde 2 ontbreekt."}
    for what, data in (("approve", {}), ("reject", said), ("partly", {"partly-missing": "bladzijde 2"})):
        answer = as_assistant.post(f"{address}/{request.id}/{what}", data={"seen": seen, **data})
        assert answer.status_code == 422 and "intussen iets binnengekomen" in answer.text
        assert all(text in answer.text for text in data.values() if " " in text), "what was typed is kept"
    assert request.status == "submitted"
    seen = re.search(r'name="seen" value="([^"]*)"', answer.text)[1]
    assert as_assistant.post(f"{address}/{request.id}/approve", data={"seen": seen}).status_code == 303
    assert request.status == "approved"


def test_a_verdict_of_a_colleague_is_seen_before_another_is_given(as_assistant, given, adviser, service):
    request = given()
    address = f"/requests/review/service/{service.id}"
    seen = re.search(r'name="seen" value="([^"]*)"', as_assistant.get(f"{address}?stuk={request.id}").text)[1]
    verdicts.approve(request, adviser)
    records.commit()
    said = {"seen": seen, "reject-reason": "unreadable", "reject-text": ""}
    assert as_assistant.post(f"{address}/{request.id}/reject", data=said).status_code == 422
    assert request.status == "approved"

"""What the office thinks of a stuk, as the client reads it a moment later, in his own vault."""

import datetime as dt

import pytest

from crm import records
from crm.db import db
from crm.formats import today
from plugins.document_types import queries as types
from plugins.document_types.requests import operations, states, verdicts
from plugins.document_types.requests.models import DocumentRequest
from tests.crm.documents.hostile import plain_pdf
from tests.plugins.document_types.requests.test_operations import change_type
from tests.plugins.portal.test_pages import text_of


@pytest.fixture
def seen(kluis):
    """The words of a page of the vault: seen("/verzoeken")."""
    return lambda path: text_of(kluis.pages.get(f"/kluis{path}"))


@pytest.fixture
def sent(ask, sanne):
    """A loonstrook that Sanne sent."""
    request = ask("payslip")
    sanne(request, ("loonstrook.pdf", plain_pdf()))
    return db.session.get(DocumentRequest, request.id)


@pytest.mark.requirement("U-030b", "vault")
@pytest.mark.requirement("U-040", "vault")
@pytest.mark.requirement("U-042", "vault")
@pytest.mark.requirement("U-043", "vault")
def test_rejected_comes_first_with_reason_text_and_what_came_in(office, ask, sent, sanne, seen):
    ask("id_document")
    verdicts.reject(sent, office.adviser, "unreadable", "De onderste helft is te donker.")
    sanne(sent)
    for page in ("/", "/verzoeken"):
        said = seen(page)
        assert "Afgekeurd, opnieuw aanleveren" in said and "De onderste helft is te donker." in said, page
    assert seen("/").index("Eerst doen Loonstrook") < seen("/").index("Identiteitsbewijs")
    assert seen("/").count("Opnieuw") == 1
    assert "loonstrook.pdf Afgekeurd" in seen(f"/verzoeken/stuk-{sent.id}")
    sanne(sent, ("beter.pdf", plain_pdf()))
    assert "Eerst doen" not in seen("/")
    assert f"Gecontroleerd. {office.adviser.name} bekijkt het." in seen("/verzoeken")


@pytest.mark.requirement("U-030b", "vault")
def test_partly_good_says_what_stays_and_what_is_missing(office, sent, sanne, seen):
    verdicts.partly(sent, office.adviser, "bladzijde 2")
    sanne(sent)
    assert "Deels goed. Stuur nog wat ontbreekt." in seen("/verzoeken")
    page = seen(f"/verzoeken/stuk-{sent.id}")
    assert "Wat nog ontbreekt: bladzijde 2" in page and "loonstrook.pdf Goed, deze blijft staan" in page
    assert "Terugnemen" not in page


@pytest.mark.requirement("U-041", "vault")
def test_a_rejection_by_the_maatschappij_brings_it_back_from_afgerond(office, sent, sanne, seen):
    verdicts.approve(sent, office.adviser, today())
    sanne(sent)
    assert "Loonstrook" in seen("/afgerond")
    verdicts.hear_lender(db.session.get(DocumentRequest, sent.id), "rejected", office.adviser, "De maand is te oud.")
    sanne(sent)
    assert "Loonstrook" not in seen("/afgerond")
    assert "Eerst doen Loonstrook" in seen("/") and "De maand is te oud." in seen("/")


@pytest.mark.requirement("U-036", "vault")
@pytest.mark.requirement("U-037", "vault")
def test_what_the_maatschappij_delivers_is_gone_at_once_and_back_again(office, ask, sanne, seen):
    request = ask("payslip")
    sanne(request)
    assert "Loonstrook" in seen("/verzoeken")
    for delivered_by, is_there in (("lender", False), ("client", True)):
        change_type(types.types_by_key()["payslip"], delivered_by, office.assistant)
        sanne(request)
        for page in ("/", "/verzoeken", f"/verzoeken/stuk-{request.id}"):
            assert ("Loonstrook" in seen(page)) == is_there, page


def test_taken_off_the_list_it_is_gone_and_asked_again_it_is_back(office, sent, sanne, seen):
    operations.withdraw(sent, office.assistant)
    sanne(sent)
    assert "Loonstrook" not in seen("/verzoeken")
    operations.restore(db.session.get(DocumentRequest, sent.id), office.assistant)
    sanne(sent)
    assert "Loonstrook" in seen("/verzoeken")


def test_what_is_no_longer_valid_is_asked_again_first(office, sent, sanne, seen):
    verdicts.approve(sent, office.adviser, today())
    held = db.session.get(DocumentRequest, sent.id)
    held.valid_until = today() - dt.timedelta(days=1)
    records.save(held, None)
    operations.expire()
    sanne(sent)
    assert db.session.get(DocumentRequest, sent.id).status == states.EXPIRED
    assert "Niet meer geldig, opnieuw aanleveren" in seen("/verzoeken")
    assert "Eerst doen Loonstrook" in seen("/")


def test_asked_again_says_so(office, sent, sanne, seen):
    verdicts.approve(sent, office.adviser, today())
    operations.reopen(db.session.get(DocumentRequest, sent.id), office.adviser, "Er is een nieuwe loonstrook.")
    sanne(sent)
    assert "Loonstrook" not in seen("/afgerond")
    assert "Er is een nieuwe loonstrook." in seen(f"/verzoeken/stuk-{sent.id}")

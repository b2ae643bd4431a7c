"""Documents that are in the dossier already are given for stukken: chosen at the stuk, or from their own page."""

import re

import pytest
from sqlalchemy import select

from crm import records
from crm.access import Permission
from crm.db import db
from crm.documents import operations as documents
from crm.documents import storage
from crm.documents.models import Document
from crm.dossiers.models import Dossier
from crm.records import Refused
from plugins.document_types.requests import giving, operations, queries, verdicts
from plugins.document_types.requests.models import RequestFile
from tests.conftest import log_in
from tests.crm.activities.conftest import make_dossier
from tests.plugins.document_types.requests.conftest import check

MOST = 8


def given_files():
    return db.session.scalars(select(RequestFile).order_by(RequestFile.id)).all()


def offered(page):
    """The names that can be ticked, in their order."""
    boxes = re.findall(r'<input([^>]*)name="documents"([^>]*)><span class="form-check-label text-break">([^<]*)', page)
    return [name.strip() for before, after, name in boxes if "disabled" not in before + after]


def ticked(page):
    boxes = re.findall(r'name="documents" value="(\d+)"([^>]*)>', page)
    return [int(value) for value, rest in boxes if "checked" in rest and "disabled" not in rest]


# --- At the stuk ---------------------------------------------------------------------------------------------


def test_several_documents_of_the_dossier_are_given_at_once(as_assistant, dossier, ask, document):
    request, payslip, statement = ask("payslip"), document("mei.pdf"), document("juni.pdf")
    address = f"/requests/{request.id}/documents"
    assert address in as_assistant.get(f"/requests/{request.id}").text
    fragment = as_assistant.get(f"/requests/{request.id}/upload", headers={"HX-Request": "true"}).text
    assert f'href="{address}?list=1"' in fragment
    page = as_assistant.get(address).text
    assert offered(page) == ["juni", "mei"] and ticked(page) == []
    answer = as_assistant.post(address, data={"documents": [payslip.id, statement.id]}, follow_redirects=True)
    assert "2 documenten staan nu bij Loonstrook" in answer.text and "Ontvangen" in answer.text
    assert {file.document_id for file in given_files()} == {payslip.id, statement.id}
    assert all(file.was_there and file.came_in_at for file in given_files())
    assert db.session.get(Document, payslip.id).document_type == "payslip"
    page = as_assistant.get(address).text
    assert offered(page) == [] and page.count("staat al bij dit stuk") == 2


def test_from_the_list_one_comes_back_in_the_list(as_assistant, dossier, ask, document):
    request, payslip = ask("payslip"), document()
    address = f"/requests/{request.id}/documents"
    assert 'name="list"' in as_assistant.get(f"{address}?list=1").text
    answer = as_assistant.post(address, data={"documents": payslip.id, "list": "1"})
    assert answer.location == f"/dossiers/{dossier.id}?tab=requests"


def test_given_twice_it_stays_one(as_assistant, ask, document, assistant):
    request, payslip = ask("payslip"), document()
    for _ in range(2):
        assert as_assistant.post(f"/requests/{request.id}/documents", data={"documents": payslip.id}).status_code == 302
    assert len(given_files()) == 1


def test_what_is_still_checked_counts_once_it_was(as_assistant, ask, document):
    request, payslip = ask("payslip"), document(checked=False)
    address = f"/requests/{request.id}/documents"
    assert "Wordt gecontroleerd" in as_assistant.get(address).text
    as_assistant.post(address, data={"documents": payslip.id})
    db.session.refresh(request)
    assert request.status == "open"
    check(db.session.get(Document, payslip.id))
    assert request.status == "submitted"


def test_searching_and_paging_keep_what_was_ticked(as_assistant, ask, document, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    request = ask("payslip")
    made = [document(f"{name}.pdf") for name in ("Taxatie", "Paspoort", "Nota", "Loonstrook mei")]
    documents.edit(made[0], {"document_type": "valuation_report"}, None, None)
    records.commit()
    address = f"/requests/{request.id}/documents"
    page = as_assistant.get(address).text
    assert offered(page) == ["Loonstrook mei", "Nota"] and "Oudere documenten" in page
    before = re.search(r'name="before" value="(\d+)"', page)[1]
    page = as_assistant.post(address, data={"documents": made[3].id, "do": "more", "before": before}).text
    assert offered(page) == ["Loonstrook mei", "Paspoort", "Taxatie"] and ticked(page) == [made[3].id]
    data = {"documents": [made[3].id, made[1].id], "do": "search", "q": "TAXA"}
    page = as_assistant.post(address, data=data).text
    assert offered(page) == ["Loonstrook mei", "Paspoort", "Taxatie"] and len(ticked(page)) == 2
    assert offered(as_assistant.post(address, data={"do": "search", "q": "taxatierapport"}).text) == ["Taxatie"]
    none = as_assistant.post(address, data={"do": "search", "q": "niets_van%dit"}).text
    assert offered(none) == [] and "Niets gevonden" in none
    assert given_files() == []


def test_refusals_are_said(as_assistant, ask, document, assistant):
    request, payslip = ask("payslip"), document()
    address = f"/requests/{request.id}/documents"
    empty = as_assistant.post(address, data={})
    assert empty.status_code == 422 and "Kies ten minste één document." in empty.text
    gone = as_assistant.post(address, data={"documents": [payslip.id, 999_999]})
    assert gone.status_code == 422 and "is er niet meer" in gone.text and given_files() == []
    refused = document("virus.pdf", checked=False)
    documents.refuse(refused.newest, "infected")
    records.commit()
    assert offered(as_assistant.get(address).text) == ["loonstrook"]
    answer = as_assistant.post(address, data={"documents": [payslip.id, refused.id]})
    assert answer.status_code == 422 and "virus is geweigerd" in answer.text and given_files() == []
    operations.withdraw(request, assistant)
    records.commit()
    assert as_assistant.get(address).status_code == 409


def test_of_several_none_is_given_when_one_cannot_be(as_assistant, ask, document):
    """And the page says of none that it is there."""
    request, first, second = ask("payslip"), document("een.pdf"), document("twee.pdf", checked=False)
    documents.refuse(second.newest, "encrypted")
    records.commit()
    answer = as_assistant.post(f"/requests/{request.id}/documents", data={"documents": [first.id, second.id]})
    assert answer.status_code == 422 and given_files() == []
    assert ticked(answer.text) == [first.id] and "staat al bij dit stuk" not in answer.text


def test_for_several_stukken_none_gets_it_when_one_cannot(as_assistant, ask, document, given, assistant):
    open_one, made = ask("payslip"), document("een.pdf")
    approved = given("id_document")
    verdicts.approve(approved, assistant)
    records.commit()
    with pytest.raises(Refused):
        giving.give_to(made, [open_one, approved], assistant)
    assert [file.request_id for file in given_files()] == [approved.id]


def test_a_document_of_another_dossier_is_refused(as_assistant, ask, branch, adviser, files, assistant):
    elsewhere = make_dossier(branch, adviser)
    kept = storage.sealer().keep([b"%PDF-1.7"])
    other = documents.receive(records.ref(elsewhere), "ander.pdf", kept, assistant)
    check(other)
    records.commit()
    request = ask("payslip")
    address = f"/requests/{request.id}/documents"
    assert offered(as_assistant.get(address).text) == []
    answer = as_assistant.post(address, data={"documents": other.id})
    assert answer.status_code == 422 and "hoort bij een ander dossier" in answer.text


def test_who_may_not_see_documents_chooses_none(as_assistant, ask, app, monkeypatch):
    request = ask("payslip")
    known = app.extensions["crm.permissions"] | {"documents.read": Permission("documents.read", "", ("admin",))}
    monkeypatch.setitem(app.extensions, "crm.permissions", known)
    assert "Kies uit Documenten" not in as_assistant.get(f"/requests/{request.id}").text
    assert as_assistant.get(f"/requests/{request.id}/documents").status_code == 403


def test_what_comes_out_of_an_e_mail_can_be_given(as_assistant, dossier, ask, files, assistant):
    kept = storage.sealer().keep([b"%PDF-1.7"])
    taken = documents.receive(("dossier", dossier.id), "uit de mail.pdf", kept, assistant, source="mail")
    records.commit()
    page = as_assistant.get(f"/requests/{ask('payslip').id}/documents").text
    assert offered(page) == ["uit de mail"] and "Uit een e-mail" in page and taken.source == "mail"


# --- From the document ---------------------------------------------------------------------------------------


def test_a_document_is_given_for_stukken_from_its_own_page(as_assistant, ask, document, types):
    payslip, deed = ask("payslip"), ask("title_deed")
    made = document()
    documents.edit(made, {"document_type": "payslip"}, None, None)
    records.commit()
    address = f"/requests/for/{made.id}"
    assert f'href="{address}"' in as_assistant.get(f"/documents/{made.id}").text
    page = as_assistant.get(address).text
    own, _legend, others = page.partition("Hypotheekadvies</legend>")
    assert payslip.title in own and "Van deze soort" in own and deed.title in others
    assert as_assistant.post(address, data={}).status_code == 422
    answer = as_assistant.post(address, data={"requests": [payslip.id, deed.id]}, follow_redirects=True)
    assert f"loonstrook staat nu bij {payslip.title}, {deed.title}." in answer.text
    assert [file.request.status for file in given_files()] == ["submitted", "submitted"]
    again = as_assistant.get(address).text
    assert again.count("dit document staat er al bij") == 2
    assert as_assistant.post(address, data={"requests": payslip.id}).location == f"/requests/{payslip.id}"
    assert len(given_files()) == 2


def beside(client, dossier):
    """{name of a document: (address, text) beside it} in the tab Documenten."""
    page = client.get(f"/dossiers/{dossier.id}?tab=documents").text
    rows = re.findall(r'id="document-\d+">([^<]*)</a>(.*?)</li>', page, re.S)
    links = {
        name: re.search(r'href="(/requests/[^"]*)">(?:<svg.*?</svg>)?([^<]*)</a>', rest, re.S) for name, rest in rows
    }
    return {name: found.groups() if found else None for name, found in links.items()}


def test_the_list_says_at_which_stukken_a_document_is(as_assistant, dossier, ask, document, assistant):
    made, other = document("loonstrook.pdf"), document("bank.pdf")
    assert beside(as_assistant, dossier) == {"loonstrook": None, "bank": None}, "nothing is asked"
    first, second = ask("payslip"), ask("id_document")
    to_give = f"/requests/for/{made.id}?list=1"
    assert beside(as_assistant, dossier)["loonstrook"] == (to_give, "Bij een stuk doen")
    page = as_assistant.get(to_give).text
    assert page.count(f'href="/dossiers/{dossier.id}?tab=documents"') >= 2
    answer = as_assistant.post(to_give, data={"requests": [first.id]})
    assert answer.status_code == 302 and answer.location == f"/dossiers/{dossier.id}?tab=documents"
    giving.give(second, made, assistant)
    records.commit()
    at = (f"/requests/{first.id}", f"Bij {first.title} en nog 1")
    assert beside(as_assistant, dossier) == {
        "loonstrook": at,
        "bank": (f"/requests/for/{other.id}?list=1", "Bij een stuk doen"),
    }
    operations.withdraw(first, assistant)
    records.commit()
    assert beside(as_assistant, dossier)["loonstrook"] == (f"/requests/{second.id}", f"Bij {second.title}")


def test_who_may_not_ask_sees_where_documents_are_and_gives_none(
    as_assistant, dossier, ask, document, assistant, app, monkeypatch
):
    giving.give(ask("payslip"), document("loonstrook.pdf"), assistant)
    document("bank.pdf")
    ask("id_document")
    records.commit()
    for name, seen in (("requests.write", "Bij Loonstrook – Sanne de Vries"), ("requests.read", None)):
        known = app.extensions["crm.permissions"] | {name: Permission(name, "", ("admin",))}
        monkeypatch.setitem(app.extensions, "crm.permissions", known)
        found = beside(as_assistant, dossier)
        assert (found["loonstrook"] and found["loonstrook"][1]) == seen and found["bank"] is None


def test_only_stukken_that_take_files_are_offered(as_assistant, given, document, assistant):
    request, made = given(), document("tweede.pdf")
    verdicts.approve(request, assistant)
    records.commit()
    page = as_assistant.get(f"/requests/for/{made.id}").text
    assert "geen stuk dat een bestand aanneemt" in page
    refused = as_assistant.post(f"/requests/for/{made.id}", data={"requests": request.id})
    assert refused.status_code == 422 and len(given_files()) == 1


def test_a_document_of_a_client_is_at_no_stuk(as_assistant, dossier, files, assistant):
    kept = storage.sealer().keep([b"%PDF-1.7"])
    made = documents.receive(("relation", dossier.relation_id), "paspoort.pdf", kept, assistant)
    check(made)
    records.commit()
    assert "/requests/for/" not in as_assistant.get(f"/documents/{made.id}").text
    assert as_assistant.get(f"/requests/for/{made.id}").status_code == 404


# --- What follows --------------------------------------------------------------------------------------------


def test_given_for_one_stuk_it_is_not_new_at_another(given, ask, assistant):
    """The rejected one stays rejected: only the stuk it is given for now has something new."""
    first = given()
    verdicts.reject(first, assistant, "unreadable")
    second = ask("payslip")
    giving.give(second, first.files[0].document, assistant, was_there=True)
    assert (first.status, second.status) == ("rejected", "submitted")


def test_taken_back_it_stays_in_the_dossier(as_assistant, client, ask, document, adviser):
    request, made = ask("payslip"), document()
    as_assistant.post(f"/requests/{request.id}/documents", data={"documents": made.id})
    log_in(client, adviser)
    page = client.get(f"/requests/{request.id}").text
    assert "Het blijft bij Documenten staan." in page
    client.post(f"/requests/files/{given_files()[0].id}/take-back")
    assert given_files() == [] and db.session.get(Document, made.id) is not None
    db.session.refresh(request)
    assert request.status == "open"


def test_a_file_without_content_is_refused(ask, document, assistant):
    refused = document(checked=False)
    documents.refuse(refused.newest, "infected")
    with pytest.raises(Refused, match="is geweigerd"):
        giving.give(ask("payslip"), refused, assistant)


def test_few_statements_for_one_document_and_for_fifty(as_assistant, dossier, ask, document, statements):
    request, made = ask("payslip").id, document().id
    identity = dossier.id

    def counts():
        found = {}
        listed = f"/dossiers/{identity}?tab=documents"
        for address in (f"/requests/{request}/documents", f"/requests/for/{made}", f"/documents/{made}", listed):
            as_assistant.get(address)
            db.session.expunge_all()
            statements.clear()
            assert as_assistant.get(address).status_code == 200
            found[address] = len(statements)
        return found

    first = counts()
    for number in range(50):
        kept = storage.sealer().keep([b"%PDF-1.7"])
        check(documents.receive(("dossier", identity), f"{number}.pdf", kept, None))
    records.commit()
    assert db.session.get(Dossier, identity) is not None
    assert counts() == first and max(first.values()) <= MOST

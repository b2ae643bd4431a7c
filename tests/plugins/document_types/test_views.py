"""Soort documenten beheer: the list, a type, reasons; the beheerder changes, others read."""

import pytest
from sqlalchemy import select

from crm import records
from crm.access import allowed
from crm.audit.models import AuditEntry
from crm.db import db
from plugins.document_types import queries, terms
from plugins.document_types.models import DocumentType
from plugins.document_types.requests.queries import documents_of
from tests.conftest import NO_RECORD, log_in

LIST = "/document-types"


def sent(one, **more):
    """What the form of a type sends."""
    plain = ("name", "explanation", "group", "delivered_by", "scope", "item_name", "item_count", "validity",
             "validity_count", "condition", "retention_years", "version")  # fmt: skip
    values = {name: getattr(one, name) for name in plain} | {"hdn_codes": ", ".join(one.hdn_codes)}
    values |= {"formats": one.formats, "reason_ids": one.reason_ids}
    values |= {name: "y" for name in ("is_active", "is_invoice", "signable") if getattr(one, name)}
    return {name: value for name, value in {**values, **more}.items() if value is not None}


def names(page):
    """The types on a page, in their order."""
    every = db.session.scalars(select(DocumentType).order_by(DocumentType.weight))
    return [one.key for one in every if f'href="/document-types/{one.id}"' in page]


def test_one_finds_types_by_words_codes_group_and_who_delivers(as_assistant):
    assert names(as_assistant.get(f"{LIST}?q=werkgever").text) == ["employer_statement"]
    assert names(as_assistant.get(f"{LIST}?q=009").text) == ["employer_statement"]
    assert names(as_assistant.get(f"{LIST}?q=KOOP overeen").text) == ["purchase_agreement", "construction_agreement"]
    found = names(as_assistant.get(f"{LIST}?group=employment&delivered_by=employer").text)
    assert "employer_statement" in found and "payslip" not in found
    assert "Geen soorten documenten gevonden" in as_assistant.get(f"{LIST}?q=100%25_").text


def test_a_word_longer_than_a_query_may_have_finds_nothing(types):
    assert queries.page_of(queries.Filters("x" * 60_000)) == []
    assert documents_of(NO_RECORD, "x" * 60_000) == []


def test_what_is_not_in_use_is_shown_on_request(as_assistant, types, admin):
    types["payslip"].is_active = False
    records.save(types["payslip"], admin)
    records.commit()
    assert names(as_assistant.get(f"{LIST}?q=loonstrook").text) == []
    page = as_assistant.get(f"{LIST}?q=loonstrook&inactive=y").text
    assert names(page) == ["payslip"] and "niet in gebruik" in page


def test_two_types_of_one_name_are_not_both_taken_in_use_in_the_list(boss, types, admin):
    other = types["energy_label"]
    other.is_active, other.name = False, types["payslip"].name
    records.save(other, admin)
    records.commit()
    data = {"row": f"{other.id}:{other.version}", "do_switch_on": "y", "delivered_by": "client"}
    page = boss.post("/lists/document_types/change", data=data, follow_redirects=True).text
    assert "Er is al een soort document Loonstrook." in page
    db.session.expire_all()
    assert not other.is_active
    types["payslip"].is_active = False
    records.save(types["payslip"], admin)
    records.commit()
    data["row"] = [f"{one.id}:{one.version}" for one in (types["payslip"], other)]
    assert (
        "Er is al een soort document Loonstrook."
        in boss.post("/lists/document_types/change", data=data, follow_redirects=True).text
    )
    db.session.expire_all()
    assert [types["payslip"].is_active, other.is_active].count(True) == 1


def test_the_list_goes_on_the_next_page(as_assistant, types):
    page = as_assistant.get(LIST).text
    first = names(page)
    assert len(first) == queries.PAGE and 'rel="next"' in page
    last = types[first[-1]]
    rest = names(as_assistant.get(f"{LIST}?after={last.weight}:{last.id}").text)
    assert [*first, *rest] == list(types)
    assert names(as_assistant.get(f"{LIST}?after=nonsense").text) == first


def test_the_list_takes_as_many_statements_for_one_as_for_fifty(as_assistant, statements):
    counts = []
    for address in (f"{LIST}?q=werkgeversverklaring", LIST):
        statements.clear()
        as_assistant.get(address)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8


@pytest.mark.parametrize("page", ["types", "reasons", "checklists", "checklist", "preview"])
def test_no_page_takes_more_than_eight_statements(boss, types, templates, statements, page):
    address = {
        "types": f"{LIST}/{types['employer_statement'].id}",
        "reasons": f"{LIST}/reasons",
        "checklists": f"{LIST}/checklists",
        "checklist": f"{LIST}/checklists/{templates['purchase_application'].id}",
        "preview": f"{LIST}/checklists/preview?situations=new_build",
    }[page]
    db.session.expunge_all()
    statements.clear()
    assert boss.get(address).status_code == 200
    assert len(statements) <= 8


@pytest.mark.requirement("U-036", side="crm")
def test_only_the_beheerder_says_who_delivers(boss, types, assistant, adviser, client):
    one = types["early_repayment_penalty"]
    for person in (assistant, adviser):
        page = log_in(client, person).get(f"{LIST}/{one.id}").text
        assert "Aan te leveren door" in page and "Klant" in page and 'name="delivered_by"' not in page
        assert "Alleen een beheerder kan dit wijzigen" in page
        assert client.post(f"{LIST}/{one.id}", data=sent(one, delivered_by="lender")).status_code == 403
        assert not allowed(person, "document_types.manage")
    assert one.delivered_by == "client" and one.is_shown_to_client
    assert boss.post(f"{LIST}/{one.id}", data=sent(one, delivered_by="lender")).status_code == 302
    assert one.delivered_by == terms.LENDER and not one.is_shown_to_client


def test_who_delivers_is_changed_in_the_list_too(boss, as_assistant, types):
    one = types["payslip"]
    cell = f"/lists/document_types/rows/{one.id}/delivered_by"
    assert boss.post(cell, data={"delivered_by": "employer", "version": one.version}).status_code == 302
    assert one.delivered_by == "employer"
    assert as_assistant.post(cell, data={"delivered_by": "client", "version": one.version}).status_code == 403


def test_the_history_of_a_type_tells_it_in_words(boss, types):
    one = types["payslip"]
    boss.post(f"{LIST}/{one.id}", data=sent(one, delivered_by="employer", formats=["pdf"], reason_ids=[]))
    page = boss.get(f"/history/document_type/{one.id}").text
    assert "Aan te leveren door" in page and "Werkgever" in page and "Klant" in page
    assert "PDF, JPEG" in page and "Eigen redenen van afkeuring" in page and "Foto van een scherm" in page
    assert "match_name" not in page and "content_digest" not in page
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.record_kind == "document_type")).first()


def test_a_type_of_the_offices_own_comes_behind_its_group(boss, types):
    model = types["energy_label"]
    form = {**sent(model), "name": "Dronefoto", "hdn_codes": "901 902", "version": None, "once": "a"}
    form = {name: value for name, value in form.items() if value is not None}
    for _twice in range(2):
        assert boss.post(f"{LIST}/new", data=form).status_code == 302
    made = db.session.scalars(select(DocumentType).where(DocumentType.name == "Dronefoto")).one()
    assert made.hdn_codes == ["901", "902"] and made.key.startswith("office_")
    order = [one.name for one in queries.types_by_key().values()]
    assert order.index("Dronefoto") == order.index("Bankgarantie (aanvraag/offerte)") + 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name": " "}, "Schrijf hoe het heet."),
        ({"name": "Loonstrook"}, "Er is al een soort document Loonstrook. Kies een andere naam."),
        ({"hdn_codes": "9"}, "9 is geen code van HDN: schrijf drie cijfers, zoals 009."),
        ({"scope": "item", "item_name": ""}, "Schrijf per wat het wordt gevraagd"),
        ({"validity": "months", "validity_count": ""}, "Schrijf ernaast hoeveel."),
        ({"formats": []}, "Kies ten minste één soort bestand."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(boss, types, more, said):
    one = types["energy_label"]
    answer = boss.post(f"{LIST}/{one.id}", data=sent(one, **more))
    assert answer.status_code == 422 and said in answer.text
    assert one.name == "Energielabel"


def test_two_beheerders_at_once_see_both(boss, types):
    one = types["energy_label"]
    old = sent(one, name="Label A")
    assert boss.post(f"{LIST}/{one.id}", data=sent(one, name="Label B")).status_code == 302
    answer = boss.post(f"{LIST}/{one.id}", data=old)
    assert answer.status_code == 409 and "Label A" in answer.text and "Label B" in answer.text


def test_an_age_without_a_count_is_kept_without_one(boss, types):
    one = types["payslip"]
    boss.post(f"{LIST}/{one.id}", data=sent(one, validity="transfer_date", validity_count="3"))
    assert one.validity == "transfer_date" and one.validity_count is None


def test_the_page_shows_what_the_client_reads(as_assistant, types):
    page = as_assistant.get(f"{LIST}/{types['payslip'].id}").text
    assert "Het mag niet ouder zijn dan 3 maanden." in page
    page = as_assistant.get(f"{LIST}/{types['id_document'].id}").text
    assert "Een rijbewijs is niet genoeg" in page and "Het mag niet ouder zijn" not in page


def test_reasons_are_the_beheerders_to_write(boss, as_assistant, types):
    reason = queries.reasons_by_key()["unreadable"]
    assert "Niet te lezen" in as_assistant.get(f"{LIST}/reasons").text
    address = f"{LIST}/reasons/{reason.id}"
    form = {"name": reason.name, "text": "Te vaag. Maak een nieuwe foto.", "is_general": "y", "weight": "10"}
    assert as_assistant.post(address, data=form).status_code == 403
    assert boss.post(address, data={**form, "version": reason.version}).status_code == 302
    assert "Te vaag." in as_assistant.get(f"{LIST}/reasons").text  # and it is out of use, without its tick
    assert reason not in queries.reasons_for(types["payslip"])


def test_a_reason_has_only_words_that_somebody_fills_in(boss):
    form = {"name": "Nieuw", "text": "Geldig tot {{datum}}", "weight": "5", "is_active": "y"}
    answer = boss.post(f"{LIST}/reasons/new", data=form)
    assert (
        answer.status_code == 422
        and "{{datum}} bestaat niet. Gebruik {{geldigheid}} of {{toelichting}}." in answer.text
    )
    assert boss.post(f"{LIST}/reasons/new", data={**form, "text": "Zie {{toelichting}}"}).status_code == 302


def test_assistants_find_the_types_behind_their_picture_and_beheerders_in_beheer(boss, as_assistant):
    assert 'href="/document-types"' in as_assistant.get("/").text
    assert "Stukkenlijst-sjablonen" in boss.get("/admin").text

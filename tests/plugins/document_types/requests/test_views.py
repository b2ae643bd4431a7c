"""The pages of stukken: the tab, making a list, files, reviewing."""

import io
import re

import pytest
from sqlalchemy import select

from crm import records
from crm.access import Permission
from crm.db import db
from crm.documents import operations as documents
from crm.documents import storage
from crm.documents.models import Document
from crm.dossiers import operations as dossiers
from crm.dossiers.models import Dossier
from crm.formats import today
from plugins.document_types import queries as catalogue
from plugins.document_types.requests import giving, operations, queries, verdicts
from plugins.document_types.requests.models import DocumentRequest
from tests.conftest import log_in
from tests.plugins.document_types.requests.conftest import check, everything

MOST = 8


def stukken():
    return db.session.scalars(select(DocumentRequest).order_by(DocumentRequest.id)).all()


def wanted(page):
    """The titles that are ticked on the page of a list."""
    rows = re.findall(r'<input[^>]*name="wanted"([^>]*)><span class="form-check-label">([^<]*)', page)
    return [title for attributes, title in rows if "checked" in attributes and "disabled" not in attributes]


def codes(page):
    return re.findall(r'name="wanted" value="([^"]*)" checked', page)


def hidden(page):
    form = page[page.index('id="asked"') :]
    return re.findall(r'<input type="hidden" name="(templates|situations)" value="([^"]*)"', form)


# --- Making a list -------------------------------------------------------------------------------------------


def test_a_list_in_one_click(as_assistant, dossier, service):
    address = f"/requests/list/service/{service.id}"
    assert address in as_assistant.get(f"/dossiers/{dossier.id}?tab=holdings").text
    page = as_assistant.get(address).text
    titles = wanted(page)
    assert "Loonstrook – Sanne de Vries" in titles and "Loonstrook – Tim Jansen" in titles
    assert "Werkgeversverklaring – Tim Jansen" in titles
    assert not any(title.startswith("UWV") for title in titles), "the second option of a choice is not ticked"
    assert f"<span data-count>{len(titles)}</span> stukken om te vragen" in page
    data = {"chosen": "1", "wanted": codes(page)}
    for name, value in hidden(page):
        data.setdefault(name, []).append(value)
    answer = as_assistant.post(address, data=data, follow_redirects=True)
    assert f"{len(titles)} stukken gevraagd" in answer.text and "0 van" in answer.text
    assert sorted(one.title for one in stukken()) == sorted(titles)
    assert {one.phase for one in stukken()} == {"orientation"} and {one.service_id for one in stukken()} == {service.id}
    again = as_assistant.get(address).text
    assert wanted(again) == [] and "Staat al op de lijst: Aan te leveren" in again
    refused = as_assistant.post(address, data=data)
    assert refused.status_code == 422 and "Vink aan wat u wilt vragen" in refused.text
    assert wanted(refused.text) == [] and len(stukken()) == len(titles)


def test_what_was_unticked_is_not_asked_and_the_rest_later(as_assistant, dossier, service):
    address = f"/requests/list/service/{service.id}"
    page = as_assistant.get(address).text
    first, *others = codes(page)
    refused = as_assistant.post(address, data={"chosen": "1"})
    assert refused.status_code == 422 and codes(refused.text) == []
    data = {"chosen": "1", "templates": [value for name, value in hidden(page) if name == "templates"]}
    as_assistant.post(address, data={**data, "wanted": first})
    assert len(stukken()) == 1
    as_assistant.post(address, data={**data, "wanted": [first, *others]})
    assert len(stukken()) == 1 + len(others)


def test_situations_add_what_belongs_to_them(as_assistant, service):
    address = f"/requests/list/service/{service.id}"
    page = as_assistant.get(address).text
    templates = [value for name, value in hidden(page) if name == "templates"]
    found = as_assistant.get(
        address, query_string={"chosen": 1, "templates": templates, "situations": "student_debt"}
    ).text
    assert len(wanted(found)) > len(wanted(page))
    nothing = as_assistant.get(address, query_string={"chosen": 1, "templates": "nonsense", "situations": "x"})
    assert nothing.status_code == 200 and "Vink links een sjabloon aan." in nothing.text


def named(page):
    """The names of the templates that are ticked."""
    rows = re.findall(r'<input([^>]*)name="templates"([^>]*)><span class="form-check-label">([^<]*)', page)
    return [name for before, after, name in rows if "checked" in before + after]


def test_a_situation_brings_its_template_along_and_takes_it_away(as_assistant, service):
    """Who ticks what is true of the client sees what that asks."""
    address = f"/requests/list/service/{service.id}"
    first = as_assistant.get(address).text
    ids = [value for name, value in hidden(first) if name == "templates"]
    assert "Ondernemer of zzp" not in named(first) and not any("Uittreksel KvK" in title for title in wanted(first))
    query = {"chosen": 1, "templates": ids, "situations": "self_employed"}
    page = as_assistant.get(address, query_string=query).text
    assert named(page) == [*named(first), "Ondernemer of zzp"]
    assert any("Uittreksel KvK" in title for title in wanted(page))
    assert '<input type="hidden" name="before" value="self_employed">' in page
    unticked = as_assistant.get(address, query_string={**query, "before": "self_employed"}).text
    assert named(unticked) == named(first), "who unticks the template keeps it so while the situation is true"
    ids = [value for name, value in hidden(page) if name == "templates"]
    over = as_assistant.get(address, query_string={"chosen": 1, "templates": ids, "before": "self_employed"}).text
    assert named(over) == named(first) and wanted(over) == wanted(first)


def test_what_stands_in_the_address_is_not_asked(as_assistant, service):
    """The address is that of before a situation was unticked; the page says where its button goes."""
    address = f"/requests/list/service/{service.id}"
    page = as_assistant.get(address, query_string={"chosen": 1, "templates": [1, 2], "before": "self_employed"}).text
    assert f'<form method="post" action="{address}"' in page


def test_what_was_taken_off_is_offered_but_not_ticked(as_assistant, service, ask, assistant):
    operations.withdraw(ask("payslip"), assistant)
    records.commit()
    page = as_assistant.get(f"/requests/list/service/{service.id}").text
    assert "Eerder van de lijst gehaald" in page and "Loonstrook – Sanne de Vries" not in wanted(page)


def test_of_a_choice_that_was_made_the_other_option_is_not_ticked(as_assistant, service, ask, dossier):
    page = as_assistant.get(f"/requests/list/service/{service.id}").text
    assert "Werkgeversverklaring – Sanne de Vries" in wanted(page)
    ask("uwv_insurance_record")
    found = wanted(as_assistant.get(f"/requests/list/service/{service.id}").text)
    assert "Werkgeversverklaring – Sanne de Vries" not in found and "Werkgeversverklaring – Tim Jansen" in found


def test_a_list_under_a_product_and_under_the_dossier(as_assistant, dossier, product):
    for kind, one in (("product", product), ("dossier", dossier)):
        page = as_assistant.get(f"/requests/list/{kind}/{one.id}").text
        assert wanted(page)
    assert as_assistant.get(f"/requests/list/relation/{dossier.relation_id}").status_code == 404


# --- By hand -------------------------------------------------------------------------------------------------


def typed(types, key="lease_contract", **more):
    return {"type": f"document_type:{types[key].id}", "phase": "advice", **more}


def test_one_by_hand_that_was_taken_off_before_is_as_it_was_typed(
    as_assistant, dossier, service, product, types, ask, assistant
):
    request = ask("lease_contract", "Auto")
    operations.withdraw(request, assistant)
    records.commit()
    data = typed(types, person=dossier.relation_id, item="auto", title="Contract van de auto", due_on="2027-01-08")
    data |= {"explanation": "Alle bladzijden.", "phase": "application"}
    answer = as_assistant.post(f"/requests/add/product/{product.id}", data=data, follow_redirects=True)
    assert answer.status_code == 200 and stukken() == [request] and request.status == "open"
    found = (request.title, request.explanation, request.phase, request.due_on.isoformat(), request.product_id)
    assert found == ("Contract van de auto", "Alle bladzijden.", "application", "2027-01-08", product.id)


def test_one_by_hand_with_a_name_made_of_whose_and_which(as_assistant, dossier, service, types):
    address = f"/requests/add/service/{service.id}"
    data = typed(types, person=dossier.partner_id, item="Auto", due_on="2027-01-08")
    answer = as_assistant.post(address, data=data, follow_redirects=True)
    (made,) = stukken()
    assert made.title == f"{types['lease_contract'].name} Auto – Tim Jansen" and made.title in answer.text
    assert (made.origin, made.due_on.isoformat(), made.service_id) == ("manual", "2027-01-08", service.id)


def test_a_double_is_warned_about(as_assistant, dossier, service, types, ask):
    ask("payslip")
    address, data = f"/requests/add/service/{service.id}", typed(types, "payslip", person=dossier.relation_id)
    answer = as_assistant.post(address, data=data)
    assert answer.status_code == 422 and "al gevraagd" in answer.text and "Toch nog een keer vragen" in answer.text
    assert as_assistant.post(address, data={**data, "confirmed": "y"}).status_code == 302
    assert len(stukken()) == 2


def test_without_a_type_nothing_is_made(as_assistant, service):
    answer = as_assistant.post(f"/requests/add/service/{service.id}", data={"type": "", "phase": "advice"})
    assert answer.status_code == 422 and "Kies een soort document." in answer.text
    assert "Toch nog een keer vragen" not in answer.text


def test_taken_off_with_a_way_back(as_assistant, dossier, ask):
    request = ask("payslip")
    answer = as_assistant.post(f"/requests/{request.id}/withdraw", follow_redirects=True)
    assert "Ongedaan maken" in answer.text and "Niet meer op de lijst (1)" in answer.text
    assert f"/requests/{request.id}/restore" in answer.text
    told = as_assistant.get(f"/history/document_request/{request.id}").text
    assert "Status voor het vervallen" in told and "Aan te leveren" in told and ">open<" not in told
    as_assistant.post(f"/requests/{request.id}/restore")
    assert stukken()[0].status == "open"


def test_name_day_and_explanation_can_be_changed(as_assistant, ask):
    request = ask("payslip")
    data = {"title": "Loonstrook mei", "explanation": "Van de bank.", "phase": "orientation", "due_on": "08-01-2027"}
    assert as_assistant.post(f"/requests/{request.id}/edit", data=data).status_code == 302
    assert "Van de bank." in as_assistant.get(f"/requests/{request.id}").text
    empty = as_assistant.post(f"/requests/{request.id}/edit", data={**data, "title": ""})
    assert empty.status_code == 422 and "Geef het stuk een naam." in empty.text


# --- Files ---------------------------------------------------------------------------------------------------


def test_a_file_straight_into_a_stuk(as_assistant, dossier, ask, files, run_jobs):
    from tests.crm.documents.conftest import key_of, pdf, send_bytes, tell

    request = ask("payslip")
    fragment = as_assistant.get(f"/requests/{request.id}/upload", headers={"HX-Request": "true"}).text
    assert f'action="/requests/{request.id}/upload"' in fragment and f'id="files{request.id}"' in fragment
    assert "autofocus" in fragment and "autofocus" not in as_assistant.get(f"/requests/{request.id}").text
    key = key_of(send_bytes(as_assistant, pdf()))
    for _ in range(2):  # told again, it is one
        (said,) = tell(as_assistant, f"/requests/{request.id}/upload", {key: "mei.pdf"}).json["files"]
        assert said["name"] == "mei"
    row = as_assistant.get(f"/requests/{request.id}/row").text
    assert "Wordt gecontroleerd" in row and "every 2s" in row and "0 van 1 binnen" in row
    run_jobs()
    row = as_assistant.get(f"/requests/{request.id}/row").text
    assert "Beoordelen (1)" in row
    assert "Ontvangen" in row and "every 2s" not in row and "1 van 1 binnen" in row and "hx-swap-oob" in row
    (document,) = db.session.scalars(select(Document)).unique().all()
    assert document.document_type == "payslip" and document.subject_ref == ("dossier", dossier.id)
    assert "Loonstrook" in as_assistant.get(f"/dossiers/{dossier.id}?tab=documents").text


def test_a_refused_file_says_why_where_it_was_given(as_assistant, dossier, ask, files, run_jobs):
    request = ask("payslip")
    as_assistant.post(f"/requests/{request.id}/upload", data={"files": [(io.BytesIO(b"MZ a program"), "mei.jpg")]})
    run_jobs()
    for address in (f"/requests/{request.id}/row", f"/requests/{request.id}", f"/dossiers/{dossier.id}?tab=requests"):
        page = as_assistant.get(address).text
        assert "Geweigerd" in page and "Dit soort bestand kan hier niet." in page and "Beoordelen" not in page


def test_a_plain_form_brings_files_too(as_assistant, ask, files, run_jobs):
    from tests.crm.documents.conftest import pdf

    request = ask("payslip")
    data = {"files": [(io.BytesIO(pdf()), "mei.pdf"), (io.BytesIO(pdf("Juni")), "juni.pdf")]}
    assert as_assistant.post(f"/requests/{request.id}/upload", data=data).location == f"/requests/{request.id}"
    run_jobs()
    assert len(stukken()[0].files) == 2 and stukken()[0].status == "submitted"


def test_an_approved_one_refuses_a_file(as_assistant, given, assistant, files):
    from tests.crm.documents.conftest import key_of, pdf, send_bytes, tell

    request = given()
    verdicts.approve(request, assistant)
    records.commit()
    before = len(request.files)
    key, address = key_of(send_bytes(as_assistant, pdf())), f"/requests/{request.id}/upload"
    answer = tell(as_assistant, address, {key: "mei.pdf"})
    assert answer.status_code == 422 and "Vraag het eerst opnieuw" in answer.json["message"]
    answer = as_assistant.post(address, data={"files": [(io.BytesIO(pdf()), "mei.pdf")]})
    assert answer.status_code == 409 and "Vraag het eerst opnieuw" in answer.text
    assert len(stukken()[0].files) == before
    operations.reopen(stukken()[0], assistant, "Nog eens")
    records.commit()
    assert tell(as_assistant, address, {key: "mei.pdf"}).json["files"][0]["name"] == "mei", "nothing was lost"


def test_a_file_is_taken_back(as_assistant, given):
    request = given()
    assert "Terugnemen" in as_assistant.get(f"/requests/{request.id}").text
    as_assistant.post(f"/requests/files/{request.files[0].id}/take-back")
    assert stukken()[0].status == "open"


# --- Reviewing -----------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(given, document, ask, assistant):
    """Two that wait: one whose date is asked, one that needs nothing."""
    first, second = given("employer_statement"), ask("title_deed")
    giving.give(second, document("akte.pdf"), assistant)
    records.commit()
    return first, second


def judge(client, request, what, **data):
    return client.post(f"/requests/review/service/{request.service_id}/{request.id}/{what}", data=data)


def test_from_the_task_through_the_review_to_the_end(as_assistant, client, adviser, waiting, dossier, service):
    first, second = waiting
    log_in(client, adviser)
    address = f"/requests/review/service/{service.id}"
    tasks = client.get("/tasks").text
    assert f'href="{address}">Hypotheekadvies</a>' in tasks
    page = client.get(address).text
    assert first.title in page and "1 van 2" in page and 'data-key="a"' in page and "Datum op het document" in page
    assert f"<title>{first.title} · Stukken beoordelen · Sleutel</title>" in page
    assert f'data-pdf="/documents/{first.files[0].document_id}/file/1"' in page
    wrong = judge(client, first, "approve")
    assert wrong.status_code == 422 and "Vul de datum in" in wrong.text
    assert re.search(r'<input[^>]* data-focus [^>]*name="dated_on"', wrong.text)
    answer = judge(client, first, "approve", dated_on=today().isoformat())
    assert answer.location.endswith(f"{address}?stuk={second.id}")
    wrong = judge(client, second, "reject", **{"reject-reason": "other"})
    assert wrong.status_code == 422 and "de klant leest dit" in wrong.text
    assert judge(client, second, "reject").status_code == 422
    answer = judge(client, second, "reject", **{"reject-reason": "unreadable", "reject-text": "Bladzijde 2."})
    assert answer.location.endswith(f"/dossiers/{dossier.id}?tab=requests")
    assert [one.status for one in stukken()] == ["approved", "rejected"]
    assert "Alles is beoordeeld" in client.get(address).text
    assert address not in client.get("/tasks").text
    tab = client.get(f"/dossiers/{dossier.id}?tab=requests").text
    assert "De klant leest:" in tab and "Bladzijde 2." in tab and "50%" in tab


def begin(client, request, **headers):
    return client.post(f"/requests/review/service/{request.service_id}/{request.id}/begin", headers=headers)


def test_who_opens_a_stuk_begins_its_review(as_assistant, client, adviser, assistant, waiting, service, dossier):
    """Reading alone changes nothing: the page sends it, by script or by its button; a colleague sees who was first."""
    first, second = waiting
    address = f"/requests/review/service/{service.id}?stuk={first.id}"
    page = as_assistant.get(address).text
    assert f'hx-post="/requests/review/service/{service.id}/{first.id}/begin" hx-trigger="load"' in page
    assert "<noscript><button" in page and stukken()[0].status == "submitted"
    assert stukken()[0].client_view.text == "Ontvangen, wordt bekeken"
    answer = begin(as_assistant, first, **{"HX-Request": "true"})
    assert "In beoordeling" in answer.text and "bekijkt dit" not in answer.text
    db.session.expire_all()
    assert (stukken()[0].status, stukken()[0].reviewer_id) == ("in_review", assistant.id)
    assert stukken()[0].client_view.text == "Wordt bekeken"
    assert "/begin" not in as_assistant.get(address).text
    log_in(client, adviser)
    page = client.get(address).text
    assert "1 van 2" in page and "Marieke Bakker bekijkt dit" in page and "/begin" not in page
    assert "Marieke Bakker bekijkt dit" in client.get(f"/dossiers/{dossier.id}?tab=requests").text
    assert begin(client, first).status_code == 303
    assert (stukken()[0].status, stukken()[0].reviewer_id) == ("in_review", assistant.id)
    assert f"/requests/review/service/{service.id}" in client.get("/tasks").text
    judge(client, first, "approve", dated_on=today().isoformat())
    assert begin(client, first).status_code == 303 and stukken()[0].status == "approved"
    assert begin(client, second).location.endswith(f"?stuk={second.id}") and stukken()[1].status == "in_review"


def test_who_may_not_review_begins_nothing(as_assistant, waiting, app, monkeypatch):
    known = app.extensions["crm.permissions"] | {"requests.review": Permission("requests.review", "", ("adviser",))}
    monkeypatch.setitem(app.extensions, "crm.permissions", known)
    assert as_assistant.get(f"/requests/{waiting[0].id}").status_code == 200
    assert begin(as_assistant, waiting[0]).status_code == 403 and stukken()[0].status == "submitted"


def test_what_comes_in_again_waits_for_a_reviewer_again(as_assistant, waiting, document, assistant):
    _first, second = waiting
    begin(as_assistant, second)
    giving.give(stukken()[1], document("beter.pdf"), assistant)
    assert (stukken()[1].status, stukken()[1].reviewer_id) == ("submitted", None)
    verdicts.approve(stukken()[1], assistant)
    verdicts.hear_lender(stukken()[1], "received", None)
    records.commit()
    begin(as_assistant, stukken()[1])
    assert stukken()[1].status == "submitted", "what only the maatschappij looks at, nobody reviews here"


def test_partly_taken_back_lender_and_other_words(as_assistant, waiting):
    _first, second = waiting
    assert judge(as_assistant, second, "partly").status_code == 422
    judge(as_assistant, second, "partly", **{"partly-missing": "bladzijde 3"})
    assert "bladzijde 3" in stukken()[1].client_text
    judge(as_assistant, second, "again")
    assert stukken()[1].status == "in_review"
    assert judge(as_assistant, second, "lender", **{"lender-said": "rejected"}).status_code == 422
    judge(as_assistant, second, "lender", **{"lender-said": "rejected", "lender-text": "Niet leesbaar"})
    assert (stukken()[1].status, stukken()[1].lender_verdict) == ("rejected", "rejected")
    judge(as_assistant, second, "tell", **{"tell-client_text": "Maak een scherpere foto."})
    assert stukken()[1].client_text == "Maak een scherpere foto."


def test_a_stuk_of_another_list_is_not_judged_here(as_assistant, waiting, dossier, assistant):
    other = dossiers.save_service(dossier, {"service_kind": "aftercare"}, assistant)
    records.commit()
    answer = as_assistant.post(f"/requests/review/service/{other.id}/{waiting[0].id}/approve")
    assert answer.status_code == 404


def test_what_a_colleague_judged_meanwhile_is_said(as_assistant, waiting, adviser):
    verdicts.approve(waiting[1], adviser)
    records.commit()
    answer = judge(as_assistant, waiting[1], "approve")
    assert answer.status_code == 409 and f"intussen veranderd. {waiting[1].title}: goedgekeurd." in answer.text
    assert "niet verstuurd" not in answer.text


def test_the_text_of_a_rejection_that_changed_meanwhile_is_not_overwritten(as_assistant, waiting, adviser):
    one = waiting[1]
    verdicts.reject(one, adviser, "unreadable")
    records.commit()
    page = as_assistant.get(f"/requests/review/service/{one.service_id}?stuk={one.id}").text
    version = re.search(r'name="tell-version"[^>]*value="(\d+)"', page)[1]
    verdicts.tell_client(one, "Van een collega.", adviser)
    records.commit()
    answer = judge(as_assistant, one, "tell", **{"tell-client_text": "Van mij.", "tell-version": version})
    assert answer.status_code == 409 and "Van mij." in answer.text and "Van een collega." in answer.text
    db.session.refresh(one)
    assert one.client_text == "Van een collega."
    again = re.search(r'name="tell-version"[^>]*value="(\d+)"', answer.text)[1]
    assert (
        judge(as_assistant, one, "tell", **{"tell-client_text": "Van mij.", "tell-version": again}).status_code == 303
    )
    verdicts.look_again(one, adviser)
    verdicts.approve(one, adviser)
    records.commit()
    answer = judge(as_assistant, one, "tell", **{"tell-client_text": "Te laat.", "tell-version": again})
    assert answer.status_code == 409 and "<q>Te laat.</q>" in answer.text and one.client_text == ""


def test_what_was_written_too_late_is_not_lost(as_assistant, waiting, adviser):
    verdicts.reject(waiting[1], adviser, "unreadable")
    records.commit()
    for what, typed in (
        ("reject", {"reject-reason": "cut_off", "reject-text": "Te <donker>."}),
        ("partly", {"partly-missing": "Te <donker>."}),
    ):
        answer = judge(as_assistant, waiting[1], what, **typed)
        assert answer.status_code == 409 and "<q>Te &lt;donker&gt;.</q>" in answer.text
    assert waiting[1].office_reason == "unreadable"


# --- How much a page asks ------------------------------------------------------------------------------------


def count(client, address, statements):
    assert client.get(address).status_code == 200
    db.session.expunge_all()
    statements.clear()
    client.get(address)
    return len(statements)


def test_few_statements_for_one_stuk_and_for_sixty(as_assistant, dossier, service, given, statements):
    request = given()
    stuk, part, identity = request.id, service.id, dossier.id
    addresses = [
        *(f"/dossiers/{identity}?tab={tab}" for tab in ("requests", "holdings", "documents", "feed")),
        f"/requests/{stuk}",
        f"/requests/{stuk}/row",
        f"/requests/review/service/{part}",
        f"/requests/list/service/{part}",
        f"/requests/add/service/{part}",
        "/",
        "/tasks",
    ]
    first = {address: count(as_assistant, address, statements) for address in addresses}
    found = db.session.get(Dossier, identity)
    made = operations.ask(found, everything(found, catalogue.types_by_key())[:59], found.services[0], None)
    for number, one in enumerate(made[:20]):
        kept = storage.sealer().keep([b"%PDF-1.7"])
        file = documents.receive(("dossier", identity), f"{number}.pdf", kept, None)
        giving.give(one, file, None)
        check(file)
    records.commit()
    assert len(queries.requests_of(identity)) == 60
    later = {address: count(as_assistant, address, statements) for address in addresses}
    assert later == first
    assert {address: number for address, number in first.items() if number > MOST} == {}


def test_in_english_too(as_assistant, assistant, dossier, given):
    given()
    assistant.language = "en"
    records.save(assistant, assistant)
    records.commit()
    page = as_assistant.get(f"/dossiers/{dossier.id}?tab=requests").text
    assert "Received" in page and "1 of 1 in, 0 approved" in page


def test_a_stuk_with_ten_files_takes_no_more_statements_and_a_short_row(
    as_assistant, dossier, given, document, assistant, statements
):
    one, many, home = given("payslip"), given("title_deed"), f"/dossiers/{dossier.id}?tab=requests"
    for number in range(9):
        giving.give(many, document(f"{number}.pdf"), assistant)
    records.commit()
    few, whole = f"/requests/{one.id}", f"/requests/{many.id}"
    for part in ("", "/row"):
        counts = [count(as_assistant, page + part, statements) for page in (few, whole)]
        assert counts[0] == counts[1] <= 8, counts
    assert as_assistant.get(whole).text.count('href="/documents/') == 10
    listed = as_assistant.get(home).text
    assert ">4</a>" in listed and ">3</a>" not in listed and "Alle 10 bestanden" in listed

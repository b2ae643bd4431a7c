"""What a lender asks and finds comes on the list of the right dossier, once, and wipes nothing."""

import re

import pytest
from sqlalchemy import update

from crm import records
from crm.dossiers import operations as dossiers
from crm.notifications.models import Notification
from crm.plugin import Refused, db
from plugins.document_types import hdn
from plugins.document_types.lender import operations, plan, queries
from plugins.document_types.lender.models import LenderMessage
from plugins.document_types.requests import operations as requests
from plugins.document_types.requests import queries as stukken
from plugins.document_types.requests import states
from plugins.document_types.requests.wanting import Wanted, title_of
from tests.conftest import log_in, make_user
from tests.plugins.document_types.lender.conftest import SANNE, about, row
from tests.plugins.document_types.test_hdn import DATA, HEADER, message, record


def test_a_row_becomes_a_stuk_under_the_product_of_the_right_person(process, stuk, product, dossier):
    assert process(row(1001, more="<UitersteAanleverDt>2026-12-24</UitersteAanleverDt>")) == {"new": 1}
    made = stuk()
    assert (made.type.key, made.person, made.product_id) == ("employer_statement", dossier.relation, product.id)
    assert made.title == f"{made.type.name} – {dossier.relation.name}"
    assert (made.status, made.origin, made.lender_ref, made.hdn_code) == ("open", "hdn", "1001", "009")
    assert f"{made.due_on}" == "2026-12-24"


def test_the_same_message_again_is_the_same_message(assistant, dossier, product):
    first = operations.receive(about(row(1001)), assistant, dossier)
    operations.process(first, {}, assistant)
    again = operations.receive(record(about(row(1001))), assistant, dossier)
    assert again.id == first.id and operations.process(again, {}, assistant) == {"new": 1}
    assert len(stukken.requests_of(dossier.id)) == 1


def test_a_later_message_updates_and_never_doubles(process, stuk):
    process(row(1001))
    assert process(row(1001, status="03", at="2026-06-03")) == {"changed": 1}
    assert (stuk().status, stuk().lender_verdict) == ("submitted", "received")
    assert process(row(1001, status="04", at="2026-06-04"), row(1002, "003 Taxatierapport", person=False)) == {
        "changed": 1,
        "new": 1,
    }


def test_what_is_older_or_no_longer_named_changes_nothing(process, dossier):
    process(row(1001, status="04", at="2026-06-04"), row(1002, "003 Taxatierapport", person=False))
    assert process(row(1001, status="01", at="2026-06-01")) == {"older": 1}
    assert [one.status for one in stukken.requests_of(dossier.id)].count("withdrawn") == 0


def test_a_request_for_what_came_in_already_wipes_no_upload(process, stuk, assistant):
    process(row(1001))
    requests.move(stuk(), "submit", assistant)
    process(row(1001, status="01", at="2026-06-05"))
    assert stuk().status == "submitted"


def test_a_stuk_of_the_checklist_is_taken_over(process, stuk, dossier, types, product, assistant):
    one = types["employer_statement"]
    person = dossier.relation
    requests.ask(dossier, [Wanted(one, person, "", title_of(one, person, ""))], product, assistant)
    assert process(row(1001)) == {"changed": 1}
    assert (stuk().lender_ref, stuk().origin) == ("1001", "checklist")


def test_a_rejection_reaches_the_client_in_the_words_of_the_adviser(process, stuk, dossier, adviser):
    process(row(1001))
    process(row(1001, status="07", text="HT mist cf. 3.2", at="2026-06-03"), texts={0: "De handtekening ontbreekt."})
    made = stuk()
    assert (made.status, made.lender_verdict, made.lender_text) == ("rejected", "rejected", "HT mist cf. 3.2")
    assert made.client_text == "De handtekening ontbreekt."
    assert made.client_view.message == "De handtekening ontbreekt."
    told = db.session.query(Notification).filter_by(user_id=adviser.id).one()
    assert made.title in told.values["titles"]


def test_a_cancelled_row_takes_the_stuk_off_and_makes_none(process, stuk):
    process(row(1001))
    assert process(row(1001, status="08", text="Niet meer nodig", at="2026-06-03")) == {"changed": 1}
    assert stuk().status == states.WITHDRAWN
    assert process(row(1009, "003 Taxatierapport", status="08", text="x", person=False)) == {"skipped": 1}
    assert process(row(1001, status="01", at="2026-06-09")) == {"changed": 1}
    assert stuk().status == states.OPEN


def test_a_cancelled_row_without_a_word_and_of_a_stuk_that_is_off_already_holds_nothing_up(process, stuk, assistant):
    process(row(1001))
    assert process(row(1001, status="08", at="2026-06-03")) == {"changed": 1}
    assert (stuk().status, stuk().lender_text) == ("withdrawn", "08")
    process(row(1001, status="01", at="2026-06-04"))
    requests.withdraw(stuk(), assistant)
    assert process(row(1001, status="08 Vervallen", at="2026-06-05")) == {"skipped": 1}


def test_an_unknown_code_comes_under_the_lenders_own_name_and_is_said(assistant, dossier, product, stuk):
    received = operations.receive(about(row(7, "987 Maanlandingsbewijs", status="99 Vreemd")), assistant, dossier)
    (step,) = operations.planned(received)
    assert step.action == plan.NEW and step.verdict is None and len(step.doubts) == 2
    operations.process(received, {}, assistant)
    assert (stuk().type.key, stuk().title, stuk().status) == ("other_document", "Maanlandingsbewijs", "open")


def test_rows_of_one_kind_are_told_apart_by_their_words(process, dossier):
    years = [row(number, "014 Aanslag IB", said=f"Aanslag IB {2020 + number}") for number in (3, 4, 5)]
    assert process(*years) == {"new": 3}
    assert sorted(one.item for one in stukken.requests_of(dossier.id)) == [
        "Aanslag IB 2023",
        "Aanslag IB 2024",
        "Aanslag IB 2025",
    ]


def test_what_the_lender_gets_itself_is_not_asked_of_the_client(process, stuk):
    process(row(1001, more="<OpgevraagdViaBronJN>J Ja</OpgevraagdViaBronJN>"))
    assert stuk().lender_has_it and not stuk().is_shown_to_client


def test_without_a_dossier_a_message_waits_with_a_proposal(assistant, dossier, product):
    received = operations.receive(about(row(1001)), assistant)
    assert received.is_homeless
    assert [one.id for one in queries.proposed(operations.hdn.read(received.xml), assistant)] == [dossier.id]
    with pytest.raises(Refused, match="Kies eerst bij welk dossier"):
        operations.process(received, {}, assistant)
    operations.link(received, dossier, product, assistant)
    operations.process(received, {}, assistant)
    later = operations.receive(about(row(1001, status="03", at="2026-06-03")), assistant)
    assert (later.can_process, later.dossier_id, later.product_id) == (True, dossier.id, product.id)


def test_another_vestiging_sees_neither_message_nor_proposal(assistant, stranger, dossier, product):
    received = operations.receive(about(row(1001)), assistant, dossier)
    assert records.find(("lender_message", received.id), stranger) is None
    assert queries.proposed(operations.hdn.read(received.xml), stranger) == []
    assert queries.linked_before(operations.hdn.read(received.xml), stranger) is None


def test_the_product_is_that_of_the_lender(assistant, dossier, product):
    other = {"product_kind": "mortgage", "provider": "Testbank", "policy_number": "TB-998877"}
    mine = dossiers.save_product(dossier, other, assistant)
    db.session.expire(dossier, ["products"])
    assert operations.receive(about(row(1001)), assistant, dossier).product_id == mine.id


def test_a_closed_dossier_takes_nothing(assistant, dossier, product):
    received = operations.receive(about(row(1001)), assistant, dossier)
    dossier.status = "cancelled"
    records.save(dossier, assistant)
    with pytest.raises(Refused, match="afgesloten"):
        operations.process(received, {}, assistant)


def upload(client, data, query=""):
    import io

    return client.post(f"/hdn{query}", data={"file": (io.BytesIO(data), "da.xml")})


def test_the_pages_lead_from_the_file_to_the_list(as_assistant, dossier, product, stuk):
    answer = upload(as_assistant, about(row(1001, status="07", text="Te oud")))
    page = answer.headers["Location"]
    assert dossier.number in as_assistant.get(page).text
    assert as_assistant.post(f"{page}/link", data={"dossier": f"dossier:{dossier.id}"}).status_code == 303
    shown = as_assistant.get(page).text
    assert "Werkgeversverklaring" in shown and "Te oud" in shown
    empty = as_assistant.post(f"{page}/process", data={"text_0": ""})
    assert empty.status_code == 422 and "Schrijf wat de klant moet doen." in empty.text
    assert as_assistant.post(f"{page}/process", data={"text_0": "Stuur een nieuwe."}).status_code == 303
    assert stuk().client_text == "Stuur een nieuwe."
    done = as_assistant.get(page).text
    assert "Verwerkt" in done and "Nieuw" in done and f'href="/dossiers/{dossier.id}?tab=requests"' in done
    assert "Er wacht geen documentaanvraag." in as_assistant.get("/hdn").text
    assert "Testbank" in as_assistant.get("/hdn?all=1").text


@pytest.mark.parametrize("how", ["aside", "done", "product"])
def test_words_for_the_client_of_a_message_that_changed_meanwhile_are_not_lost(
    as_assistant, assistant, dossier, product, how
):
    """And nothing goes to the client that nobody saw."""
    page = upload(as_assistant, about(row(1001, status="07", text="HT mist")), f"?dossier={dossier.id}").location
    seen = re.search(r'name="seen" value="([^"]*)"', as_assistant.get(page).text)[1]
    kept = db.session.query(LenderMessage).one()
    if how == "aside":
        operations.set_aside(kept, True, assistant)
    elif how == "product":
        as_assistant.post(f"{page}/product", data={"product_id": ""})
    else:
        operations.process(kept, {0: "Van een collega."}, assistant)
    records.commit()
    answer = as_assistant.post(f"{page}/process", data={"text_0": "Stuur een nieuwe.", "seen": seen})
    assert answer.status_code == 409 and "<q>Stuur een nieuwe.</q>" in answer.text
    texts = [one.client_text for one in stukken.requests_of(dossier.id)]
    assert texts == (["Van een collega."] if how == "done" else [])


def test_a_message_that_was_set_aside_is_not_processed(assistant, dossier, product):
    received = operations.receive(about(row(1001)), assistant, dossier)
    operations.set_aside(received, True, assistant)
    with pytest.raises(Refused, match="intussen iets anders"):
        operations.process(received, {}, assistant)
    assert stukken.requests_of(dossier.id) == []


def test_without_a_header_the_lender_and_its_kenmerk_are_known_from_the_envelope(assistant, dossier, product):
    other = {"product_kind": "mortgage", "provider": "Testbank"}
    mine = dossiers.save_product(dossier, other, assistant)
    db.session.expire(dossier, ["products"])
    xml = message("", row(1001), SANNE, DATA)
    first = operations.receive(record(xml), assistant)
    assert first.is_homeless and first.sender_name == "Testbank" and first.reference == "TB-998877"
    assert operations.product_of(hdn.read(first.xml), dossier, first.sender_name) == mine
    operations.link(first, dossier, mine, assistant)
    again = operations.receive(record(message("", row(1001, at="2026-06-09"), SANNE, DATA)), assistant)
    assert (again.dossier_id, again.product_id) == (dossier.id, mine.id)


def test_a_file_that_is_none_is_said_at_the_field(as_assistant):
    answer = upload(as_assistant, b"geen xml")
    assert answer.status_code == 422 and "Dit is geen bericht van HDN." in answer.text
    assert "kies het bestand opnieuw" in answer.text and "Nog niet opgeslagen" not in answer.text


def test_another_dossier_another_product_and_aside(as_assistant, dossier, product):
    page = upload(as_assistant, about(row(1001)), f"?dossier={dossier.id}").headers["Location"]
    as_assistant.post(f"{page}/product", data={"product_id": ""})
    message = db.session.query(LenderMessage).one()
    assert message.product_id is None
    as_assistant.post(f"{page}/unlink")
    assert message.is_homeless
    for _ in range(2):
        as_assistant.post(f"{page}/aside", data={"aside": "1"})
        assert message.state == "set_aside"
    told = as_assistant.get("/hdn").text
    assert "Het bericht is terzijde gelegd." in told and f'action="{page}/aside"' in told
    as_assistant.post(f"{page}/aside")  # Ongedaan maken
    assert message.is_homeless and "1 document<" in as_assistant.get("/hdn").text


def test_a_page_takes_the_same_statements_for_one_row_and_for_fifty(as_assistant, dossier, product, statements):
    counts = []
    for many, application in ((1, "A-1"), (50, "A-50")):
        header = HEADER.replace("TEST-000123", application)
        rows = [row(number, "014 Aanslag IB", said=f"Aanslag {number}") for number in range(many)]
        page = upload(as_assistant, about(*rows, header=header), f"?dossier={dossier.id}").headers["Location"]
        as_assistant.get(page)
        statements.clear()
        assert as_assistant.get(page).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8, "\n".join(one[:120] for one in statements)


def test_processing_takes_statements_for_each_row_and_not_for_each_two(assistant, dossier, product, statements):
    counts = []
    for many, application in ((5, "A-5"), (25, "A-25")):
        header = HEADER.replace("TEST-000123", application)
        rows = [row(f"{application}-{number}", "014 Aanslag IB", said=f"{many} {number}") for number in range(many)]
        message = operations.receive(about(*rows, header=header), assistant, dossier)
        statements.clear()
        operations.process(message, {}, assistant)
        counts.append(len(statements))
    assert (counts[1] - counts[0]) / 20 <= 12, counts


def many(count, status="01", at="2026-06-02"):
    return [row(number, "014 Aanslag IB", status, "Te oud", at, said=f"Aanslag {number}") for number in range(count)]


def test_a_long_message_is_processed_some_rows_at_a_time(as_assistant, assistant, dossier, product, run_jobs):
    page = upload(as_assistant, about(*many(95)), f"?dossier={dossier.id}").headers["Location"]
    assert as_assistant.post(f"{page}/process").status_code == 303
    message = db.session.query(LenderMessage).one()
    assert (message.state, message.done, len(stukken.requests_of(dossier.id))) == ("processing", 40, 40)
    shown = as_assistant.get(page).text
    assert "40 van 95" in shown and "Terzijde leggen" not in shown and "Wordt verwerkt" in as_assistant.get("/hdn").text
    with pytest.raises(Refused, match="al verwerkt"):
        operations.unlink(message, assistant)
    assert operations.process(message, {}, assistant) == {"new": 95}
    run_jobs()
    assert (message.state, message.done, len(stukken.requests_of(dossier.id))) == ("processed", 95, 95)
    assert message.outcome == {"new": 95}
    (told,) = db.session.query(Notification).all()
    assert told.user_id == assistant.id and told.url == page
    operations.go_on(message.id, assistant.id)  # a job that a dead worker did not check off
    assert len(stukken.requests_of(dossier.id)) == 95


def test_words_for_the_client_reach_the_rows_of_a_job(assistant, dossier, product, run_jobs):
    message = operations.receive(about(*many(45, status="07")), assistant, dossier)
    operations.process(message, {44: "Stuur de aanslag van dit jaar."}, assistant)
    run_jobs()
    by_item = {one.item: one.client_text for one in stukken.requests_of(dossier.id)}
    assert (by_item["Aanslag 44"], by_item["Aanslag 43"]) == ("Stuur de aanslag van dit jaar.", "Te oud")


@pytest.mark.parametrize("how", ["closed", "deleted"])
def test_a_long_message_whose_dossier_goes_waits_for_somebody(assistant, dossier, product, run_jobs, how):
    message = operations.receive(about(*many(45)), assistant, dossier)
    operations.process(message, {}, assistant)
    if how == "closed":
        dossier.status = "cancelled"
        records.save(dossier, assistant)
    else:
        db.session.execute(update(LenderMessage).values(dossier_id=None))
        db.session.expire_all()
    run_jobs()
    assert (message.state, message.is_homeless) == ("open", how == "deleted")
    assert len(stukken.requests_of(dossier.id)) == 40


def test_a_long_message_that_cannot_go_on_is_told_and_processed_once_more(assistant, dossier, product, run_jobs):
    message = operations.receive(about(*many(45)), assistant, dossier)
    operations.process(message, {}, assistant)
    operations.give_up(message.id, assistant.id)
    assert (message.state, message.done) == ("open", 40)
    (told,) = db.session.query(Notification).all()
    assert "niet helemaal verwerkt" in told.text and (told.values["done"], told.values["rows"]) == (40, 45)
    assert (told.user_id, told.url) == (assistant.id, f"/hdn/{message.id}")
    operations.process(message, {}, assistant)
    run_jobs()
    assert (message.state, message.outcome) == ("processed", {"same": 40, "new": 5})
    assert len(stukken.requests_of(dossier.id)) == 45


def test_the_same_message_at_another_vestiging_is_its_own(assistant, stranger, dossier, product):
    first = operations.receive(about(row(1001)), assistant, dossier)
    other = operations.receive(about(row(1001)), stranger)
    assert other.id != first.id and other.is_homeless
    assert operations.receive(about(row(1001)), stranger).id == other.id


def test_a_message_of_ones_own_vestiging_that_went_elsewhere_is_said(app, stranger, branch, dossier, product):
    both = make_user(app, "Wim Wissel", "assistant", stranger.branches[0], branch)
    first = operations.receive(about(row(1001)), both, dossier)
    first.branch_id = stranger.branches[0].id
    records.save(first, both)
    with pytest.raises(Refused, match="Een collega las dit bericht al in"):
        operations.receive(about(row(1001)), stranger)


def test_what_was_not_understood_is_shown(as_assistant, dossier, product):
    strange = row(1001, more="<Archiefcode>ZX-81</Archiefcode>")
    page = upload(as_assistant, about(strange), f"?dossier={dossier.id}").headers["Location"]
    shown = as_assistant.get(page).text
    assert "Niet begrepen, en bewaard:" in shown and "ZX-81" in shown


def test_the_bar_counts_what_waits(as_assistant, assistant, app, stranger):
    operations.receive(about(row(1001)), assistant)
    records.commit()
    assert 'href="/hdn"' in as_assistant.get("/").text
    assert db.session.scalar(queries.open_count(assistant)) == 1
    assert db.session.scalar(queries.open_count(stranger)) == 0
    assert log_in(app.test_client(), stranger).get("/hdn").status_code == 200

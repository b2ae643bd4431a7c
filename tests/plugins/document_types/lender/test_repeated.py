"""A lender sends all rows again with each message: what it said before is no news, and never costs an upload."""

import datetime as dt

import pytest

from crm import records
from crm.dossiers import operations as dossiers
from crm.plugin import db
from plugins.document_types.lender import operations
from plugins.document_types.requests import giving, verdicts
from plugins.document_types.requests import operations as requests
from plugins.document_types.requests import queries as stukken
from plugins.document_types.requests.wanting import Wanted, title_of
from tests.plugins.document_types.lender.conftest import about, row

REJECTED = {"status": "07 Afgekeurd", "text": "Handtekening ontbreekt", "at": "2026-06-03"}
OTHER = row(9, "003 Taxatierapport", person=False)


@pytest.fixture
def numbered(dossier):
    """The stuk with this number of the lender."""
    return lambda number: next(one for one in stukken.requests_of(dossier.id) if one.lender_ref == number)


def test_a_rejection_that_was_told_before_does_not_undo_a_newer_upload(process, numbered, assistant, document):
    process(row(1001))
    process(row(1001, **REJECTED))
    giving.give(numbered("1001"), document(), assistant)
    assert process(row(1001, **REJECTED), OTHER) == {"same": 1, "new": 1}
    assert (numbered("1001").status, numbered("1001").needs_review) == ("submitted", True)
    assert process(row(1001, **REJECTED | {"at": "2026-06-08"})) == {"changed": 1}
    assert numbered("1001").status == "rejected"


@pytest.mark.parametrize("status", ["07 Afgekeurd", "04 Akkoord"])
def test_another_day_with_a_word_on_an_older_file_changes_the_day_only(process, numbered, assistant, document, status):
    later = "<UitersteAanleverDt>2026-07-01</UitersteAanleverDt>"
    said = {"status": status, "text": "Handtekening", "at": "2026-06-03"}
    process(row(1001), OTHER)
    process(row(1001, **said), OTHER)
    if status[:2] == "04":
        requests.reopen(numbered("1001"), assistant, "Een nieuwe.")
    giving.give(numbered("1001"), document(), assistant)
    assert process(row(1001, **said, more=later), OTHER)["changed"] == 1
    one = numbered("1001")
    assert (one.status, one.needs_review, one.lender_verdict) == ("submitted", True, "none")
    assert one.due_on.isoformat() == "2026-07-01"


def test_what_one_lender_asked_and_was_taken_off_is_no_other_lenders(process, dossier, product, assistant):
    process(row(1, **REJECTED))
    (first,) = stukken.requests_of(dossier.id)
    requests.withdraw(first, assistant)
    other = dossiers.save_product(dossier, {"product_kind": "mortgage", "provider": "Anderbank"}, assistant)
    db.session.expire(dossier, ["products"])
    received = operations.receive(about(row(77)), assistant)
    operations.link(received, dossier, other, assistant)
    assert operations.process(received, {}, assistant) == {"new": 1}
    found = {(one.product_id, one.status, one.client_text) for one in stukken.requests_of(dossier.id)}
    assert found == {(product.id, "withdrawn", first.client_text), (other.id, "open", "")}


def test_a_yes_is_of_the_file_that_was_there(process, stuk, assistant, document):
    process(row(1001))
    giving.give(stuk(), document(), assistant)
    verdicts.approve(stuk(), assistant, dated_on=dt.date.today())
    process(row(1001, status="04 Akkoord", at="2026-06-03"))
    requests.reopen(stuk(), assistant, "Een nieuwe werkgever.")
    giving.give(stuk(), document("nieuw.pdf"), assistant)
    verdicts.approve(stuk(), assistant, dated_on=dt.date.today())
    process(row(1001, status="01 Aan te leveren", at="2026-06-09"))
    assert (stuk().status, stuk().office_verdict) == ("approved", "approved")


@pytest.mark.parametrize("status", ["02 In behandeling", "03 Ontvangen"])
def test_what_the_lender_received_and_asks_again_is_what_the_office_thinks(process, stuk, assistant, document, status):
    process(row(1001))
    giving.give(stuk(), document(), assistant)
    verdicts.approve(stuk(), assistant, dated_on=dt.date.today())
    process(row(1001, status=status, at="2026-06-03"))
    process(row(1001, status="01 Aan te leveren", at="2026-06-09"))
    assert (stuk().status, stuk().lender_verdict) == ("approved", "none")


def test_asked_again_after_it_was_let_go_while_off_the_list(process, stuk, numbered, assistant):
    process(row(1001))
    requests.withdraw(stuk(), assistant)
    assert process(row(1001, status="08 Vervallen", text="Niet nodig", at="2026-06-03")) == {"skipped": 1}
    assert process(row(1001, at="2026-06-02"), OTHER) == {"older": 1, "new": 1}
    assert process(row(1001, at="2026-06-09"), OTHER)["changed"] == 1
    assert numbered("1001").status == "open"


def test_what_the_office_approved_and_the_lender_never_had_is_not_asked_again(
    process, stuk, assistant, document, dossier, types, product
):
    deed = types["title_deed"]
    (asked,) = requests.ask(dossier, [Wanted(deed, None, "", title_of(deed, None, ""))], product, assistant)
    giving.give(asked, document(), assistant)
    verdicts.approve(asked, assistant)
    process(row(7, f"{deed.hdn_codes[0]} {deed.name}", "01 Aan te leveren", person=False))
    assert (stuk().status, stuk().lender_ref) == ("approved", "7")


@pytest.mark.parametrize("status", ["04 Akkoord", "01 Aan te leveren", "07 Afgekeurd", "07"])
def test_the_same_row_without_a_text_is_unchanged(process, status):
    process(row(1001, status=status), texts={0: "Stuur een nieuwe."})
    assert process(row(1001, status=status), OTHER) == {"same": 1, "new": 1}


def test_the_same_said_later_is_remembered_as_later(process, stuk):
    process(row(1001, **REJECTED))
    process(row(1001, **REJECTED | {"at": "2026-06-08"}))
    assert process(row(1001, status="04", at="2026-06-05")) == {"older": 1}
    assert stuk().status == "rejected"


def test_two_lenders_with_the_same_number_do_not_meet(process, dossier, product, assistant):
    process(row(1, **REJECTED))
    other = dossiers.save_product(dossier, {"product_kind": "mortgage", "provider": "Anderbank"}, assistant)
    db.session.expire(dossier, ["products"])
    received = operations.receive(about(row(1, "003 Taxatierapport", person=False)), assistant)
    operations.link(received, dossier, other, assistant)
    assert operations.process(received, {}, assistant) == {"new": 1}
    found = {(one.type.key, one.product_id, one.status) for one in stukken.requests_of(dossier.id)}
    assert found == {("employer_statement", product.id, "rejected"), ("valuation_report", other.id, "open")}


def test_a_stuk_of_the_whole_dossier_comes_under_the_product_that_asks_it(
    process, stuk, dossier, types, product, assistant
):
    deed = types["title_deed"]
    requests.ask(dossier, [Wanted(deed, None, "", deed.name)], None, assistant)
    process(row(7, f"{deed.hdn_codes[0]} {deed.name}", person=False))
    assert stuk().product_id == product.id


def test_a_word_by_hand_does_not_let_an_older_message_in(process, stuk, assistant):
    process(row(1001, **REJECTED))
    verdicts.hear_lender(stuk(), "approved", assistant)
    assert process(row(1001, status="02", at="2026-06-01")) == {"older": 1}


@pytest.mark.parametrize(
    ("said", "status"), [("04", "approved"), ("06", "approved"), ("03", "submitted"), ("02", "in_review")]
)
def test_what_the_lender_said_counts_when_a_stuk_comes_back(process, stuk, assistant, said, status):
    process(row(1001, status=said))
    requests.withdraw(stuk(), assistant)
    assert requests.restore(stuk(), assistant).status == status


def test_what_the_lender_alone_got_is_no_work_until_a_file_comes_in(process, stuk, assistant, document):
    process(row(1001, status="03"))
    assert (stuk().status, stuk().needs_review, tasks()) == ("submitted", False, [])
    giving.give(stuk(), document(), assistant)
    assert (stuk().needs_review, tasks()) == (True, ["open"])
    giving.take_back(stuk().files[0], assistant)
    assert (stuk().status, tasks()) == ("submitted", ["done"])
    process(row(1001, status="01", at="2026-06-09"))
    assert stuk().status == "open"


def tasks():
    from crm.activities.models import Task

    return [task.status for task in db.session.query(Task).filter_by(task_kind="review_requests")]


def test_a_number_beyond_measure_is_kept_short(process, stuk):
    number = "".join(f"{digit:x}" for digit in range(6000))
    assert process(row(number)) == {"new": 1}
    records.commit()
    assert len(stuk().lender_ref) == 100

"""What passes for a burgerservicenummer, in every field that is looked at and by every way in."""

import re
from pathlib import Path

import pytest

from crm.db import db
from crm.relations import operations, person
from crm.relations.bsn import Doubt, doubt, passes
from crm.relations.models import Relation
from crm.service_requests import typed as requests
from crm.service_requests.models import ServiceRequest
from crm.service_requests.operations import Unanswerable, receive
from tests.crm.api.conftest import program  # noqa: F401
from tests.crm.relations.conftest import SANNE, typed
from tests.crm.service_requests.test_public import TYPED, shown  # noqa: F401

ROOT = Path(__file__).parents[3]
MOBILE, BSN, LOAN = "612300006", "111222333", "123456782"  # each passes the 11-test
SURE = [
    BSN, "1112.22.333", f"Jan {BSN}", f"bsn {BSN}", f"BSN: {MOBILE}", f"Mijn burgerservicenummer is {BSN}.",
    f"sofi-nummer {BSN}", f"lening {LOAN} en bsn {BSN}", f"Ik wil een hypotheek. {BSN}", f"bel +31 {MOBILE} ({BSN})",
    f"BSN{BSN}",
]  # fmt: skip
UNSURE = [
    MOBILE, f"{MOBILE} na vijven", f"nummer {LOAN}", f"Nr. {LOAN}", f"+32 475 {LOAN}", f"{LOAN}@voorbeeld.nl",
    f"ZK{LOAN}B",
]  # fmt: skip
NONE = [
    f"+31 {MOBILE}", f"+31{MOBILE}", f"0031 {MOBILE}", f"0{MOBILE}", f"+31 (0){MOBILE}", "06-12 300 006",
    "+31 6 12300006", f"bel mij op {MOBILE}", f"tel: {MOBILE}", f"WhatsApp {MOBILE}", f"lening {LOAN}",
    f"Leningnummer: {LOAN}", f"polis {LOAN}", f"Polisnr. {LOAN}", f"lening bij ING met nummer {LOAN}",
    f"hypotheek {LOAN}", "111222334", "NL91 ABNA 0417 1643 00", f"contract {LOAN}", "klantnummer 123 456 782", "",
]  # fmt: skip
EXPECTED = [(text, Doubt.SURE) for text in SURE] + [(text, Doubt.UNSURE) for text in UNSURE]
EXPECTED += [(text, Doubt.NONE) for text in NONE]


@pytest.mark.parametrize(("text", "expected"), EXPECTED)
def test_how_sure_it_is(text, expected):
    assert doubt(text) is expected


def test_the_examples_pass_the_11_test():
    assert all(passes(number) for number in (MOBILE, BSN, LOAN))


def test_one_rule_wherever_a_bsn_is_looked_for():
    files = {path: path.read_text() for folder in ("crm", "plugins") for path in ROOT.glob(f"{folder}/**/*.py")}
    asking = {path.name for path, text in files.items() if re.search(r"\bdoubt\(", text)}
    assert asking == {"bsn.py", "person.py", "typed.py"}, "a new place belongs in the tests below"
    assert [path.name for path, text in files.items() if "stdnum.nl import bsn" in text] == ["bsn.py"]


@pytest.mark.parametrize("field", person.TEXTS)
def test_every_field_of_a_relation(field):
    for text, expected in EXPECTED:
        _clean, problems = person.tidy({"surname": "Jansen", field: text})
        assert (problems.get(field) == person.NO_BSN) is (expected is Doubt.SURE), text
        found = [warning for warning in person.warnings({field: text}) if person.PERHAPS_BSN in warning]
        assert bool(found) is (expected is Doubt.UNSURE), text


@pytest.mark.parametrize("field", requests.LABELS)
def test_every_answer_of_a_request(field):
    for text, expected in EXPECTED:
        answers = {"surname": "Jansen", "phone": "0612345678", field: text}
        looked_at = field not in ("phone", "birth_date")
        refused = "burgerservicenummer" in requests.problems(answers).get(field, "")
        assert refused is (looked_at and expected is Doubt.SURE), text
        assert (requests.LABELS[field] in requests.perhaps_bsn(answers)) is (looked_at and expected is Doubt.UNSURE)


@pytest.mark.parametrize("text", UNSURE + NONE)
def test_the_client_is_not_turned_away(client, branch, shown, text):  # noqa: F811
    answer = client.post("/aanvraag", data={**TYPED, "message": text, "shown": shown})
    assert answer.status_code == 303
    assert ("Is dat uw burgerservicenummer?" in client.get(answer.location).text) is (text in UNSURE)
    assert db.session.query(ServiceRequest).one().message == text


def test_what_is_sure_is_refused_by_every_way(client, branch, assistant, program, shown):  # noqa: F811
    assert client.post("/aanvraag", data={**TYPED, "message": f"bsn {BSN}", "shown": shown}).status_code == 422
    with pytest.raises(Unanswerable):
        receive({"surname": "Jansen", "phone": "0612345678", "message": f"bsn {BSN}"}, "", branch, assistant, "phone")
    with pytest.raises(operations.Unfit):
        operations.create({**SANNE, "street": BSN}, assistant)
    body = {"surname": "Jansen", "phone": "0612345678", "message": f"bsn {BSN}"}
    assert program.post("/service_requests", body).status_code == 422
    assert db.session.query(ServiceRequest).count() == db.session.query(Relation).count() == 0


def test_the_office_sees_where_to_look(as_assistant, branch, assistant):
    values = {"surname": "Jansen", "phone": "0612345678", "message": f"{MOBILE} na vijven"}
    request = receive(values, "", branch, assistant, "phone")
    page = as_assistant.get(f"/service-requests/{request.id}").text
    assert "mogelijk een BSN" in page
    assert (
        "Bij Opmerking staat een getal dat een BSN kan zijn"
        in as_assistant.get(f"/service-requests/{request.id}?tab=typed").text
    )
    surely_not = receive({**values, "message": f"bel +31 {MOBILE}"}, "", branch, assistant, "phone")
    assert "BSN" not in as_assistant.get(f"/service-requests/{surely_not.id}").text


def test_a_relation_is_saved_with_a_warning_and_shows_it(as_assistant, branch):
    sent = typed({**SANNE, "street": f"Kade nr {LOAN}"}, branch_id=branch.id)
    answer = as_assistant.post("/relations/create", data=sent, follow_redirects=True)
    assert f"Straat: {person.PERHAPS_BSN}" in answer.text
    relation = db.session.query(Relation).one()
    assert person.PERHAPS_BSN in as_assistant.get(f"/relations/{relation.id}?tab=details").text

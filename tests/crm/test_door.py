"""What no database can keep does not come in, and no address or field of any page makes the house fall over."""

import re

import pytest
from werkzeug.exceptions import NotFound

from crm import records
from crm.activities.models import Absence, Task
from crm.db import db
from crm.relations import operations as relations
from crm.relations.queries import partner_of
from tests.conftest import log_in
from tests.crm.activities.conftest import make_dossier
from tests.crm.relations.conftest import make_relation

HUGE = ("2147483648", "9223372036854775808", "99999999999999999999999999", "9" * 5000)


@pytest.mark.parametrize("field", ["email", "password", "once", "next"])
def test_logging_in_with_a_nul_is_a_wrong_password(client, branch, field):
    sent = {"email": "x@kantoor.example", "password": "geheim-genoeg", field: "x\0@kantoor.example"}
    assert client.post("/login", data=sent).status_code in (200, 302, 422)


@pytest.mark.parametrize(
    "address",
    [
        "/relations?name=%00", "/relations?city=a%00b", "/relations?after=5:%00", "/service-requests?topic=%00",
        "/service-requests?status=%00", "/dossiers?name=%00", "/search?q=%00a", "/tasks?kind=%00",
        "/relations?view=%00",
    ],
)  # fmt: skip
def test_a_nul_in_an_address_is_passed_over(as_assistant, address):
    assert as_assistant.get(address).status_code in (200, 302)


def test_a_nul_in_a_path_leads_nowhere(app):
    addresses = app.url_map.bind("localhost")
    assert addresses.match("/history/user/1")[1] == {"kind": "user", "id": 1}
    with pytest.raises(NotFound):
        addresses.match("/history/us\0er/1")


def test_a_task_is_kept_without_the_nul(as_assistant, assistant):
    answer = as_assistant.post("/tasks/new", data={"title": "Bel\0len", "notes": "\0"})
    assert answer.status_code == 302
    assert db.session.query(Task).one().title == "Bellen"


@pytest.mark.parametrize("number", [HUGE[0], HUGE[3]])
def test_every_page_of_a_record_is_not_found_beyond_what_an_id_can_be(app, client, admin, number):
    log_in(client, admin)
    asked = 0
    for rule in app.url_map.iter_rules():
        if "<int:" not in rule.rule or "GET" not in rule.methods or rule.rule.startswith("/guest"):
            continue
        path = re.sub(r"<int:\w+>", number, rule.rule).replace("<kind>", "relation")
        assert client.get(re.sub(r"<[^>]+>", "x", path)).status_code in (401, 404), rule.rule
        asked += 1
    assert asked > 30


@pytest.mark.parametrize(
    "address",
    [
        "/service-requests?after={}", "/service-requests?branch={}", "/dossiers?after={}", "/dossiers?adviser={}",
        "/dossiers?branch={}", "/dossiers/new/{id}?from={}", "/relations?branch={}", "/relations?after={}:a",
        "/agenda?adviser={}", "/tasks?page={}", "/search?q=sanne&page={}", "/feed/relation/{id}?before={}",
        "/history/relation/{id}?before={}", "/mail/compose/relation/{id}?appointment={}",
        "/mail/compose/relation/{id}?template={}", "/mail/templates/new?message={}",
        "/planning/orientation?relation={}", "/planning/orientation?dossier={}", "/planning/orientation?request={}",
        "/agenda/free?assigned_to={}",
        "/agenda/free?assigned_to={user}&day=2027-06-01&starts=10:00&category=orientation&but={}",
        "/tasks/new?kind=relation&id={}", "/relations/doubles?phone=0612345678&but={}", "/notifications/news?last={}",
    ],
)  # fmt: skip
def test_a_number_in_an_address_that_no_id_can_be(as_assistant, assistant, address):
    relation = make_relation(assistant)
    path = address.replace("{id}", str(relation.id)).replace("{user}", str(assistant.id))
    for number in (*HUGE, "-1", "²", "1e3", "0"):
        assert as_assistant.get(path.format(number)).status_code in (200, 204, 302, 400, 404), number


@pytest.mark.parametrize("number", [HUGE[2], "²", "-1"])
def test_a_hidden_number_that_no_id_can_be(as_assistant, assistant, number):
    relation = make_relation(assistant)
    sent = {"appointment": number, "do": "insert", "to": "", "title": "", "body": "", "version": number}
    assert as_assistant.post(f"/mail/compose/relation/{relation.id}", data=sent).status_code in (200, 422)
    sent = {"do": "plan", "relation_id": number, "request_id": number, "choose": number, "use": number}
    assert as_assistant.post("/planning/orientation", data=sent).status_code in (200, 422)


def test_the_log_of_a_user_that_cannot_be(client, admin):
    log_in(client, admin)
    for asked in ("user=²", f"user={HUGE[2]}", f"before={HUGE[1]}", "day=0001-01-01", "day=9999-12-31"):
        assert client.get(f"/admin/log?{asked}").status_code == 200


def test_a_session_of_a_number_that_no_id_can_be(client, branch):
    for number in HUGE:
        with client.session_transaction() as session:
            session["_user_id"] = f"{number}.key"
        assert client.get("/relations").status_code == 302


def test_a_long_name_of_a_sending_has_one_effect(as_assistant):
    answers = [as_assistant.post("/tasks/new", data={"title": "Eén keer", "once": "x" * 100}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert db.session.query(Task).count() == 1


EDGES = ("0001-01-01", "1899-12-31", "2101-01-01", "9999-12-31")


@pytest.mark.parametrize("day", EDGES)
def test_a_day_out_of_reach_is_said_at_its_field(as_assistant, assistant, adviser, branch, day):
    sentence = "Kies een datum van 1900 tot en met 2100."
    dossier = make_dossier(branch, adviser)
    relation = dossier.relation
    event = {
        "assigned_to": adviser.id, "category": "orientation", "day": day, "starts": "10:00", "place": "office",
        "branch": branch.id,
    }  # fmt: skip
    absence = {"user": assistant.id, "from_day": day, "until_day": day}
    for address, sent in (
        (f"/appointments/for/dossier/{dossier.id}", event),
        ("/agenda/absences", absence),
        ("/tasks/new", {"title": "Bellen", "due_on": day}),
        ("/relations/create", {"surname": "Vries", "birth_date": day}),
    ):
        answer = as_assistant.post(address, data=sent)
        assert answer.status_code == 422 and sentence in answer.text and f'value="{day}"' in answer.text, address
    assert db.session.query(Task).count() == 0 and db.session.query(Absence).count() == 0
    partner = make_relation(assistant, first_name="Tim", email="tim@voorbeeld.nl", phone="0612345670")
    relations.link_partner(relation, partner, assistant)
    records.commit()
    ended = as_assistant.post(f"/relations/{relation.id}/household/end", data={"until_on": day, "leaves": partner.id})
    assert ended.status_code == 422 and sentence in ended.text and partner_of(relation) == partner


@pytest.mark.parametrize("day", EDGES)
def test_a_day_out_of_reach_in_an_address_is_passed_over(as_assistant, assistant, adviser, branch, day):
    dossier = make_dossier(branch, adviser)
    start, end = f"{day}T00:00:00%2B12:00", f"{day}T23:59:59-12:00"
    assert as_assistant.get(f"/agenda?day={day}").status_code == 200
    assert as_assistant.get(f"/agenda?adviser={adviser.id}&day={day}").status_code == 200
    assert as_assistant.get(f"/agenda/events?start={start}&end={end}").status_code == 400
    assert as_assistant.get(f"/relations?checked_since={day}").status_code == 200
    assert as_assistant.get(f"/notifications/news?since={start}").status_code in (200, 204)
    assert as_assistant.get(f"/appointments/for/dossier/{dossier.id}?starts_at={start}").status_code == 200
    free = f"/agenda/free?assigned_to={adviser.id}&day={day}&starts=10:00&category=orientation"
    assert as_assistant.get(free).status_code == 200
    sent = {"do": "plan", "slot": f"{day}T00:00:00+12:00", "adviser": adviser.id, "from_day": day, "day": day}
    assert as_assistant.post(f"/planning/orientation?dossier={dossier.id}", data=sent).status_code in (200, 422)


@pytest.mark.parametrize("day", ["1900-01-01", "2100-12-31"])
def test_the_first_and_last_day_in_reach_are_shown(as_assistant, adviser, day):
    assert as_assistant.get(f"/agenda?adviser={adviser.id}&day={day}").status_code == 200
    assert as_assistant.get(f"/relations?checked_since={day}").status_code == 200
    assert as_assistant.post("/tasks/new", data={"title": "Ooit", "due_on": day}).status_code == 302

"""The API acts as the pages do: the same records, refusals and order."""

import datetime as dt

import pytest

from crm import records
from crm.accounts.models import ApiToken
from crm.activities import operations as activities
from crm.api import doorway
from crm.api.queries import encode
from crm.db import db, utcnow
from crm.dossiers import operations as dossiers
from crm.dossiers.queries import lead_sources
from crm.feed.operations import register
from crm.relations import operations as relations
from crm.relations.models import Relation
from crm.relations.queries import partner_of
from crm.search.queries import search
from crm.service_requests import operations as service_requests
from crm.service_requests.models import ServiceRequest
from tests.conftest import NO_RECORD, make_user

SANNE = {
    "title": "ms",
    "first_name": "Sanne",
    "surname": "de Vries",
    "birth_date": "1990-05-04",
    "phone": "06 41576326",
    "email": "Sanne@Voorbeeld.nl",
    "postal_code": "3511 ab",
    "house_number": "12",
    "street": "Oudegracht",
    "city": "Utrecht",
}


@pytest.fixture
def sanne(assistant):
    relation = relations.create({**SANNE, "birth_date": dt.date(1990, 5, 4)}, assistant)
    records.commit()
    return relation


@pytest.fixture
def office(sanne, assistant, adviser, branch):
    """A relation with a dossier, an appointment, a task, a post and a request."""
    values = {"dossier_type": "home_purchase", "profile": "starter", "branch_id": branch.id}
    dossier = dossiers.create(sanne, {**values, "lead_source_id": lead_sources()[0].id}, assistant)
    starts_at = utcnow().replace(microsecond=0) + dt.timedelta(days=30)
    appointment = activities.plan({"starts_at": starts_at, "assigned_to": adviser}, dossier, assistant)
    task = activities.create_task({"title": "Bellen", "assigned_to": adviser}, assistant, dossier)
    register(("dossier", dossier.id), "Klant belde", False, assistant)
    request = service_requests.receive({"surname": "Vries", "phone": "0641576326"}, "", branch)
    records.commit()
    return {"relations": sanne, "dossiers": dossier, "appointments": appointment, "tasks": task,
            "service_requests": request}  # fmt: skip


def problem(answer, status):
    """The body of a refusal, which says what it is."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json" and answer.json["status"] == status
    assert answer.json["title"] and answer.json["instance"].startswith("/api/v1/")
    assert answer.json["type"].startswith("urn:sleutel:") and answer.headers["Content-Language"] == "nl"
    return answer.json


@pytest.mark.parametrize("name", ["relations", "dossiers", "appointments", "tasks", "service_requests"])
def test_records_are_listed_and_read(program, office, name):
    listed = program.get(f"/{name}").json
    assert office[name].id in [item["id"] for item in listed["items"]] and listed["next"] is None
    read = program.get(f"/{name}/{office[name].id}").json
    assert read["id"] == office[name].id and read in listed["items"]


def test_a_relation_in_full(program, sanne, branch):
    read = program.get(f"/relations/{sanne.id}").json
    assert read["name"] == "Sanne de Vries" and read["phone"] == "+31641576326" and read["postal_code"] == "3511AB"
    assert read["birth_date"] == "1990-05-04" and read["branch"] == {"id": branch.id, "name": "Utrecht"}
    assert read["created_at"].endswith("+00:00")


@pytest.mark.parametrize("name", ["relations", "dossiers", "appointments", "tasks", "service_requests"])
def test_records_of_another_branch_do_not_exist(client, office, stranger, name):
    from crm.accounts.models import SCOPES
    from crm.accounts.operations import create_token
    from tests.crm.api.conftest import Program

    elsewhere = Program(client, create_token(stranger, "elders", list(SCOPES)))
    records.commit()
    problem(elsewhere.get(f"/{name}/{office[name].id}"), 404)
    assert elsewhere.get(f"/{name}").json["items"] == []
    problem(elsewhere.get("/feed", subject=f"dossier:{office['dossiers'].id}"), 404)


def test_pages_follow_each_other_without_a_gap(program, assistant):
    made = [relations.create({"surname": f"Nummer{number}"}, assistant).id for number in range(5)]
    records.commit()
    seen, address = [], "/api/v1/relations?limit=2"
    while address:
        answer = program.client.get(address, headers=program.headers)
        seen += [item["id"] for item in answer.json["items"]]
        address = answer.json["next"]
        assert (answer.headers.get("Link") == f'<{address}>; rel="next"') == bool(address)
    assert seen == made


def test_what_changed_since(program, assistant):
    old, new = (relations.create({"surname": name}, assistant) for name in ("Oud", "Nieuw"))
    records.commit()
    since = utcnow()
    relations.update(old, {"city": "Zeist"}, assistant)
    records.commit()
    found = program.get("/relations", updated_since=since.isoformat()).json["items"]
    assert [item["id"] for item in found] == [old.id] and new.id != old.id
    every = program.get("/relations", updated_since="2020-01-01T00:00:00Z", limit=1).json
    following = program.client.get(every["next"], headers=program.headers).json
    assert [every["items"][0]["id"], following["items"][0]["id"]] == [new.id, old.id] and following["next"] is None


def test_feed_of_a_dossier(program, office):
    found = program.get("/feed", subject=f"dossier:{office['dossiers'].id}", limit=1).json
    assert found["items"][0]["text"] == "Klant belde" and found["items"][0]["author"]["name"] == "Marieke Bakker"
    assert found["items"][0]["by"] == "Marieke Bakker"
    following = program.client.get(found["next"], headers=program.headers).json["items"]
    assert following[0]["id"] < found["items"][0]["id"]


def test_search_gives_what_the_search_box_gives(program, office, assistant):
    for text in ("vries", "0641576326", "3511AB 12", "sanne@voor"):
        expected = [(hit.kind, hit.id, hit.title, hit.detail) for hit in search(text, assistant)]
        found = program.get("/search", q=text).json["items"]
        assert [(hit["kind"], hit["id"], hit["title"], hit["detail"]) for hit in found] == expected and expected
    only = program.get("/search", q="vries", kind="dossier").json["items"]
    assert {hit["kind"] for hit in only} == {"dossier"}


def test_a_relation_with_partner_is_made_as_on_the_form(program, branch):
    partner = {"first_name": "Tim", "surname": "JANSEN"}
    answer = program.post("/relations", {**SANNE, "partner": partner})
    assert answer.status_code == 201 and answer.headers["Location"] == f"/api/v1/relations/{answer.json['id']}"
    relation = db.session.get(Relation, answer.json["id"])
    assert (relation.surname_prefix, relation.surname, relation.email) == ("de", "Vries", "sanne@voorbeeld.nl")
    assert partner_of(relation).name == "Tim Jansen" and relation.branch == branch


def test_a_double_is_refused_until_it_was_seen(program, sanne, stranger):
    elsewhere = relations.create({**SANNE, "birth_date": dt.date(1990, 5, 4), "street": "Geheim"}, stranger)
    records.commit()
    body = problem(program.post("/relations", SANNE), 409)
    assert body["type"] == "urn:sleutel:doubles"
    shown = {double["id"]: double for double in body["doubles"]}
    assert shown[sanne.id]["own"] and not shown[elsewhere.id]["own"] and shown[elsewhere.id]["branch"] == "Zwolle"
    assert "Geheim" not in str(body)
    assert program.post("/relations", {**SANNE, "seen_doubles": list(shown)}).status_code == 201


def test_a_service_request_is_for_a_colleague(program, adviser, app, other_branch):
    sent = {"surname": "Vries", "phone": "0641576326", "assigned_to_id": adviser.id}
    made = program.post("/service_requests", sent).json
    assert made["assigned_to"] == {"id": adviser.id, "name": adviser.name}
    assert program.get(f"/service_requests/{made['id']}").json["assigned_to"]["id"] == adviser.id
    stranger = make_user(app, "Eva Bos", "adviser", other_branch)
    refused = program.post("/service_requests", sent | {"assigned_to_id": stranger.id})
    assert problem(refused, 422)["errors"]["assigned_to_id"] == ["Kies een medewerker van uw eigen vestigingen."]


def test_a_service_request_is_kept_as_typed(program, branch):
    sent = {"surname": "VAN DIJK", "phone": "06-41576326", "profile": "starter", "consent_text": "Akkoord."}
    answer = program.post("/service_requests", sent)
    assert answer.status_code == 201 and answer.json["typed"]["surname"] == "VAN DIJK"
    made = db.session.get(ServiceRequest, answer.json["id"])
    assert (made.channel, made.phone, made.branch, made.consent_text) == ("api", "+31641576326", branch, "Akkoord.")


@pytest.mark.parametrize(
    ("address", "sent", "field", "sentence"),
    [
        ("/relations", {}, "surname", "Dit veld is verplicht."),
        ("/relations", {"surname": "X", "bsn": "1"}, "bsn", "Dit veld bestaat niet."),
        ("/relations", {"surname": "X", "birth_date": "4-5-1990"}, "birth_date", "Schrijf de datum als 1985-06-03."),
        ("/relations", {"surname": "X", "title": "dr"}, "title", "Kies uit mr, ms, none."),
        ("/relations", {"surname": "X", "phone": "12"}, "phone", "Dit is geen telefoonnummer"),
        ("/relations", {"surname": "X", "branch_id": NO_RECORD}, "branch_id", "Kies een vestiging waar u bij hoort."),
        ("/relations", {"surname": "X", "birth_date": "0001-01-01"}, "birth_date", "Kies een datum van 1900"),
        ("/relations", {"surname": "X", "partner_id": 2**31}, "partner_id", "Dit nummer bestaat niet."),
        ("/relations", {"surname": "\ud800\u200b"}, "surname", "Vul de achternaam in."),
        ("/relations", {"surname": "X", "partner": {"surname": "\0"}}, "partner.surname", "Vul de achternaam in."),
        ("/service_requests", {"surname": "\u202e", "phone": "0612345678"}, "surname", "Vul uw achternaam in."),
        ("/relations", {"surname": 7}, "surname", "Dit moet tekst zijn."),
        ("/service_requests", {"surname": "X"}, "phone", "Anders kunnen wij u niet bereiken"),
        ("/service_requests", {"surname": "X", "phone": "12"}, "phone", "Dit telefoonnummer klopt niet"),
        (
            "/service_requests",
            {"surname": "X", "phone": "0612345678", "branch_id": NO_RECORD},
            "branch_id",
            "Kies een vestiging",
        ),
    ],
)
def test_bad_input_is_named_per_field_in_dutch(program, branch, address, sent, field, sentence):
    assert sentence in problem(program.post(address, sent), 422)["errors"][field][0]
    assert db.session.query(Relation).count() == 0 and db.session.query(ServiceRequest).count() == 0


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/relations?limit=0", "limit"),
        ("/relations?limit=101", "limit"),
        ("/relations?cursor=onzin", "cursor"),
        (f"/relations?cursor={encode([10**23])}", "cursor"),
        (f"/relations?cursor={encode([2**31])}", "cursor"),
        (f"/relations?cursor={encode([True])}", "cursor"),
        (f"/relations?cursor={encode([-1])}", "cursor"),
        (f"/relations?updated_since=2026-01-01T00:00:00Z&cursor={encode(['0001-01-01T00:00:00+12:00', 1])}", "cursor"),
        ("/relations?updated_since=0001-01-01T00:00:00%2B12:00", "updated_since"),
        ("/relations?updated_since=9999-12-31T23:59:59-12:00", "updated_since"),
        ("/relations?updated_since=gisteren", "updated_since"),
        ("/relations?updated_since=2026-01-01T00:00:00", "updated_since"),
        ("/search", "q"),
        ("/search?q=", "q"),
        ("/feed?subject=user:1", "subject"),
    ],
)
def test_a_wrong_question_is_named(program, branch, address, field):
    answer = program.client.get(f"/api/v1{address}", headers=program.headers)
    assert field in problem(answer, 422)["errors"]


def test_the_same_call_twice_has_one_effect(program, branch):
    first = program.post("/relations", SANNE, **{"Idempotency-Key": "a1"})
    again = program.post("/relations", SANNE, **{"Idempotency-Key": "a1"})
    assert first.status_code == again.status_code == 201 and first.json == again.json
    assert first.headers["Location"] == again.headers["Location"] and db.session.query(Relation).count() == 1
    other = program.post("/relations", {**SANNE, "surname": "Ander"}, **{"Idempotency-Key": "a1"})
    assert "al gebruikt" in problem(other, 422)["errors"]["Idempotency-Key"][0]


def test_a_refused_call_may_be_tried_again_with_the_same_key(program, branch):
    sent = {"surname": "X", "phone": "12"}
    problem(program.post("/relations", sent, **{"Idempotency-Key": "b"}), 422)
    problem(program.post("/relations", sent, **{"Idempotency-Key": "b"}), 422)


def test_without_a_valid_token_nothing_is_told(client, program, assistant, branch):
    for headers in ({}, {"Authorization": "Bearer onzin"}, {"Authorization": "Basic YTpi"}):
        answer = client.get("/api/v1/relations", headers=headers)
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Set-Cookie" not in program.get("/relations").headers
    token = db.session.query(ApiToken).one()
    token.revoked_at = utcnow()
    records.keep(token)
    records.commit()
    problem(program.get("/relations"), 401)


def test_a_session_is_no_token(as_assistant, branch):
    problem(as_assistant.get("/api/v1/relations"), 401)


def test_a_token_does_what_its_scope_says(narrow, branch):
    assert narrow.get("/search", q="jansen").status_code == 200
    assert "relations:read" in problem(narrow.get("/relations"), 403)["detail"]
    problem(narrow.post("/relations", SANNE), 403)


def test_last_use_is_noted_once_an_hour(program, branch):
    program.get("/relations")
    token = db.session.query(ApiToken).one()
    first = token.last_used_at
    assert utcnow() - first < dt.timedelta(minutes=1)
    program.get("/relations")
    db.session.refresh(token)
    assert token.last_used_at == first


def test_too_many_calls_must_wait(program, branch, app, monkeypatch):
    monkeypatch.setitem(app.config, "API_RATE", 2)
    doorway._counts.clear()
    assert [program.get("/relations").status_code for _ in range(3)] == [200, 200, 429]
    answer = program.get("/relations")
    problem(answer, 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/niets", 404),
        ("GET", "/", 404),
        ("DELETE", "/relations", 405),
        ("POST", "/search", 405),
        ("PUT", "/relations/1", 405),
        ("GET", "/relations/x", 404),
    ],
)
def test_unknown_addresses_are_problems_too(program, branch, method, address, status):
    answer = program.client.open(f"/api/v1{address}", method=method, headers=program.headers)
    problem(answer, status)
    assert (status == 405) == ("Allow" in answer.headers)


def test_what_is_no_json_is_said(program, branch):
    answer = program.client.post(
        "/api/v1/relations", data="{", headers=program.headers, content_type="application/json"
    )
    problem(answer, 400)


@pytest.mark.parametrize("count", [1, 50])
@pytest.mark.parametrize("name", ["relations", "service_requests"])
def test_a_page_costs_the_same_for_one_and_fifty(program, assistant, branch, statements, name, count):
    for number in range(count):
        relations.create({"surname": f"Nummer{number}"}, assistant)
        service_requests.receive({"surname": f"Nummer{number}", "phone": "0612345678"}, "", branch)
    records.commit()
    program.get(f"/{name}")
    db.session.expire_all()
    statements.clear()
    assert len(program.get(f"/{name}").json["items"]) == count
    assert len(statements) <= 3, statements


def test_what_is_no_json_at_any_depth_is_refused(program):
    address, headers = "/api/v1/relations", {**program.headers, "Content-Type": "application/json"}
    for body in ("[" * 100_000, '{"surname": ' + "9" * 5000 + "}", "{", b"\xff"):
        assert program.client.post(address, data=body, headers=headers).status_code in (400, 422)


def test_a_number_no_id_can_be_is_not_found(program):
    assert program.get(f"/relations/{2**31}").status_code == program.get(f"/relations/{10**30}").status_code == 404


def test_a_partner_may_be_known_too(program, sanne):
    tim = {"first_name": "Tim", "surname": "Bos", "birth_date": "1988-01-02", "email": "tim@voorbeeld.nl"}
    assert program.post("/relations", {**tim, "phone": "0612345678"}).status_code == 201
    new = {"first_name": "Eva", "surname": "Mol", "phone": "0687654321"}
    body = problem(program.post("/relations", {**new, "partner": tim}), 409)
    [double] = body["doubles"]
    assert (double["name"], double["role"]) == ("Tim Bos", "partner")
    seen = program.post("/relations", {**new, "partner": tim, "seen_doubles": [double["id"]]})
    assert seen.status_code == 201 and db.session.query(Relation).filter_by(surname="Bos").count() == 2


def test_what_is_wrong_with_a_partner_is_said_of_the_partner(program):
    body = problem(program.post("/relations", {"surname": "Mol", "partner": {"surname": "Bos", "email": "x"}}), 422)
    assert list(body["errors"]) == ["partner.email"]

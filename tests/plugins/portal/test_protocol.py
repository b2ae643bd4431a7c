"""The vault protocol as the CRM speaks it."""

import pytest
from sqlalchemy import update

from crm.furniture import db, envelope
from plugins.portal.events import queries as event_queries
from plugins.portal.events.models import Event
from plugins.portal.protocol import schemas
from plugins.portal.vaults import queries as vaults
from plugins.portal.vaults.models import Item
from tests.plugins.portal.conftest import VAULT, Crm


def test_only_who_has_a_key_comes_in(portal, crm):
    assert crm.call("GET", "").get_json()["version"] == "1.0"
    assert Crm(portal, "the-next-key").call("GET", "").status_code == 200
    for key in ("", "another", "a-key-of-the-cr"):
        answer = Crm(portal, key).call("GET", "")
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


@pytest.mark.parametrize("versions", [(1, 2), (2, 1), (2, 2)])
def test_the_highest_version_stays_whichever_comes_last(crm, versions):
    for version in versions:
        crm.ask(version=version, title=f"versie {version}")
    (item,) = [one for one in crm.call("GET", f"/vaults/{VAULT}/items").get_json()["items"] if one["kind"] == "request"]
    assert (item["version"], item["ref"]) == (2, "r1")


def test_what_was_taken_away_does_not_come_back_with_an_older_word(crm, as_client):
    crm.ask(version=1)
    crm.call("DELETE", f"/vaults/{VAULT}/items/request/r1?version=3")
    crm.ask(version=2)
    assert "Salarisstrook" not in as_client.get("/verzoeken").text
    crm.ask(version=4)
    assert "Salarisstrook" in as_client.get("/verzoeken").text


def test_content_lies_sealed_and_opens_in_its_own_place_only(portal, crm):
    crm.ask("r1", title="Heel geheim")
    crm.ask("r2", title="Iets anders")
    rows = {item.name: item for item in db.session.query(Item) if item.kind == "request"}
    assert b"geheim" not in rows["r1"].sealed
    db.session.execute(update(Item).where(Item.name == "r2").values(sealed=rows["r1"].sealed))
    vault = vaults.vault(VAULT)
    with pytest.raises(envelope.Broken):
        vaults.contents(vault, "request")


def test_fields_it_does_not_know_are_ignored_and_kinds_are_not(crm):
    assert crm.ask(something_new={"a": 1}).status_code == 200
    assert crm.put("signature", "s1", title="x").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"version": 0, "content": {}},
        {"version": 2**31, "content": {}},
        {"version": "1", "content": {}},
        {"version": 1},
    ],
)
def test_a_body_that_is_not_right_is_a_problem(crm, body):
    answer = crm.call("PUT", f"/vaults/{VAULT}/items/request/r1", body)
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"


def test_what_is_not_known_of_an_item_counts_in_its_digest(crm):
    plain = crm.ask("r1", version=1).get_json()["digest"]
    assert crm.ask("r1", version=2, of_a_newer_crm="x").get_json()["digest"] != plain


@pytest.mark.parametrize("content", [
    {"until": "morgen"}, {"state": "lost"}, {"files": [{"name": "x"}]}, {"accepts": ".pdf"}, {"title": "x" * 201},
])  # fmt: skip
def test_content_that_no_page_can_show_is_not_taken(crm, content):
    crm.ask("r1", title="Zoals het was")
    answer = crm.ask("r1", version=2, **content)
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == list(content)
    assert [one["version"] for one in crm.call("GET", f"/vaults/{VAULT}/items").get_json()["items"]] == [1]


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/api/v1/nothing", 404), ("GET", "/api/v1/vaults/a.b", 404), ("GET", "/api/v2", 404),
    ("PATCH", "/api/v1/events", 405), ("POST", "/api/v1/vaults/v1", 405),
])  # fmt: skip
def test_what_is_no_call_is_a_problem_too(crm, method, path, status):
    answer = crm.browser.open(path, method=method, headers=crm.headers)
    assert answer.status_code == status
    assert (answer.mimetype == "application/problem+json") is path.startswith("/api/v1")


def test_a_fault_of_ours_is_a_problem_that_tells_nothing(portal, crm, monkeypatch):
    monkeypatch.setattr(portal, "testing", False)
    monkeypatch.setattr(event_queries, "after", lambda _number: 1 / 0)
    answer = crm.browser.get("/api/v1/events", headers=crm.headers)
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "division" not in answer.text


@pytest.mark.parametrize(("query", "status"), [
    ("", 200), ("?after=0&wait=0", 200), ("?after=x", 422), ("?after=-1", 422), ("?wait=1.5", 422),
    (f"?after={2**31 - 1}", 200), (f"?after={2**31}", 422), ("?something=new", 200),
])  # fmt: skip
def test_numbers_of_a_query_are_numbers(crm, query, status):
    assert crm.call("GET", f"/events{query}").status_code == status


def test_events_are_read_from_a_number_on_and_stay_until_acknowledged(crm, as_client):
    (first,) = crm.events()
    assert crm.events(after=first["number"]) == []
    assert crm.events() == [first]
    crm.call("POST", "/events/acknowledgements", {"up_to": first["number"]})
    assert db.session.query(Event).one().acknowledged_at is not None


def test_a_changed_event_is_found(crm, as_client):
    assert event_queries.broken_at() is None
    db.session.execute(Event.__table__.update().values(says='{"generation": "9"}'))
    assert event_queries.broken_at() == 1


def test_every_text_of_the_protocol_is_as_it_is_kept():
    texts = 0
    for schema in schemas.Known.__subclasses__():
        for name, field in schema().fields.items():
            if isinstance(field, schemas.Text):
                assert schema(only=[name]).load({name: "Cafe\u0301\u202e\0"}) == {name: "Café"}, name
                texts += 1
    assert texts >= 4

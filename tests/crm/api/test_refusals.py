"""What the API refuses, over every call of the URL map: with the method, the type and the language that fit."""

import re

import pytest

from crm import paths
from crm.api import problems
from crm.api.views import METHODS
from tests.conftest import NO_RECORD
from tests.crm.api.test_views import SANNE, problem

# On one database: none of this asks it anything of its own.
pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True)
KNOWN = {"GET", "HEAD", "OPTIONS", *METHODS}


def calls(app):
    """{address: methods} of every address of the API."""
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.unknown":
            address = rule.rule.replace("<int:id>", "1").removeprefix("/api/v1")
            found.setdefault(address, set()).update(rule.methods)
    return found


def test_every_other_method_is_405_with_what_is_there(app, program, branch):
    for address, methods in calls(app).items():
        for method in [*METHODS, "TRACE", "QUERY", "PROPFIND"]:
            if method in methods:
                continue
            answer = program.client.open(f"/api/v1{address}", method=method, headers=program.headers)
            assert problem(answer, 405)["type"] == "urn:sleutel:wrong-method", (method, address)
            assert set(answer.headers["Allow"].split(", ")) == methods


@pytest.mark.parametrize("method", [*METHODS, "TRACE", "QUERY"])
@pytest.mark.parametrize(
    "address", ["/nowhere", "/relations/x", "/relations/1/2", f"/relations/{2**31}", f"/tasks/{10**30}"]
)
def test_what_is_not_there_is_404_whatever_is_asked(client, branch, method, address):
    """Also without a token, for what is not there needs none."""
    answer = client.open(f"/api/v1{address}", method=method)
    assert problem(answer, 404)["type"] == "urn:sleutel:not-found" and "Allow" not in answer.headers


def test_the_methods_of_an_address_are_told(app, client, branch):
    for address, methods in calls(app).items():
        answer = client.options(f"/api/v1{address}")
        assert answer.status_code == 204 and set(answer.headers["Allow"].split(", ")) == methods
    assert client.options("/api/v1/nowhere").status_code == 404


def test_every_call_refuses_a_question_it_does_not_know(app, program, branch):
    """A filter that is misspelt would give everything."""
    tried = 0
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if not hasattr(view, "scope"):
            continue
        tried += 1
        address = rule.rule.replace("<int:id>", "1")
        method = "POST" if "POST" in rule.methods else "GET"
        answer = program.client.open(f"{address}?updatedsince=x", method=method, headers=program.headers)
        assert problem(answer, 422)["errors"] == {"updatedsince": ["Dit veld bestaat niet."]}, address
    assert tried >= 14
    answer = program.client.get("/api/v1/relations?limit=1&limit=2", headers=program.headers)
    assert problem(answer, 422)["errors"] == {"limit": ["Geef dit één keer."]}


def test_every_post_takes_json_alone(app, program, branch):
    tried = 0
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or not hasattr(app.view_functions[rule.endpoint], "scope"):
            continue
        tried += 1
        for kind in ("application/x-www-form-urlencoded", "text/plain", "application/xml", "multipart/form-data"):
            answer = program.client.post(rule.rule, data=b"{}", content_type=kind, headers=program.headers)
            assert problem(answer, 415)["type"] == "urn:sleutel:not-json"
            assert answer.headers["Accept-Post"] == "application/json"
        answer = program.client.post(rule.rule, data=b"{}", headers=program.headers)
        problem(answer, 415)
        for kind in ("application/json", "application/json; charset=utf-8", "application/vnd.api+json"):
            answer = program.client.post(rule.rule, data=b"{}", content_type=kind, headers=program.headers)
            assert answer.status_code == 422, kind
    assert tried == 2


def test_every_status_has_a_kind_of_its_own():
    assert problems.KINDS.keys() == problems.TITLES.keys()
    assert len(set(problems.KINDS.values())) == len(problems.KINDS)
    assert all(re.fullmatch(r"[a-z-]+", kind) for kind in problems.KINDS.values())


@pytest.mark.parametrize(
    ("asked", "language", "said"),
    [
        ("", "nl", "Kijk deze velden na"),
        ("nl", "nl", "Kijk deze velden na"),
        ("de", "nl", "Kijk deze velden na"),
        ("en", "en", "Check these fields"),
        ("en-GB,en;q=0.9,nl;q=0.5", "en", "Check these fields"),
        ("nl,en;q=0.5", "nl", "Kijk deze velden na"),
    ],
)
def test_a_refusal_is_in_the_language_that_was_asked(client, program, branch, asked, language, said):
    headers = {**program.headers, **({"Accept-Language": asked} if asked else {})}
    answer = client.post("/api/v1/relations", json={}, headers=headers)
    assert (answer.json["title"], answer.headers["Content-Language"]) == (said, language)
    assert "Accept-Language" in answer.headers["Vary"]


def test_every_sentence_of_a_refusal_has_its_english(client, program, branch):
    """Of the ways to be refused that are known here, whoever says so: the schema, a rule, the way in."""
    headers = {**program.headers, "Accept-Language": "en"}
    answers = [
        client.get("/api/v1/nowhere", headers=headers),
        client.delete("/api/v1/relations", headers=headers),
        client.get("/api/v1/relations", headers={"Accept-Language": "en"}),
        client.get("/api/v1/relations?limit=0&cursor=x&updated_since=x", headers=headers),
        client.get("/api/v1/relations?updated_since=0001-01-01T00:00:00Z", headers=headers),
        client.get("/api/v1/relations?cursor=onzin", headers=headers),
        client.get("/api/v1/relations?nonsense=1&limit=1&limit=2", headers=headers),
        client.get("/api/v1/search?q=", headers=headers),
        client.get("/api/v1/feed?subject=x", headers=headers),
        client.get("/api/v1/search?q=x&kind=x", headers=headers),
        client.post("/api/v1/relations", data=b"x", headers=headers),
        client.post("/api/v1/relations", json={"surname": "X", "phone": "12", "email": "x"}, headers=headers),
        client.post("/api/v1/relations", json={"surname": "X" * 101, "title": "x", "country": "XX"}, headers=headers),
        client.post("/api/v1/relations", json={"surname": 7, "birth_date": "x", "nonsense": 1}, headers=headers),
        client.post("/api/v1/relations", json=SANNE, headers={**headers, "Idempotency-Key": "x" * 201}),
        client.post(
            "/api/v1/service_requests", json={"surname": "X", "branch_id": NO_RECORD, "phone": "x"}, headers=headers
        ),
    ]
    dutch = set(problems.TITLES.values()) | set(problems.SENTENCES.values())
    for answer in answers:
        assert answer.status_code >= 400 and answer.headers["Content-Language"] == "en"
        said = [answer.json["title"], answer.json.get("detail", "")]
        said += [one for several in answer.json.get("errors", {}).values() for one in several]
        for sentence in said:
            assert sentence not in dutch
            assert not re.search(r"\b(dit|deze|een|het|niet|kies|schrijf|gebruik|stuur|vul)\b", sentence, re.I), (
                sentence
            )


def test_the_guide_names_every_kind_of_problem():
    guide = (paths.checkout() / "docs" / "api.md").read_text("utf-8")
    assert [kind for kind in problems.KINDS.values() if f"`urn:sleutel:{kind}`" not in guide] == []

"""Every route of the portal, by each who might knock, with names that are his own and another's: one without a row
fails."""

import pytest
from flask import Blueprint

from plugins.portal import app as portal_app
from plugins.portal import entrances
from tests.plugins.portal.conftest import TOKEN, VAULT, Crm

# What a route answers to who is not logged in, who was invited and did not come in yet, another client, the client
# himself, and the CRM; each with the names of the client's own vault, request and file.
LOG_IN, NOT_IN, NOT_THERE, OPEN, OLD = 302, 401, 404, 200, 410
CALL = (NOT_IN, NOT_IN, NOT_IN, NOT_IN)  # the CRM's alone, whatever session one has
EVERYBODY = (OPEN, OPEN, OPEN, OPEN)
PAGE, WRITE = (LOG_IN, LOG_IN), (NOT_IN, NOT_IN)
ROUTES = {
    ("GET", "/"): (*PAGE, OPEN, OPEN, LOG_IN),
    ("GET", "/verzoeken"): (*PAGE, OPEN, OPEN, LOG_IN),
    ("GET", "/afgerond"): (*PAGE, OPEN, OPEN, LOG_IN),
    ("GET", "/verzoeken/<name>"): (*PAGE, NOT_THERE, OPEN, LOG_IN),
    ("POST", "/verzoeken/<name>"): (*WRITE, NOT_THERE, 422, NOT_IN),
    ("POST", "/verzoeken/<name>/weg/<upload>"): (*WRITE, NOT_THERE, 302, NOT_IN),
    ("GET", "/kleur.css"): (*EVERYBODY, OPEN),
    ("GET", "/activeren/<token>"): (OLD, OLD, OLD, OLD, OLD),
    ("POST", "/activeren/<token>"): (OLD, OLD, OLD, OLD, OLD),
    ("GET", "/activeren/<token>/code"): (OLD, OLD, OLD, OLD, OLD),
    ("POST", "/activeren/<token>/code"): (OLD, OLD, OLD, OLD, OLD),
    ("GET", "/nieuwe-mail"): (*EVERYBODY, OPEN),
    ("POST", "/nieuwe-mail"): (422, 422, 422, 422, 422),
    ("GET", "/nieuwe-mail/gevraagd"): (*EVERYBODY, OPEN),
    ("GET", "/wachtwoord"): (*PAGE, 302, 302, LOG_IN),
    ("POST", "/wachtwoord"): (*WRITE, 302, 302, NOT_IN),
    ("GET", "/inloggen"): (*EVERYBODY, OPEN),
    ("POST", "/inloggen"): (422, 422, 422, 422, 422),
    ("GET", "/inloggen/code"): (LOG_IN, LOG_IN, LOG_IN, LOG_IN, LOG_IN),
    ("POST", "/inloggen/code"): (LOG_IN, LOG_IN, LOG_IN, LOG_IN, LOG_IN),
    ("POST", "/uitloggen"): (*WRITE, 302, 302, NOT_IN),
    ("OPTIONS", "/uploads"): (*WRITE, 204, 204, NOT_IN),
    ("POST", "/uploads"): (*WRITE, 400, 400, NOT_IN),
    ("HEAD", "/uploads/<name>"): (*PAGE, NOT_THERE, OPEN, LOG_IN),
    ("PATCH", "/uploads/<name>"): (*WRITE, NOT_THERE, 415, NOT_IN),
    ("DELETE", "/uploads/<name>"): (*WRITE, NOT_THERE, 204, NOT_IN),
    ("GET", "/api/v1/"): (*CALL, OPEN),
    ("PUT", "/api/v1/office"): (*CALL, 400),
    ("GET", "/api/v1/events"): (*CALL, OPEN),
    ("POST", "/api/v1/events/acknowledgements"): (*CALL, 400),
    ("GET", "/api/v1/vaults/<name:vault>"): (*CALL, OPEN),
    ("DELETE", "/api/v1/vaults/<name:vault>"): (*CALL, OPEN),
    ("POST", "/api/v1/vaults/<name:vault>/invitations"): (*CALL, 400),
    ("GET", "/api/v1/vaults/<name:vault>/items"): (*CALL, OPEN),
    ("PUT", "/api/v1/vaults/<name:vault>/items/<name:kind>/<name:ref>"): (*CALL, 400),
    ("DELETE", "/api/v1/vaults/<name:vault>/items/<name:kind>/<name:ref>"): (*CALL, 422),
    ("GET", "/api/v1/vaults/<name:vault>/uploads/<name:upload>"): (*CALL, NOT_THERE),
}


def routes(portal):
    """(method, path) of everything but files that are no secret."""
    for rule in portal.url_map.iter_rules():
        if rule.endpoint.endswith("static"):
            continue
        methods = rule.methods if rule.endpoint.startswith("uploads.") else rule.methods - {"HEAD", "OPTIONS"}
        is_plain = rule.endpoint == "uploads.about"
        yield from ((method, rule.rule) for method in methods if method != "OPTIONS" or is_plain)


def test_every_route_has_a_row(portal):
    assert set(routes(portal)) == set(ROUTES)


def test_a_row_says_five_answers():
    assert {len(answers) for answers in ROUTES.values()} == {5}


@pytest.fixture
def names(crm, as_client):
    """What the client's own things are called in addresses."""
    crm.ask("r1")
    upload = as_client.post("/uploads", headers={"Upload-Length": "9", "Upload-Metadata": "request cjE="})
    name = upload.location.rpartition("/")[2]
    return {"token": TOKEN, "name": name, "name:vault": VAULT, "name:kind": "request", "name:ref": "r1",
            "name:upload": name, "upload": name}  # fmt: skip


@pytest.fixture
def tim(portal, crm, sms):
    """Another client's browser, who has a vault of his own."""
    browser = portal.test_client()
    crm.invite("v-tim", "token-of-tim", first_name="Tim", email="tim@voorbeeld.example")
    browser.post("/activeren/token-of-tim")
    browser.post("/activeren/token-of-tim/code", data={"code": sms()})
    browser.post("/wachtwoord", data={"password": "vier eenden in de sloot"})
    return browser


@pytest.fixture
def invited(portal, crm):
    """A browser of who was invited and asked for a code, and did not fill it in."""
    browser = portal.test_client()
    crm.invite("v-eva", "token-of-eva", first_name="Eva", email="eva@voorbeeld.example")
    browser.post("/activeren/token-of-eva")
    return browser


def opened(browser, method, path, names, **more):
    if "verzoeken" in path:
        names = names | {"name": "r1"}
    for argument, value in names.items():
        path = path.replace(f"<{argument}>", value)
    return browser.open(path, method=method, **more).status_code


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_who_may_come_in(portal, crm, as_client, names, tim, invited, method, path):
    stranger, office = portal.test_client(), portal.test_client()
    answers = [opened(browser, method, path, names) for browser in (stranger, invited, tim, as_client)]
    answers.append(opened(office, method, path, names, headers=crm.headers))
    assert tuple(answers) == ROUTES[method, path]


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": portal_app.POLICY,
}


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_answer_has_the_headers_of_the_portal(as_client, names, method, path):
    if "verzoeken" in path:
        names = names | {"name": "r1"}
    for argument, value in names.items():
        path = path.replace(f"<{argument}>", value)
    answer = as_client.open(path, method=method)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    if answer.mimetype in ("text/html", "application/json", "application/problem+json"):
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_key_opens_no_page_and_a_session_no_call(as_client, crm):
    assert as_client.get("/api/v1/").status_code == 401
    assert Crm(crm.browser.application).browser.get("/", headers=crm.headers).location == "/inloggen"


@pytest.mark.parametrize("mark", [entrances.inside, entrances.for_office, entrances.for_everybody])
def test_a_page_that_says_whom_it_is_for_is_served(monkeypatch, tmp_path, mark):
    portal = portal_with(monkeypatch, tmp_path, mark(lambda: "more"))
    assert "more.page" in portal.view_functions


@pytest.mark.parametrize("mark", [lambda view: view, lambda view: entrances.marked(view, "somebody")])
def test_the_portal_does_not_start_with_a_page_that_does_not_say_whom_it_is_for(monkeypatch, tmp_path, mark):
    with pytest.raises(LookupError, match="the page more"):
        portal_with(monkeypatch, tmp_path, mark(lambda: "more"))


def portal_with(monkeypatch, folder, view):
    """A portal with one page more."""
    pages = Blueprint("more", __name__)
    pages.add_url_rule("/more", "page", view)
    monkeypatch.setattr(portal_app.uploads, "pages", pages)
    return portal_app.create_portal(TESTING=True, KLUIS_DATA=str(folder))


def test_a_page_that_came_in_later_stays_shut(monkeypatch, tmp_path):
    portal = portal_with(monkeypatch, tmp_path, entrances.for_everybody(lambda: "more"))
    assert portal.test_client().get("/more").text == "more"
    portal.view_functions["more.page"] = lambda: "more"
    with pytest.raises(AttributeError):
        portal.test_client().get("/more")

"""Every page of the portal, by who is not logged in and by another client: a page without a row fails."""

import pytest

from tests.plugins.portal.conftest import TOKEN

# What each page answers to who is not logged in, and to another client who knows this client's names.
LOG_IN, NOT_THERE, OPEN, OLD = 302, 404, 200, 410
PAGES = {
    ("GET", "/"): (LOG_IN, OPEN),
    ("GET", "/verzoeken"): (LOG_IN, OPEN),
    ("GET", "/afgerond"): (LOG_IN, OPEN),
    ("GET", "/verzoeken/<name>"): (LOG_IN, NOT_THERE),
    ("POST", "/verzoeken/<name>"): (401, NOT_THERE),
    ("GET", "/kleur.css"): (OPEN, OPEN),
    ("GET", "/activeren/<token>"): (OLD, OLD),
    ("POST", "/activeren/<token>"): (OLD, OLD),
    ("GET", "/activeren/<token>/code"): (OLD, OLD),
    ("POST", "/activeren/<token>/code"): (OLD, OLD),
    ("GET", "/wachtwoord"): (LOG_IN, 302),
    ("POST", "/wachtwoord"): (401, 302),
    ("GET", "/inloggen"): (OPEN, OPEN),
    ("POST", "/inloggen"): (422, 422),
    ("GET", "/inloggen/code"): (LOG_IN, LOG_IN),
    ("POST", "/inloggen/code"): (LOG_IN, LOG_IN),
    ("POST", "/uitloggen"): (401, 302),
    ("OPTIONS", "/uploads"): (401, 204),
    ("POST", "/uploads"): (401, 400),
    ("HEAD", "/uploads/<name>"): (LOG_IN, NOT_THERE),
    ("PATCH", "/uploads/<name>"): (401, NOT_THERE),
    ("DELETE", "/uploads/<name>"): (401, NOT_THERE),
}


def routes(portal):
    """(method, path) of every page but the protocol's, whose key is tried elsewhere, and files that are no secret."""
    for rule in portal.url_map.iter_rules():
        if rule.endpoint.startswith("protocol.") or rule.endpoint.endswith("static"):
            continue
        methods = rule.methods if rule.endpoint.startswith("uploads.") else rule.methods - {"HEAD", "OPTIONS"}
        is_plain = rule.endpoint == "uploads.about"
        yield from ((method, rule.rule) for method in methods if method != "OPTIONS" or is_plain)


def test_every_page_has_a_row(portal):
    assert set(routes(portal)) == set(PAGES)


def opened(browser, method, path, names):
    for argument, value in names.items():
        path = path.replace(f"<{argument}>", value)
    return browser.open(path, method=method).status_code


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_who_may_see_it(portal, crm, as_client, sms, method, path):
    crm.ask("r1")
    upload = as_client.post("/uploads", headers={"Upload-Length": "9", "Upload-Metadata": "request cjE="})
    names = {"token": TOKEN, "name": "r1" if "verzoeken" in path else upload.location.rpartition("/")[2]}
    crm.invite("v-tim", "token-of-tim", first_name="Tim", email="tim@voorbeeld.example")
    tim = portal.test_client()
    tim.post("/activeren/token-of-tim")
    tim.post("/activeren/token-of-tim/code", data={"code": sms()})
    tim.post("/wachtwoord", data={"password": "vier eenden in de sloot"})
    stranger, client = PAGES[method, path]
    assert opened(portal.test_client(), method, path, names) == stranger
    assert opened(tim, method, path, names) == client

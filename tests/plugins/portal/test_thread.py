"""The way of a client: invited, in with a code, sees what is asked, sends it."""

import io

import pytest

from tests.plugins.portal.conftest import TOKEN, VAULT


@pytest.mark.requirement("U-016", "portal")
@pytest.mark.requirement("U-017", "portal")
def test_a_client_comes_in_with_the_link_a_code_and_a_password(crm, browser, sms):
    assert crm.invite().get_json()["state"] == "invited"
    page = browser.get(f"/activeren/{TOKEN}")
    assert page.status_code == 200
    assert "Activeer uw online kluis" in page.text
    assert browser.post(f"/activeren/{TOKEN}").location == f"/activeren/{TOKEN}/code"
    assert browser.post(f"/activeren/{TOKEN}/code", data={"code": sms()}).location == "/wachtwoord"
    assert browser.post("/wachtwoord", data={"password": "drie kippen op stok"}).location == "/"
    assert "Dag Sanne" in browser.get("/").text
    assert [(event["kind"], event["vault"]) for event in crm.events()] == [("invitation_accepted", VAULT)]


@pytest.mark.requirement("U-029", "portal")
@pytest.mark.requirement("U-030a", "portal")
def test_a_client_sees_what_is_asked_and_sends_it(crm, as_client):
    crm.ask()
    assert "Salarisstrook" in as_client.get("/verzoeken").text
    sent = as_client.post("/verzoeken/r1", data={"files": (io.BytesIO(b"%PDF-1.7 loon"), "loonstrook.pdf")})
    assert sent.location == "/verzoeken/r1"
    assert "Ontvangen. Nu controleren wij het bestand." in as_client.get("/verzoeken").text
    event = crm.events()[-1]
    assert (event["kind"], event["says"]["request"]) == ("file_uploaded", "r1")
    fetched = crm.call("GET", f"/vaults/{VAULT}/uploads/{event['says']['upload']}")
    assert fetched.data == b"%PDF-1.7 loon"
    assert "loonstrook.pdf" in fetched.headers["Content-Disposition"]


@pytest.mark.requirement("U-044", "portal")
def test_what_is_approved_is_under_afgerond(crm, as_client):
    crm.ask()
    crm.ask(version=2, state="approved", words="Goedgekeurd", may_upload=False)
    assert "Salarisstrook" not in as_client.get("/verzoeken").text
    assert "Salarisstrook" in as_client.get("/afgerond").text

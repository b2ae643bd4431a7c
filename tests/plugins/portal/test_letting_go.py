"""A vault that is let go of: nothing is left but a receipt, and nothing that comes late brings it back."""

from sqlalchemy import func, select

from crm.furniture import db
from plugins.portal.database import Base
from plugins.portal.vaults.models import GoneVault
from tests.plugins.portal.conftest import TOKEN, VAULT
from tests.plugins.portal.test_uploads import add, begin

STAY = {"events", "chain_heads", "offices", "attempts", "gone_vaults"}  # hold no content and no key of a vault


def rows():
    """How many rows each table of the portal has, but for those that outlive a vault."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in STAY]
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in tables}


def let_go(crm, vault=VAULT):
    return crm.call("DELETE", f"/vaults/{vault}")


def test_all_of_it_goes_and_the_receipt_says_what(crm, as_client, house):
    put = crm.ask("r1").get_json()
    add(as_client, begin(as_client, 3).location, b"abc")
    add(as_client, begin(as_client, 9).location, b"")
    receipt = let_go(crm).get_json()
    assert receipt["vault"] == VAULT
    assert put in receipt["items"]
    assert [(one["size"], bool(one["digest"])) for one in receipt["uploads"]] == [(3, True), (9, False)]
    assert set(rows().values()) == {0}
    folder = house.config["KLUIS_DATA"] / "uploads"
    assert not [one for one in receipt["uploads"] if (folder / one["upload"]).exists()]


def test_the_receipt_is_the_same_however_often_it_is_asked(crm, as_client):
    crm.ask("r1")
    first = let_go(crm).get_json()
    assert first["items"]
    assert let_go(crm).get_json() == first


def test_other_vaults_stay(crm, as_client):
    crm.ask("r1")
    crm.ask("r1", vault="v-tim")
    let_go(crm, "v-tim")
    assert "Salarisstrook" in as_client.get("/verzoeken").text
    assert crm.call("GET", f"/vaults/{VAULT}").get_json()["state"] == "active"


def test_who_was_logged_in_is_out_and_his_link_is_dead(crm, as_client, portal):
    assert as_client.get("/").status_code == 200
    let_go(crm)
    assert as_client.get("/").location == "/inloggen"
    assert portal.test_client().get(f"/activeren/{TOKEN}").status_code == 410


def test_what_comes_late_makes_no_new_one(crm, as_client):
    let_go(crm)
    assert crm.invite(generation=2).status_code == 410
    assert crm.ask("r1", version=9).status_code == 410
    assert crm.call("DELETE", f"/vaults/{VAULT}/items/request/r1?version=10").status_code == 410
    assert set(rows().values()) == {0}


def test_letting_go_that_overtakes_what_was_put_before_it_holds(crm):
    receipt = let_go(crm).get_json()
    assert (receipt["items"], receipt["uploads"]) == ([], [])
    assert crm.ask("r1").status_code == 410
    assert db.session.scalars(select(GoneVault.name)).all() == [VAULT]


def test_what_happened_there_may_still_be_read(crm, as_client):
    before = crm.events()
    let_go(crm)
    assert crm.events() == before

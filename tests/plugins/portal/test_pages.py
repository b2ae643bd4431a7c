"""What a client reads of each request: where it stands, what to do, why something cannot be used."""

import datetime as dt
import re

import pytest

from crm.furniture import db, keep, utcnow
from plugins.portal.uploads.models import Upload
from tests.plugins.portal.test_uploads import add, begin

PIECE = 1 << 16


def text_of(answer):
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"state": "open", "words": "Nog aanleveren"}, "Nog aanleveren"),
        ({"state": "checking", "words": "x", "may_upload": True}, "Ontvangen. Nu controleren wij het bestand."),
        ({"state": "received", "words": "x", "by": "Peter van Dijk"}, "Gecontroleerd. Peter van Dijk bekijkt het."),
        ({"state": "received", "words": "Ontvangen, wordt bekeken"}, "Ontvangen, wordt bekeken"),
        ({"state": "in_review", "words": "x", "by": "Peter van Dijk"}, "Wordt bekeken door Peter van Dijk."),
    ],
)
@pytest.mark.requirement("U-030a", "portal")
def test_each_state_is_said_in_words(crm, as_client, said, read):
    crm.ask(**said)
    assert read in text_of(as_client.get("/verzoeken"))
    assert read in text_of(as_client.get("/verzoeken/r1"))


@pytest.mark.requirement("U-030a", "portal")
def test_what_cannot_be_used_comes_first_and_says_why(crm, as_client):
    why = "Dit bestand heeft een wachtwoord. Sla het op zonder wachtwoord en upload het opnieuw."
    file = {"upload": "u1", "name": "polis.pdf", "state": "refused", "words": "Niet te gebruiken.", "why": why}
    crm.ask(state="refused", words="Niet te gebruiken. Stuur het opnieuw.", files=[file])
    crm.ask("r2", title="Paspoort")
    for page in ("/", "/verzoeken", "/verzoeken/r1"):
        said = text_of(as_client.get(page))
        assert "Niet te gebruiken. Stuur het opnieuw." in said and why in said, page
    assert "Eerst doen Salarisstrook" in text_of(as_client.get("/"))


@pytest.mark.requirement("U-034", "portal")
def test_requests_stand_under_their_product_with_how_many_are_good(crm, as_client):
    crm.ask("r1", group="Hypotheek", place=1)
    crm.ask("r2", group="Hypotheek", place=2, title="Paspoort", state="approved", may_upload=False)
    crm.ask("r3", group="Levensverzekering", place=3, title="Polis", until="2031-11-30")
    said = text_of(as_client.get("/verzoeken"))
    assert re.search(r"Hypotheek 1 van 2 goed Salarisstrook .*Levensverzekering 0 van 1 goed Polis", said)
    assert "Uiterlijk op zondag 30 november 2031." in said
    assert "Hypotheek 1 van 2 goed Paspoort" in text_of(as_client.get("/afgerond"))


def test_start_shows_one_thing_to_do_and_counts_only_what_is_good(crm, as_client):
    assert "Er is nog niets gevraagd." in text_of(as_client.get("/"))
    crm.ask("r1", place=1, explanation="De nieuwste.")
    crm.ask("r2", place=2, title="Paspoort", state="in_review", may_upload=False)
    crm.ask("r3", place=3, title="Polis", state="approved", may_upload=False)
    said = text_of(as_client.get("/"))
    assert "Nu doen Salarisstrook" in said and "Stuur dit document" in said
    assert "1 van 3 goed Wij kijken naar 1. Er wachten er 1 op u." in said
    crm.ask("r1", 2, state="approved", may_upload=False)
    assert "U hoeft nu niets te doen." in text_of(as_client.get("/"))


def test_what_was_not_sent_to_its_end_says_how_far_it_is_and_can_be_dropped(crm, as_client):
    crm.ask()
    path = begin(as_client, 4 * PIECE, name="polis.pdf").location
    add(as_client, path, bytes(PIECE))
    assert "polis.pdf staat stil bij 25 %" in text_of(as_client.get("/verzoeken/r1"))
    assert "Het verzenden is nog niet klaar." in text_of(as_client.get("/verzoeken"))
    dropped = as_client.post(f"/verzoeken/r1/weg/{path.rpartition('/')[2]}")
    assert dropped.location == "/verzoeken/r1"
    assert "staat stil" not in text_of(as_client.get("/verzoeken/r1"))
    assert as_client.head(path).status_code == 404


def test_what_is_whole_is_taken_back_once_and_the_crm_is_told(crm, as_client):
    crm.ask()
    path = begin(as_client, 3).location
    add(as_client, path, b"abc")
    upload = path.rpartition("/")[2]
    for _twice in range(2):
        as_client.post(f"/verzoeken/r1/weg/{upload}")
    told = [(event["kind"], event["says"]["upload"]) for event in crm.events() if "upload" in event["says"]]
    assert told == [("file_uploaded", upload), ("file_withdrawn", upload)]
    assert "Nog aanleveren" in text_of(as_client.get("/verzoeken"))


@pytest.mark.parametrize("may", [True, False])
def test_what_the_crm_has_is_taken_back_only_as_long_as_it_says_so(crm, as_client, may):
    crm.ask()
    path = begin(as_client, 3).location
    add(as_client, path, b"abc")
    upload = path.rpartition("/")[2]
    file = {"upload": upload, "name": "loonstrook.pdf", "state": "checked", "words": "Gecontroleerd", "why": ""}
    crm.ask(version=2, state="received", files=[file | {"may_withdraw": may}])
    assert ("Terugnemen" in text_of(as_client.get("/verzoeken/r1"))) == may
    as_client.post(f"/verzoeken/r1/weg/{upload}")
    assert ("file_withdrawn" in [event["kind"] for event in crm.events()]) == may
    assert ("Wordt teruggenomen" in text_of(as_client.get("/verzoeken/r1"))) == may


def test_what_was_sent_counts_until_the_crm_speaks_and_never_against_its_verdict(crm, as_client):
    crm.ask()
    add(as_client, begin(as_client, 3).location, b"abc")
    checking = "Ontvangen. Nu controleren wij het bestand."
    assert checking in text_of(as_client.get("/verzoeken"))
    crm.call("POST", "/events/acknowledgements", {"up_to": crm.events()[-1]["number"]})
    assert checking in text_of(as_client.get("/verzoeken"))
    crm.ask(version=2, state="approved", words="Goedgekeurd", may_upload=False)
    assert "Goedgekeurd" in text_of(as_client.get("/afgerond"))
    crm.ask(version=3)
    upload = db.session.query(Upload).one()
    upload.wiped_at = utcnow() - dt.timedelta(minutes=2)
    keep(upload)
    assert "Nog aanleveren" in text_of(as_client.get("/verzoeken"))


def test_what_nobody_asked_for_has_a_place_at_the_end_and_is_counted_nowhere(crm, as_client):
    crm.ask("other", title="Iets anders sturen", state="other", words="", group="", accepts=[])
    assert "Er is nog niets gevraagd." in text_of(as_client.get("/"))
    said = text_of(as_client.get("/verzoeken"))
    assert "Nog bezig 0" in said and "Iets anders sturen Heeft u nog iets voor ons?" in said
    assert "Iets anders" not in text_of(as_client.get("/afgerond"))
    add(as_client, begin(as_client, 3, "other").location, b"abc")
    assert "loonstrook.pdf Ontvangen. Nu controleren wij het bestand." in text_of(as_client.get("/verzoeken/other"))
    assert crm.events()[-1]["says"]["request"] == "other"


def test_what_the_crm_says_is_text_and_never_a_part_of_the_page(crm, as_client):
    bad = "<b>vet</b>"
    file = {"upload": "u1", "name": bad, "state": "refused", "words": bad, "why": bad}
    crm.ask(title=bad, words=bad, message=bad, explanation=bad, group=bad, by=bad, state="refused", files=[file])
    for page in ("/", "/verzoeken", "/verzoeken/r1"):
        assert bad not in as_client.get(page).text

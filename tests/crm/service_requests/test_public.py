"""The public form: what a client sends, what a robot gets, and nothing typed is lost."""

import datetime as dt

import pytest
from itsdangerous import TimestampSigner
from sqlalchemy import select

from crm import records
from crm.db import db, utcnow
from crm.mail.models import Message
from crm.search.queries import search
from crm.service_requests.forms import signer
from crm.service_requests.models import ServiceRequest
from crm.settings.operations import change
from crm.web import Submission
from tests.conftest import NO_RECORD

TYPED = {
    "initials": "j.p.",
    "first_name": "JAN",
    "surname": "van der BERG",
    "birth_date": "14-3-1988",
    "phone": "06-12 34 56 78",
    "email": "Jan@Voorbeeld.NL",
    "postal_code": "3511 ab",
    "house_number": "12a",
    "street": "kade",
    "city": "utrecht",
    "profile": "starter",
    "message": "Liefst 's avonds",
    "consent": "y",
}


@pytest.fixture
def shown(app, monkeypatch):
    """The signed moment of a form that was shown a minute ago."""
    with monkeypatch.context() as past:
        past.setattr(TimestampSigner, "get_timestamp", lambda self: int(utcnow().timestamp()) - 60)
        return signer().dumps("")


def all_requests():
    return db.session.query(ServiceRequest).order_by(ServiceRequest.id).all()


def test_request_is_kept_as_typed_and_shown_tidied(client, branch, shown):
    answer = client.post("/aanvraag", data={**TYPED, "shown": shown})
    assert answer.status_code == 303 and answer.headers["Location"] == "/aanvraag/bedankt"
    assert "uw aanvraag is binnen" in client.get("/aanvraag/bedankt").text
    [request] = all_requests()
    assert request.typed["surname"] == "van der BERG" and request.typed["phone"] == "06-12 34 56 78"
    assert (request.name, request.email, request.phone) == ("Jan van der Berg", "jan@voorbeeld.nl", "+31612345678")
    assert request.branch == branch and request.status == "open" and request.channel == "web"
    assert "toestemming" in request.consent_text and utcnow() - request.consent_at < dt.timedelta(minutes=1)


def test_no_cookie_is_needed_or_set(client, branch, shown):
    answer = client.get("/aanvraag/embed")
    assert "Set-Cookie" not in answer.headers and 'name="shown"' in answer.text
    assert "Set-Cookie" not in client.post("/aanvraag/embed", data={**TYPED, "shown": shown}).headers


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"surname": " "}, "Vul uw achternaam in"),
        ({"phone": "", "email": ""}, "Anders kunnen wij u niet bereiken"),
        ({"phone": "12"}, "Dit telefoonnummer klopt niet"),
        ({"email": "jan@"}, "Dit e-mailadres klopt niet"),
        ({"birth_date": "31-2-1988"}, "Deze datum klopt niet"),
        ({"birth_date": "14-3-2999"}, "Deze datum klopt niet"),
        ({"consent": ""}, "Zet een vinkje"),
        ({"message": "x" * 2001}, "Dit is te lang"),
        ({"website": "https://spam.example"}, "Dit veld moet leeg blijven"),
        ({"profile": "gokken"}, "Waar gaat het over?"),
        ({"branch": str(NO_RECORD)}, "Vestiging"),
    ],
)
def test_what_is_wrong_stands_at_the_field_and_what_was_typed_stays(client, branch, shown, changes, sentence):
    answer = client.post("/aanvraag", data={**TYPED, "shown": shown, **changes})
    assert answer.status_code == 422 and sentence in answer.text
    assert ("kade" in answer.text and "Liefst &#39;s avonds" in answer.text) or "message" in changes
    assert all_requests() == []


def test_form_that_is_not_ours_old_or_too_fast_is_shown_again(client, branch, monkeypatch):
    for shown in ("", "zelf.gemaakt", signer().dumps("")):
        answer = client.post("/aanvraag", data={**TYPED, "shown": shown})
        assert answer.status_code == 422 and "verstuur het nog een keer" in answer.text
    assert all_requests() == []


def test_sending_twice_makes_one(client, branch, shown):
    first = client.post("/aanvraag", data={**TYPED, "shown": shown, "once": "abc"})
    again = client.post("/aanvraag", data={**TYPED, "shown": shown, "once": "abc"})
    assert first.headers["Location"] == again.headers["Location"] and len(all_requests()) == 1


def test_one_address_cannot_flood_the_office(client, branch, shown):
    answers = [client.post("/aanvraag", data={**TYPED, "shown": shown}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert "Te veel pogingen" in answers[-1].text and "kade" in answers[-1].text and len(all_requests()) == 5


def test_client_chooses_a_branch(client, branch, other_branch, shown):
    assert "Geen voorkeur" in client.get("/aanvraag").text
    client.post("/aanvraag", data={**TYPED, "shown": shown, "branch": str(other_branch.id)})
    client.post("/aanvraag", data={**TYPED, "shown": shown})
    chosen, not_chosen = all_requests()
    assert chosen.branch == other_branch and chosen.typed["branch"] == "Zwolle" and not_chosen.branch == branch


def test_client_gets_a_receipt(client, branch, shown, run_jobs):
    branch.phone = "+31301234567"
    records.save(branch, None)
    records.commit()
    client.post("/aanvraag", data={**TYPED, "shown": shown})
    [message] = db.session.query(Message).all()
    assert message.purpose == "service_request_received" and "jan@voorbeeld.nl" in message.to
    assert "Geachte heer/mevrouw Van der Berg," in message.body and "030 123 4567" in message.body


def test_request_without_an_address_gets_no_mail(client, branch, shown):
    client.post("/aanvraag", data={**TYPED, "shown": shown, "email": ""})
    assert db.session.query(Message).count() == 0 and len(all_requests()) == 1


def test_request_is_found_by_what_was_typed(client, branch, shown, assistant):
    client.post("/aanvraag", data={**TYPED, "shown": shown})
    [request] = all_requests()
    for text in ("berg", "vd berg", "0612345678", "3511AB", "jan@voorb", "14-03-1988"):
        assert [("service_request", request.id)] == [(hit.kind, hit.id) for hit in search(text, assistant)], text


def test_only_the_offices_own_site_may_frame_the_form(client, branch, admin):
    assert "frame-ancestors 'none'" in client.get("/aanvraag").headers["Content-Security-Policy"]
    change("service_requests", {"frame_ancestors": "https://www.kantoor.example"}, admin)
    records.commit()
    policy = client.get("/aanvraag/embed").headers["Content-Security-Policy"]
    assert "frame-ancestors https://www.kantoor.example" in policy and "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in client.get("/aanvraag").headers["Content-Security-Policy"]


def test_no_control_characters_are_kept_but_line_ends(client, branch, shown):
    odd = {"first_name": "JA\0N", "surname": "van der\x1b BERG\x85", "message": "Eén\r\ntwee\tdrie\x07"}
    assert client.post("/aanvraag", data={**TYPED, "shown": shown, **odd, "once": "a\0b"}).status_code == 303
    typed = db.session.scalars(select(ServiceRequest)).one().typed
    assert (typed["first_name"], typed["surname"]) == ("JAN", "van der BERG")
    assert typed["message"].splitlines() == ["Eén", "twee\tdrie"]
    assert db.session.get(Submission, "ab") is not None

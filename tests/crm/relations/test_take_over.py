"""*Deze relatie gebruiken*: what was typed otherwise than it is kept is asked about, nothing is overwritten quietly."""

import datetime as dt
import re

import pytest
from sqlalchemy import select

from crm import records
from crm.db import db
from crm.relations import known, operations, queries
from crm.relations.models import Relation
from tests.crm.relations.conftest import SANNE, TIM, make_relation, typed, typed_partner

MOVED = {"street": "Neude", "house_number": "3", "house_number_suffix": "", "postal_code": "3512AD", "city": "Utrecht"}


@pytest.fixture
def half_known(assistant):
    """Sanne, without an e-mail address, at her old number."""
    return make_relation(assistant, **{**SANNE, "email": "", "initials": ""})


def everyone():
    return list(db.session.scalars(select(Relation).order_by(Relation.id)))


def answer(as_assistant, data):
    return as_assistant.post("/relations/create", data=data)


def test_differences_are_shown_and_ticked_where_nothing_was_kept(as_assistant, half_known, branch):
    sent = typed({**SANNE, **MOVED, "initials": "S.M."}, branch_id=branch.id) | {"use": half_known.id}
    page = answer(as_assistant, sent)
    assert page.status_code == 200 and "Wat wilt u overnemen?" in page.text
    assert 'value="email" checked' in page.text and 'value="initials" checked' in page.text
    assert 'value="address">' in page.text and "Neude 3, 3512 AD Utrecht" in page.text
    assert 'value="surname"' not in page.text and 'value="phone"' not in page.text, "the same"
    assert f'name="use" value="{half_known.id}"' in page.text and 'name="surname" value="' in page.text
    db.session.refresh(half_known)
    assert half_known.email == "", "nothing is written before it is answered"


def test_only_what_was_ticked_is_taken_over(as_assistant, half_known, branch):
    sent = typed({**SANNE, **MOVED, "initials": "S.M."}, branch_id=branch.id) | {"use": half_known.id}
    version = half_known.version
    done = answer(as_assistant, sent | {"asked": "client", "version-client": version, "take-client": ["email"]})
    assert done.status_code == 302
    page = as_assistant.get(done.headers["Location"]).text
    assert "Overgenomen bij Sanne de Vries: e-mailadres." in page
    db.session.refresh(half_known)
    assert (half_known.email, half_known.initials, half_known.street) == (
        "sanne.devries@voorbeeld.nl",
        "",
        SANNE["street"],
    )
    assert len(everyone()) == 1


def test_an_address_is_taken_over_whole(as_assistant, assistant, branch):
    relation = make_relation(assistant, **{**SANNE, "house_number_suffix": "bis"})
    sent = typed({**SANNE, **MOVED}, branch_id=branch.id) | {"use": relation.id, "asked": "client"}
    answer(as_assistant, sent | {"version-client": relation.version, "take-client": ["address"]})
    db.session.refresh(relation)
    assert relation.address == "Neude 3, 3512 AD Utrecht"


def test_somebody_else_saved_meanwhile(as_assistant, half_known, assistant, branch):
    sent = typed(SANNE, branch_id=branch.id) | {"use": half_known.id, "asked": "client", "take-client": ["email"]}
    seen = half_known.version
    operations.update(half_known, {"email": "nieuw@voorbeeld.nl"}, assistant)
    records.commit()
    again = answer(as_assistant, sent | {"version-client": seen})
    assert again.status_code == 409 and "Iemand anders heeft dit intussen gewijzigd" in again.text
    assert "Nu: nieuw@voorbeeld.nl" in again.text and 'value="email" checked' in again.text
    newer = re.search(r'name="version-client" value="(\d+)"', again.text)[1]
    assert answer(as_assistant, sent | {"version-client": newer}).status_code == 302
    db.session.refresh(half_known)
    assert half_known.email == "sanne.devries@voorbeeld.nl"


def test_nothing_to_ask_goes_straight_on(as_assistant, assistant, branch):
    relation = make_relation(assistant, **SANNE)
    assert answer(as_assistant, typed(SANNE, branch_id=branch.id) | {"use": relation.id}).status_code == 302


def test_a_partner_who_is_known_is_asked_about_too(as_assistant, assistant, branch):
    tim = make_relation(assistant, **TIM, phone="0612345678", email="")
    partner = typed_partner({**TIM, "email": "tim@voorbeeld.nl"})
    sent = typed(SANNE, branch_id=branch.id) | partner | {"use_partner": tim.id}
    page = answer(as_assistant, sent)
    assert page.status_code == 200 and 'name="take-partner" value="email" checked' in page.text
    assert len(everyone()) == 1, "Sanne is not made yet"
    sent |= {"asked": "partner", "version-partner": tim.version, "take-partner": ["email"], "once": "one"}
    first, second = answer(as_assistant, sent), answer(as_assistant, sent)
    assert first.headers["Location"] == second.headers["Location"]
    db.session.refresh(tim)
    assert tim.email == "tim@voorbeeld.nl" and len(everyone()) == 2
    assert queries.partner_of(everyone()[1]) == tim


@pytest.mark.parametrize(
    ("kept", "written", "keys"),
    [
        ({}, {}, []),
        ({"phone": "+31612345678"}, {"phone": ""}, []),
        ({"other_phone": "+31612345678"}, {"phone": "+31612345678"}, []),
        ({"surname": "Vries", "surname_prefix": "de"}, {"surname": "Vries", "surname_prefix": ""}, ["surname"]),
        ({"street": "Neude", "city": "Utrecht"}, {"city": "Zeist"}, []),
        ({"birth_date": dt.date(1990, 1, 2)}, {"birth_date": dt.date(1990, 2, 1)}, ["birth_date"]),
        ({"title": "ms"}, {"title": "none"}, ["title"]),
    ],
)
def test_what_counts_as_a_difference(app, kept, written, keys):
    relation = Relation(**{"surname": "Vries", **kept})
    assert [row.key for row in known.differences(relation, written)] == keys


def test_only_parts_are_taken(app):
    assert known.taken({"email": "a@b.nl", "branch_id": 3}, ["email", "branch_id"]) == {"email": "a@b.nl"}

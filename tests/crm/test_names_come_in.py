"""Names that went wrong elsewhere (tests/cases/names.csv), by every way a name comes in."""

import csv
import re
from html import unescape
from pathlib import Path

import pytest
from itsdangerous import TimestampSigner

from crm import records
from crm.db import db, utcnow
from crm.imports import operations as imports
from crm.lists import sheet
from crm.mail import markup
from crm.mail.placeholders import Placeholder, fill, unfilled
from crm.relations.lists import RELATIONS
from crm.relations.models import Relation
from crm.search.queries import search
from crm.service_requests.forms import signer
from crm.service_requests.models import ServiceRequest

CASES = Path(__file__).parent.parent / "cases"
ROWS = list(csv.DictReader((CASES / "names.csv").read_text("utf-8").splitlines(), delimiter=";"))
TOO_LONG = 10
# What each surname is kept as, by its number in the file; 10 is refused.
KEPT = [
    "Jangnp", "Voorbeeld", "Zalgo̵̐́̈̃̑", "😀 Emoji", "🏳️‍🌈", "Café", "O’Neill", "ﬁnck", "Ĳssel", None, "Ма́рия", "محمد",
    "山田", "A B", "NullBell", '=HYPERLINK("http://x")', "-Min", "Jansen, Piet", "Test <b>x</b>", "{{naam}}", "%s %d",
    'Robert"); DROP',
]  # fmt: skip
# What somebody types to find it again.
TYPED = {
    1: "jangnp", 2: "voorbeeld", 3: "zalgo", 4: "emoji", 6: "cafe", 7: "o'neill", 8: "finck", 9: "ijssel", 11: "Мария",
    12: "محمد", 13: "山田", 15: "nullbell", 17: "min", 18: "jansen piet",
}  # fmt: skip


def columns_of(row):
    """A row of the file as columns of a relation, as a browser or a program sends them."""
    return {
        "first_name": row["Voornaam"], "initials": row["Voorletters"], "surname": row["Achternaam"],
        "email": row["E-mail"], "phone": row["Mobiel"], "postal_code": row["Postcode"],
        "house_number": row["Huisnummer"], "city": row["Plaats"],
    }  # fmt: skip


def surnames():
    db.session.expire_all()
    return [one.surname for one in db.session.query(Relation).order_by(Relation.id)]


def expected():
    return [kept for kept in KEPT if kept is not None]


@pytest.fixture
def shown(app, monkeypatch):
    """The signed moment of a form that was shown a minute ago."""
    with monkeypatch.context() as past:
        past.setattr(TimestampSigner, "get_timestamp", lambda self: int(utcnow().timestamp()) - 60)
        return signer().dumps("")


@pytest.fixture
def known(branch, admin):
    """The file, brought in."""
    return imports.import_file(CASES / "names.csv", branch, admin)


def test_by_import(known):
    assert surnames() == expected() and (known.created, known.refused) == (21, 1)


def test_by_the_form(as_assistant, branch):
    for number, row in enumerate(ROWS, 1):
        day = "-".join(reversed(row["Geboortedatum"].split("-")))
        more = {"title": "none", "birth_date": day, "street": "Kade", "country": "NL", "address_form": "u"}
        sent = columns_of(row) | more | {"branch_id": branch.id}
        answer = as_assistant.post("/relations/create", data=sent)
        assert answer.status_code == (422 if number == TOO_LONG else 302), (number, answer.text[:2000])
        assert number != TOO_LONG or "Dit is te lang" in answer.text
    assert surnames() == expected()


def test_by_a_program(client, assistant):
    from crm.accounts.models import SCOPES
    from crm.accounts.operations import create_token
    from tests.crm.api.conftest import Program

    program = Program(client, create_token(assistant, "website", list(SCOPES)))
    records.commit()
    codes = [program.post("/relations", columns_of(row)).status_code for row in ROWS]
    assert codes == [201 if kept else 422 for kept in KEPT] and surnames() == expected()
    for row in ROWS:
        sent = {"surname": row["Achternaam"], "phone": row["Mobiel"]}
        assert program.post("/service_requests", sent).status_code in (201, 422)
    made = [one.typed["surname"] for one in db.session.query(ServiceRequest).order_by(ServiceRequest.id)]
    assert [" ".join(name.split()) for name in made] == expected()


def test_by_the_public_form(client, branch, shown):
    for number, row in enumerate(ROWS, 1):
        sent = {"surname": row["Achternaam"], "phone": row["Mobiel"], "consent": "y", "shown": shown}
        answer = client.post("/aanvraag", data=sent, environ_base={"REMOTE_ADDR": f"10.0.0.{number}"})
        assert answer.status_code == (422 if number == TOO_LONG else 303), (number, answer.text[:1000])
        assert number != TOO_LONG or "Dit is te lang" in answer.text
    found = db.session.query(ServiceRequest).order_by(ServiceRequest.id).all()
    assert [" ".join(one.typed["surname"].split()) for one in found] == expected()


def test_found_by_what_one_can_type(known, assistant):
    for number, typed in TYPED.items():
        name = KEPT[number - 1]
        assert name in [hit.title.removeprefix("Kees ") for hit in search(typed, assistant)], name


def test_a_name_begins_with_what_is_typed_with_and_without_hidden_signs(known, as_assistant, assistant):
    for typed in ("voorb", "\u200bvoorbeeld", "Voor\u00adbeeld"):
        page = as_assistant.get("/relations", query_string={"name": typed}).text
        assert "Voorbeeld Kees" in page.replace(",", "") and "Emoji" not in page
        assert "Voorbeeld" in [hit.title.removeprefix("Kees ") for hit in search(typed, assistant)]


def test_a_name_is_text_in_every_export(known, as_assistant):
    columns = [one for one in RELATIONS.columns if one.key in ("name", "surname")]
    lines = "".join(sheet.lines_of(columns, db.session.query(Relation).order_by(Relation.id)))
    cells = [row[1] for row in csv.reader(lines.splitlines(), delimiter=";")]
    assert cells[14] == '\'=HYPERLINK("http://x")' and cells[15] == "'-Min"
    assert [cell.removeprefix("'") for cell in cells] == expected()


def test_a_name_is_text_in_a_mail():
    for name in expected():
        words = {"klant.naam": Placeholder("klant.naam", "Naam", name)}
        filled = fill("Beste {{ klant.naam }}, welkom", words, markup.escape).text
        text = unescape(re.sub("<[^>]*>", "", markup.to_html(filled))).strip()
        assert text == f"Beste {name}, welkom" == markup.to_text(filled).strip() and not unfilled(filled)
        assert "{{" not in fill("{{ klant.naam }}", words, markup.escape_title).text

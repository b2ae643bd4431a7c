"""One rule for what an e-mail address is, whichever way it comes in, and for what else comes from another country."""

import re
from pathlib import Path

import pytest
from wtforms import EmailField
from wtforms import Form as PlainForm

from crm import addresses
from crm.accounts import operations as accounts
from crm.accounts import queries as users
from crm.accounts.forms import LoginForm
from crm.db import db
from crm.forms import AddressField
from crm.imports.columns import read
from crm.mail.letter import mailboxes
from crm.relations import operations, person
from crm.relations.models import Relation
from crm.service_requests.typed import problems
from tests.conftest import PASSWORD
from tests.crm.relations.conftest import SANNE, make_relation, typed, typed_partner

ROOT = Path(__file__).parents[2]
RIGHT = {
    "jan@voorbeeld.nl": "jan@voorbeeld.nl",
    " Jan@Voorbeeld.NL ": "jan@voorbeeld.nl",
    "Piet Jansen <piet@voorbeeld.nl>": "piet@voorbeeld.nl",
    "Jansen, Piet <piet@voorbeeld.nl>;": "piet@voorbeeld.nl",
    '"Jansen, Piet" <piet@voorbeeld.nl>': "piet@voorbeeld.nl",
    "mailto:jan@voorbeeld.nl": "jan@voorbeeld.nl",
    "<jan@voorbeeld.nl>": "jan@voorbeeld.nl",
    "\u200bjan\u00ad@voorbeeld.nl\ufeff": "jan@voorbeeld.nl",
    "\u202ajan@voorbeeld.nl\u202c": "jan@voorbeeld.nl",
    "jan＠voorbeeld.nl": "jan@voorbeeld.nl",
    "jan@bücher.example": "jan@bücher.example",
    "o'neill+huis@voorbeeld.nl": "o'neill+huis@voorbeeld.nl",
}
WRONG = ["jörg@voorbeeld.nl", "jan@", "@voorbeeld.nl", "jan@voorbeeld", "jan", "a@b.nl, c@d.nl", "jan@@voorbeeld.nl",
         "jan.@voorbeeld.nl", "jan voorbeeld@x.nl", "a" * 65 + "@voorbeeld.nl", "jan@voorbeeld..nl"]  # fmt: skip


def by_relation(text):
    clean, wrong = person.tidy({"surname": "Jansen", "email": text})
    return None if "email" in wrong else clean["email"]


def by_import(text):
    clean, wrong = read([text], {"email": 0})
    return None if "email" in wrong else clean["email"]


def by_request(text):
    return None if "email" in problems({"surname": "Jansen", "email": text}) else addresses.email(text)


def by_mailing(text):
    try:
        found = mailboxes(text)
    except ValueError:
        return None
    return found[0][1].lower().replace("xn--bcher-kva", "bücher") if len(found) == 1 else None


def by_form(text):
    class Paper(PlainForm):
        email = AddressField()

    form = Paper(formdata=Posted(email=text))
    return form.email.data if form.validate() else None


class Posted(dict):
    def getlist(self, name):
        return [self[name]]


WAYS = [by_relation, by_import, by_request, by_mailing, by_form]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_says_the_same(app, way):
    assert {text: way(text) for text in RIGHT} == RIGHT
    assert {text: way(text) for text in WRONG} == dict.fromkeys(WRONG)


def test_no_other_rule_anywhere():
    files = {path: path.read_text() for folder in ("crm", "plugins") for path in ROOT.glob(f"{folder}/**/*.py")}
    rule = re.compile(r"validate_email\(|\bEmail\(|getaddresses\(")
    assert [str(path.relative_to(ROOT)) for path, text in files.items() if rule.search(text)] == ["crm/addresses.py"]


def test_every_field_for_an_address_reads_it_so(app):
    fields = {
        f"{form.__module__}.{form.__name__}.{name}": field.field_class
        for form in kinds_of(PlainForm) if form.__module__.startswith(("crm.", "plugins."))
        for name, field in vars(form).items()
        if hasattr(field, "field_class") and (issubclass(field.field_class, EmailField) or name == "email")
    }  # fmt: skip
    others = {name for name, kind in fields.items() if not issubclass(kind, AddressField)}
    assert len(fields) >= 6
    # Whoever logs in may have an address from before the rule; the public form checks all its answers itself, and who
    # asks a new mail is answered the same whatever he typed, but for what is no address.
    assert others <= {
        "crm.accounts.forms.LoginForm.email",
        "crm.service_requests.forms.RequestForm.email",
        "plugins.portal.doors.forms.LogInForm.email",
        "plugins.portal.doors.forms.NewMailForm.email",
    }


def kinds_of(kind):
    return {kind}.union(*(kinds_of(sub) for sub in kind.__subclasses__()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jansen, Piet <p@x.nl>; Bos, Jan <j@y.nl>", [("Jansen, Piet", "p@x.nl"), ("Bos, Jan", "j@y.nl")]),
        ("Jansen, Piet <p@x.nl>, Bos, Jan <j@y.nl>;", [("Jansen, Piet", "p@x.nl"), ("Bos, Jan", "j@y.nl")]),
        ('"Jansen; Piet" <p@x.nl>, j@y.nl', [("Jansen; Piet", "p@x.nl"), ("", "j@y.nl")]),
        ("p@x.nl (Piet, thuis), J <j@y.nl>", [("Piet, thuis", "p@x.nl"), ("J", "j@y.nl")]),
        ("Jansen, Piet\u200b <p\ufeff@x.nl>", [("Jansen, Piet", "p@x.nl")]),
        ("P@x.nl; p@X.nl", [("", "P@x.nl")]),
        ("", []),
    ],
)
def test_what_is_pasted_is_read(text, expected):
    assert mailboxes(text) == expected


@pytest.mark.parametrize("text", ["Jansen, Piet", "p@x.nl; Bos", "Jansen, Piet <p@x.nl>; Bos, Jan", "p@x.nl j@y.nl"])
def test_a_name_without_an_address_is_refused(text):
    with pytest.raises(ValueError, match="geen e-mailadres"):
        mailboxes(text)


def test_saved_is_mailed(as_assistant, assistant):
    relation = make_relation(assistant, email="jan@bücher.example")
    assert relation.email == "jan@bücher.example"
    page = as_assistant.get(f"/mail/compose/relation/{relation.id}")
    assert page.status_code == 200 and "xn--bcher-kva.example" in page.text
    with pytest.raises(operations.Unfit, match="Voor de @"):
        make_relation(assistant, email="jörg@voorbeeld.nl")


def test_a_login_is_counted_for_the_address_one_sees(app):
    form = LoginForm(formdata=Posted(email="\u200bjan@voorbeeld.nl ", password="x"), meta={"csrf": False})
    assert form.email.data == "jan@voorbeeld.nl"


@pytest.mark.parametrize("stored", ["Café van de ﬁets 12", "Cafe\u0301 van de fiets 12"])
def test_a_password_is_the_same_from_every_keyboard(app, assistant, stored):
    passwords = accounts.hasher(app.config["ARGON2_MEMORY"], app.config["ARGON2_ROUNDS"])
    accounts.set_password(assistant, stored, passwords)
    for typed_now in ("Café van de fiets 12", "Cafe\u0301 van de fiets 12", "Café van de ﬁets 12"):
        assert accounts.is_right(passwords, assistant.password_hash, typed_now)
    assert not accounts.is_right(passwords, assistant.password_hash, "Cafe van de fiets 12")
    old = passwords.hash("Cafe\u0301 van voor die tijd")
    assert accounts.is_right(passwords, old, "Cafe\u0301 van voor die tijd")
    assert not accounts.is_right(passwords, old, PASSWORD)


@pytest.mark.parametrize(
    ("country", "text", "kept"),
    [
        ("NL", "06 12345678", "+31612345678"), ("BE", "0475 12 34 56", "+32475123456"),
        ("FR", "06 12 34 56 78", "+33612345678"), ("BE", "06 12345678", "+31612345678"),
        ("DE", "0170 1234567", "+491701234567"), ("BE", "+31 6 12345678", "+31612345678"),
        ("ZZ", "06 12345678", "+31612345678"), ("DE", "", ""),
    ],
)  # fmt: skip
def test_a_number_is_read_by_the_country_of_the_address_first(country, text, kept):
    for name in ("phone", "other_phone"):
        assert person.tidy({"surname": "Jansen", "country": country, name: text})[0][name] == kept


def test_a_partner_at_the_same_address_lives_in_the_same_country(as_assistant, branch):
    sent = typed({**SANNE, "country": "BE", "phone": "0475 12 34 56", "postal_code": "2000"}, branch_id=branch.id)
    partner = {"title": "mr", "surname": "Peeters", "birth_date": "1988-01-02", "phone": "0476 12 34 56"}
    answer = as_assistant.post("/relations/create", data=sent | typed_partner(partner))
    assert answer.status_code == 302
    assert {one.phone for one in db.session.query(Relation)} == {"+32475123456", "+32476123456"}


def test_a_foreign_address_shows_its_country(as_assistant, assistant):
    relation = make_relation(assistant, country="BE", postal_code="2000", city="Antwerpen")
    assert relation.address == "Molenweg 12, 2000 Antwerpen, België"
    assert "Antwerpen, België" in as_assistant.get(f"/relations/{relation.id}").text
    assert make_relation(assistant, surname="Bos", phone="0612345670", email="b@y.nl").address.endswith("Hapert")
    nowhere = dict.fromkeys(("street", "house_number", "house_number_suffix", "postal_code", "city"), "")
    assert Relation(surname="X", country="BE", **nowhere).address == ""
    assert users.by_email(f" {assistant.email.upper()} ") == assistant

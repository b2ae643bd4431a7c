"""Tidying what people type, and how they are addressed."""

import datetime as dt

import pytest

from crm import formats
from crm.relations import person
from crm.relations.models import Relation
from crm.relations.queries import salutation


@pytest.mark.parametrize(
    ("typed", "prefix", "surname"),
    [
        ("DE VRIES", "de", "Vries"), ("van der berg", "van der", "Berg"), ("Jansen", "", "Jansen"),
        ("jansen-de vries", "", "Jansen-de Vries"), ("McDonald", "", "McDonald"), ("'t hart", "'t", "Hart"),
        ("Van Dijk", "van", "Dijk"), ("de", "", "De"),
    ],
)  # fmt: skip
def test_surname(typed, prefix, surname):
    clean, problems = person.tidy({"surname": typed})
    assert (clean.get("surname_prefix", ""), clean["surname"], problems) == (prefix, surname, {})


@pytest.mark.parametrize(("prefix", "surname", "kept"), [
    ("de", "de Wit", ("de", "Wit")), ("De", "De Wit", ("de", "Wit")), ("van", "de Wit", ("van", "de Wit")),
    ("van der", "van der Berg", ("van der", "Berg")), ("de", "Wit", ("de", "Wit")),
])  # fmt: skip
def test_a_tussenvoegsel_typed_twice_is_one(prefix, surname, kept):
    clean, _ = person.tidy({"surname_prefix": prefix, "surname": surname})
    assert (clean["surname_prefix"], clean["surname"]) == kept


@pytest.mark.parametrize(("typed", "kept"), [("aj", "A.J."), ("a.j.", "A.J."), ("A J", "A.J."), ("Th.m", "Th.M.")])
def test_initials(typed, kept):
    assert person.tidy({"initials": typed})[0]["initials"] == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06 12345678", "+31612345678"), ("0031 (0)6-12345678", "+31612345678"), ("+31612345678", "+31612345678"),
        ("030-2345678", "+31302345678"), ("+32 470 12 34 56", "+32470123456"), ("0612345678 ", "+31612345678"),
    ],
)  # fmt: skip
def test_phone(typed, kept):
    assert person.tidy({"phone": typed}) == ({"phone": kept}, {})


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("phone", "0612345", "geen telefoonnummer"), ("phone", "bel mij", "geen telefoonnummer"),
        ("email", "sanne.voorbeeld.nl", "heeft een @"), ("email", "a@b@c.nl", "geen e-mailadres"),
        ("email", "sanne@voorbeeld", "geen e-mailadres"), ("postal_code", "0123 AB", "vier cijfers"),
        ("postal_code", "1234", "vier cijfers"), ("house_number", "twaalf", "alleen het huisnummer"),
        ("house_number", "0", "alleen het huisnummer"), ("title", "dr", "Kies uit"), ("country", "XX", "Kies uit"),
        ("birth_date", dt.date(1850, 1, 1), "voor 1900"), ("street", "x" * 200, "te lang"),
        ("first_name", "Jan 111222333", "BSN"), ("city", "1112.22.333", "BSN"),
        ("house_number", "111222333", "BSN"),
    ],
)  # fmt: skip
def test_refused_with_a_sentence(field, typed, said):
    _clean, problems = person.tidy({field: typed})
    assert said in problems[field]


def test_nine_digits_that_are_no_bsn_are_let_through():
    assert person.tidy({"street": "Kavel 123456789"})[1] == {}


@pytest.mark.requirement("O-003", side="crm")
def test_future_birth_date_is_refused_and_a_minor_is_warned_about():
    tomorrow = formats.today() + dt.timedelta(days=1)
    assert "toekomst" in person.tidy({"birth_date": tomorrow})[1]["birth_date"]
    young = formats.today().replace(day=1) - dt.timedelta(days=17 * 365)
    assert "nog geen 18 jaar" in person.warnings({"birth_date": young})[0]
    assert person.warnings({"birth_date": dt.date(1990, 1, 1), "phone": "+31612345678"}) == []


def test_eighteen_on_the_birthday_itself():
    assert person.age(dt.date(2000, 6, 3), on=dt.date(2018, 6, 2)) == 17
    assert person.age(dt.date(2000, 6, 3), on=dt.date(2018, 6, 3)) == 18


def test_fixed_line_only_is_warned_about():
    assert "sms" in person.warnings({"phone": "+31302345678"})[0]
    assert person.warnings({"phone": "+31302345678", "other_phone": "+31612345678"}) == []


def test_foreign_address_is_left_as_it_is():
    values = {"country": "BE", "postal_code": "b-2000", "house_number": "12/3"}
    assert person.tidy(values) == ({"country": "BE", "postal_code": "B-2000", "house_number": "12/3"}, {})


def test_house_number_with_its_letter():
    clean, problems = person.tidy({"house_number": "12a", "house_number_suffix": ""})
    assert (clean["house_number"], clean["house_number_suffix"], problems) == ("12", "a", {})


def someone(title: str = "", **more: str) -> Relation:
    return Relation(title=title, **{"first_name": "", "initials": "", "surname_prefix": "", "surname": "Jansen"} | more)


MS = someone("ms", first_name="Sanne", initials="S.", surname_prefix="de", surname="Vries")
MR = someone("mr", first_name="Tim", initials="T.")


@pytest.mark.parametrize(
    ("people", "form", "said"),
    [
        ([MR], "u", "Geachte heer Jansen"),
        ([MS], "u", "Geachte mevrouw De Vries"),
        ([someone()], "u", "Geachte heer/mevrouw Jansen"),
        ([someone("none", first_name="Kim", initials="K.", surname="Verbeek")], "u", "Geachte K. Verbeek"),
        ([someone("none", first_name="Kim", surname_prefix="van", surname="Beek")], "u", "Geachte K. van Beek"),
        ([someone("none")], "u", "Geachte heer/mevrouw Jansen"),
        ([someone("mr", surname_prefix="van de", surname="Koster - Visser")], "u", "Geachte heer Van de Koster"),
        ([someone("ms", surname="Jansen-de Vries")], "u", "Geachte mevrouw Jansen"),
        ([someone("mr", surname="El-Khatib")], "u", "Geachte heer El-Khatib"),
        ([someone("mr", surname_prefix="'t", surname="Hart")], "u", "Geachte heer 't Hart"),
        ([someone("mr", surname="Ros"), someone("mr", surname="Bos")], "u", "Geachte heer Ros, geachte heer Bos"),
        ([MS, MR], "u", "Geachte mevrouw De Vries, geachte heer Jansen"),
        ([MS], "je", "Beste Sanne"),
        ([someone("ms", initials="A.", surname_prefix="de", surname="Vries")], "je", "Beste A. de Vries"),
        ([someone(initials="A.J.")], "je", "Beste A.J. Jansen"),
        ([someone("mr", surname_prefix="de", surname="Jong")], "je", "Beste heer De Jong"),
        ([MS, MR], "jullie", "Beste Sanne en Tim"),
        ([MS, MR, someone("mr", first_name="Bo")], "jullie", "Beste Sanne, Tim en Bo"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_salutation(people, form, said):
    assert salutation(people, form) == said

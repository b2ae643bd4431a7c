"""What the columns of somebody else's file mean, and how their values are read."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from crm import formats
from crm.relations import person
from crm.texts import N_

FIELDS = {
    "title": N_("Aanspreektitel"),
    "initials": N_("Voorletters"),
    "first_name": N_("Voornaam"),
    "surname_prefix": N_("Tussenvoegsel"),
    "surname": N_("Achternaam"),
    "birth_date": N_("Geboortedatum"),
    "phone": N_("Telefoonnummer"),
    "other_phone": N_("Tweede nummer"),
    "email": N_("E-mailadres"),
    "postal_code": N_("Postcode"),
    "house_number": N_("Huisnummer"),
    "house_number_suffix": N_("Toevoeging"),
    "street": N_("Straat"),
    "city": N_("Woonplaats"),
    "country": N_("Land"),
    "address_form": N_("Aanspreekvorm"),
}
HEADERS = {
    "title": "aanhef aanspreektitel aanspreking geslacht titel salutation gender title dhrmevr dhrmw",
    "initials": "voorletters voorletter initialen initials",
    "first_name": "voornaam voornamen roepnaam firstname givenname",
    "surname_prefix": "tussenvoegsel tussenvoegsels voorvoegsel voorvoegsels tv prefix infix surnameprefix",
    "surname": "achternaam geslachtsnaam familienaam naam lastname surname familyname",
    "birth_date": "geboortedatum geboren gebdatum geboortedag gebdat dateofbirth birthdate birthday",
    "phone": "telefoonnummer telefoon mobiel mobielnummer mobieletelefoon gsm tel telefoonmobiel mobile phone "
    "mobilephone telefoon1 telefoonnummer1 06nummer",
    "other_phone": "tweedenummer telefoon2 telefoonnummer2 vast telefoonvast telefoonprive vastnummer homephone "
    "telefoonthuis telefoonwerk otherphone",
    "email": "email emailadres mail mailadres emailaddress email1",
    "postal_code": "postcode zip zipcode postalcode pc",
    "house_number": "huisnummer huisnr nummer nr housenumber",
    "house_number_suffix": "toevoeging huisnummertoevoeging huisnrtoevoeging toev housenumbersuffix",
    "street": "straat straatnaam adres street address",
    "city": "woonplaats plaats plaatsnaam stad city town",
    "country": "land landcode country",
    "address_form": "aanspreekvorm tutoyeren ujij addressform",
}
GUESSES = {header: field for field, headers in HEADERS.items() for header in headers.split()}
TITLES = {
    "mr": "dhr heer deheer de heer de hr man m male mr mijnheer meneer",
    "ms": "mevr mw mevrouw vrouw v f female ms mrs",
    "none": "geen x overig neutraal none",
}
TITLE_WORDS = {word: title for title, words in TITLES.items() for word in words.split()} | {
    "de heer": "mr",
}
FORMS = {"u": "u", "uvorm": "u", "jij": "je", "je": "je", "jijvorm": "je", "j": "je"}
COUNTRIES = {formats.fold(name): code for code, name in person.COUNTRIES.items()}
DATES = ("%d-%m-%Y", "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y%m%d", "%d %m %Y")
STREET = re.compile(r"(.*[^\d\s].*?)\s+(\d{1,5}\s?[a-zA-Z]?)")
SPREADSHEET = re.compile(r"""="([^"]*)"|'([=+\-@\d].*)""")  # how a spreadsheet is told that a cell is text


def guess(headers: Sequence[str]) -> dict[str, str]:
    """{field: header} for the headers whose meaning is clear; the first header that fits a field has it."""
    mapping: dict[str, str] = {}
    for header in headers:
        field = GUESSES.get(re.sub(r"[^a-z0-9]", "", formats.fold(header)))
        if field and field not in mapping:
            mapping[field] = header
    return mapping


def read(cells: Sequence[str], places: Mapping[str, int]) -> tuple[dict[str, Any], dict[str, str]]:
    """(tidied columns of Relation, {field: what is wrong}) of one row; `places` is {field: index of its cell}."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field, place in places.items():
        text = as_text(cells[place])
        if field in READERS:
            try:
                values[field] = READERS[field](text)
            except ValueError as error:
                problems[field] = str(error)
        else:
            values[field] = text
    split_street(values)
    clean, wrong = person.tidy(values)
    if not clean.get("surname"):
        wrong.setdefault("surname", "deze is leeg. Vul de achternaam in.")
    return clean, wrong | problems


def as_text(cell: str) -> str:
    """What a cell says, without what told a spreadsheet to leave it alone: ="0612", '0612. A formula is a text here."""
    text = cell.strip()
    told = SPREADSHEET.fullmatch(text)
    return (told[1] or told[2] or "").strip() if told else text


def split_street(values: dict[str, Any]) -> None:
    """ "Molenweg 12a" in one column becomes a street and a house number."""
    found = STREET.fullmatch(values.get("street") or "") if not values.get("house_number") else None
    if found:
        values["street"], values["house_number"] = found[1], found[2]


def read_date(text: str) -> dt.date | None:
    """A day as people write it. Raises ValueError with a sentence for the user."""
    if not text:
        return None
    for form in DATES:
        try:
            day = dt.datetime.strptime(text.split("T")[0], form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
        if formats.is_in_reach(day):
            return day
    raise ValueError("dit is geen datum. Schrijf hem als dag-maand-jaar, zoals 03-06-1985.")


def read_title(text: str) -> str:
    """ "dhr." is De heer; what is not known stays open."""
    return TITLE_WORDS.get(formats.fold(text).strip("."), "")


def read_country(text: str) -> str:
    """A country's code from its code or Dutch name. Raises ValueError with a sentence for the user."""
    if not text:
        return "NL"
    code = text.upper()
    if code in person.COUNTRIES:
        return code
    try:
        return COUNTRIES[formats.fold(text)]
    except KeyError:
        raise ValueError("dit land kennen wij niet. Schrijf de Nederlandse naam of de code van twee letters.")


def read_form(text: str) -> str:
    """ "u" or "je"; what is not known is u."""
    return FORMS.get(re.sub(r"[^a-z]", "", formats.fold(text)), "u")


READERS: dict[str, Any] = {
    "birth_date": lru_cache(maxsize=4096)(read_date),
    "title": lru_cache(maxsize=256)(read_title),
    "country": lru_cache(maxsize=256)(read_country),
    "address_form": lru_cache(maxsize=256)(read_form),
}


def describe(problems: Mapping[str, str]) -> str:
    """What is wrong with a row, in one line, without repeating what it holds."""
    return " ".join(f"{FIELDS.get(field, field)}: {text}" for field, text in problems.items())

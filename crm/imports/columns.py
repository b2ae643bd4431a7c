"""What the columns of somebody else's file mean, and how their values are read."""

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
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
# What headers mean, by field, the surest first: of Dutch files, Google, Outlook (nl and en), Salesforce, EspoCRM and
# Sleutel's own export, in small letters without anything else.
HEADERS = {
    "title": "aanhef aanspreektitel aanspreking geslacht titel aanheftitel salutation salutationname nameprefix gender "
    "title dhrmevr dhrmw",
    "initials": "voorletters voorletter voorl initialen initials",
    "first_name": "voornaam voornamen roepnaam firstname givenname",
    "surname_prefix": "tussenvoegsel tussenvoegsels tussenv voorvoegsel voorvoegsels tv prefix infix surnameprefix",
    "surname": "achternaam geslachtsnaam familienaam naam lastname surname familyname",
    "birth_date": "geboortedatum geboren gebdatum geboortedag gebdat verjaardag dateofbirth birthdate birthday "
    "birthdatec",
    "phone": "telefoonnummer mobiel mobielnummer mobieletelefoon gsm telefoonmobiel telmobiel mobieltel mobile "
    "mobilephone phonenumbermobile 06nummer phone1value phone telefoon tel telefoonnr telnr phonenumber primaryphone "
    "telefoon1 telefoonnummer1",
    "other_phone": "tweedenummer telefoon2 telefoonnummer2 vast telefoonvast telefoonprive telefoonthuis vastnummer "
    "telvast telthuis homephone phonenumberhome phone2value telefoonwerk telefoonopwerk businessphone otherphone "
    "anderetelefoon phone telefoon tel",
    "email": "email emailadres mail mailadres emailaddress email1 email1value email1address",
    "postal_code": "postcode zip zipcode postalcode pc huisadrespostcode homepostalcode address1postalcode "
    "mailingpostalcode mailingzippostalcode mailingzip addresspostalcode",
    "house_number": "huisnummer huisnr nummer nr housenumber",
    "house_number_suffix": "toevoeging huisnummertoevoeging huisnrtoevoeging toev housenumbersuffix",
    "street": "straat straatnaam adres street address huisadresstraat homestreet address1street mailingstreet "
    "addressstreet",
    "city": "woonplaats plaats plaatsnaam stad city town huisadresplaats homecity address1city mailingcity addresscity",
    "country": "land landcode country huisadreslandregio homecountryregion homecountry address1country mailingcountry "
    "mailingcountrycode addresscountry",
    "address_form": "aanspreekvorm tutoyeren ujij addressform",
}
# What says that nothing is known; none of them is a name.
NOTHING = {
    "-", "--", "–", "—", ".", "?", "n.v.t.", "n.v.t", "nvt", "n/a", "n.b.", "onbekend", "niet bekend", "unknown",
    "null",
}  # fmt: skip
TITLES = {
    "mr": "dhr heer deheer de heer de hr man m male mr mijnheer meneer",
    "ms": "mevr mw mevrouw vrouw v f female ms mrs",
    "none": "geen x overig neutraal none",
}
TITLE_WORDS = {word: title for title, words in TITLES.items() for word in words.split()} | {"de heer": "mr"}
FORMS = {"u": "u", "uvorm": "u", "jij": "je", "je": "je", "jijvorm": "je", "j": "je"}
COUNTRIES = {formats.fold(name): code for code, name in person.COUNTRIES.items()}
DAY = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})")
YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|(\d{2})(\d{2}))")
IN_WORDS = re.compile(r"(\d{1,2})[-. ]*([a-z]{3,9})\.?[-. ]*(\d{4}|\d{2})")
TIME = re.compile(r"[T ]+\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d+)?)?\s*([ap]m)?(Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE)
MONTHS = {
    name[:length]: number
    for year in (formats.MONTHS, formats.ENGLISH_MONTHS)
    for number, name in enumerate((one.lower() for one in year), 1)
    for length in (3, 4, len(name))
} | {"mrt": 3}
SPREADSHEET_DAY = range(10_000, 60_000)  # days since 30 December 1899: 1927 to 2064
BETWEEN_NUMBERS = re.compile(r"\s*(?:[/;,|]|\ben\b|\bof\b)\s*")
STREET = re.compile(r"(.*[^\d\s].*?)\s+(\d{1,5}\s?[a-zA-Z]?)")
SPREADSHEET = re.compile(r"""="([^"]*)"|'([=+\-@\d].*)""")  # how a spreadsheet is told that a cell is text


def guess(headers: Sequence[str], empty: Collection[str] = ()) -> dict[str, str]:
    """{field: header} for the headers whose meaning is clear: of those that fit a field the surest, a column with
    something in it before one without (`empty`)."""
    plain: dict[str, str] = {}
    for header in sorted(headers, key=lambda name: name in empty):
        plain.setdefault(re.sub(r"[^a-z0-9]", "", formats.fold(header)), header)
    mapping: dict[str, str] = {}
    for field, known in HEADERS.items():
        fitting = [plain[name] for name in known.split() if name in plain and plain[name] not in mapping.values()]
        if fitting:
            mapping[field] = next((header for header in fitting if header not in empty), fitting[0])
    return mapping


def read(
    cells: Sequence[str], places: Mapping[str, int], month_first: str = ""
) -> tuple[dict[str, Any], dict[str, str]]:
    """(tidied columns of Relation, {field: what is wrong}) of one row; `places` is {field: index of its cell}.

    `month_first` are the signs between numbers with which a date begins with its month.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field, place in places.items():
        text = as_text(cells[place])
        if field in READERS:
            try:
                values[field] = read_date(text, month_first) if field == "birth_date" else READERS[field](text)
            except ValueError as error:
                problems[field] = str(error)
        else:
            values[field] = text
    split_street(values)
    split_numbers(values)
    clean, wrong = person.tidy(values)
    if not clean.get("surname"):
        wrong.setdefault("surname", "deze is leeg. Vul de achternaam in.")
    return clean, wrong | problems


def as_text(cell: str) -> str:
    """What a cell says, without what told a spreadsheet to leave it alone: ="0612", '0612. A formula is a text here.

    A word for nothing ("n.v.t.", "onbekend", "-") is empty.
    """
    text = cell.strip()
    told = SPREADSHEET.fullmatch(text)
    text = (told[1] or told[2] or "").strip() if told else text
    return "" if text.lower() in NOTHING else text


def split_street(values: dict[str, Any]) -> None:
    """ "Molenweg 12a" in one column becomes a street and a house number."""
    found = STREET.fullmatch(values.get("street") or "") if not values.get("house_number") else None
    if found:
        values["street"], values["house_number"] = found[1], found[2]


def split_numbers(values: dict[str, Any]) -> None:
    """Two telephone numbers in one cell become the first and the second number."""
    parts = BETWEEN_NUMBERS.split(values.get("phone") or "")
    if len(parts) == 2 and not values.get("other_phone") and all(is_number(part) for part in parts):
        values["phone"], values["other_phone"] = parts


def is_number(text: str) -> bool:
    """True for a whole telephone number."""
    try:
        return bool(person.tidy_phone(text))
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def read_date(text: str, month_first: str = "") -> dt.date | None:
    """A day as people and programs write it. Raises ValueError with a sentence for the user."""
    if not text:
        return None
    try:
        day = day_of(text, month_first)
        if formats.is_in_reach(day):
            return day
    except ValueError:
        pass
    raise ValueError("dit is geen datum. Schrijf hem als dag-maand-jaar, zoals 03-06-1985.")


def day_of(text: str, month_first: str) -> dt.date:
    """The day in one of the ways to write it. Raises ValueError for any other."""
    if TIME.search(text):
        with suppress(ValueError):  # midnight here is the evening before in a file of moments in UTC
            if (moment := dt.datetime.fromisoformat(text)).tzinfo:
                return formats.local(moment).date()
        text = TIME.sub("", text)
    folded = formats.fold(text)
    if said := DAY.fullmatch(folded):
        first, second = int(said[1]), int(said[3])
        day, month = (second, first) if said[2] in month_first else (first, second)
        return dt.date(whole_year(said[4]), month, day)
    if said := YEAR_FIRST.fullmatch(folded):
        return dt.date(int(said[1]), int(said[2] or said[4]), int(said[3] or said[5]))
    if (said := IN_WORDS.fullmatch(folded)) and said[2] in MONTHS:
        return dt.date(whole_year(said[3]), MONTHS[said[2]], int(said[1]))
    if folded.isdecimal() and int(folded) in SPREADSHEET_DAY:
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(folded))
    raise ValueError(text)


def whole_year(text: str) -> int:
    """1985 of "1985" and of "85": the last such year that is not to come."""
    if len(text) == 4:
        return int(text)
    this_year = formats.today().year
    return this_year - (this_year - int(text)) % 100


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
    "birth_date": read_date,
    "title": lru_cache(maxsize=256)(read_title),
    "country": lru_cache(maxsize=256)(read_country),
    "address_form": lru_cache(maxsize=256)(read_form),
}


def describe(problems: Mapping[str, str]) -> str:
    """What is wrong with a row, in one line, without repeating what it holds."""
    return " ".join(f"{FIELDS.get(field, field)}: {text}" for field, text in problems.items())

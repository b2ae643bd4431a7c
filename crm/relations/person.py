"""What the details of a person must look like: tidied as typed, told in Dutch what is wrong. Pure functions."""

import contextlib
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from crm import addresses, formats, names
from crm.relations import bsn
from crm.texts import N_

TITLES = {"mr": N_("De heer"), "ms": N_("Mevrouw"), "none": N_("Geen")}
RECORD_TYPES = {"client": N_("Klant"), "contact": N_("Contactpersoon")}
COUNTRIES = {
    "NL": N_("Nederland"),
    "BE": N_("België"),
    "DE": N_("Duitsland"),
    "LU": N_("Luxemburg"),
    "FR": N_("Frankrijk"),
    "GB": N_("Verenigd Koninkrijk"),
    "ES": N_("Spanje"),
    "PT": N_("Portugal"),
    "IT": N_("Italië"),
    "AT": N_("Oostenrijk"),
    "CH": N_("Zwitserland"),
    "PL": N_("Polen"),
    "DK": N_("Denemarken"),
    "SE": N_("Zweden"),
    "NO": N_("Noorwegen"),
    "IE": N_("Ierland"),
    "TR": N_("Turkije"),
    "MA": N_("Marokko"),
    "AW": N_("Aruba"),
    "CW": N_("Curaçao"),
    "SX": N_("Sint Maarten"),
    "SR": N_("Suriname"),
    "US": N_("Verenigde Staten"),
    "CA": N_("Canada"),
    "AU": N_("Australië"),
    "AE": N_("Verenigde Arabische Emiraten"),
    "ZZ": N_("Ander land"),
}
LABELS = {
    "record_type": "Soort relatie", "title": "Aanspreektitel", "initials": "Voorletters", "first_name": "Voornaam",
    "surname_prefix": "Tussenvoegsel", "surname": "Achternaam", "birth_date": "Geboortedatum",
    "phone": "Telefoonnummer", "other_phone": "Tweede nummer", "email": "E-mailadres", "street": "Straat",
    "house_number": "Huisnummer", "house_number_suffix": "Toevoeging", "postal_code": "Postcode", "city": "Woonplaats",
    "country": "Land", "address_form": "Aanspreekvorm", "branch_id": "Vestiging",
}  # fmt: skip
TEXTS = (
    "initials", "first_name", "surname_prefix", "surname", "street", "house_number", "house_number_suffix",
    "postal_code", "city",
)  # fmt: skip
LONGEST = 100
ADULT = 18
OLDEST = dt.date(1900, 1, 1)
NO_BSN = N_("Hier lijkt een BSN te staan. Een BSN mogen wij niet bewaren: haal het weg.")
PERHAPS_BSN = "Hier staat een getal dat een BSN kan zijn. Is het dat, haal het dan weg: een BSN mogen wij niet bewaren."
DUTCH_MOBILE = re.compile(r"(?:\+31|0031)?0?(6[1-58]\d{7})")


def tidy(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed, as it is kept, and what is wrong with it: {field: Dutch sentence}.

    `values` are columns of Relation; absent ones stay absent. What cannot be tidied is given back as typed.
    """
    clean = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in values.items()}
    problems: dict[str, str] = {}
    with_bsn = [name for name in TEXTS if bsn.doubt(clean.get(name) or "") is bsn.Doubt.SURE]
    tidy_names(clean)
    for name, rule in RULES.items():
        if clean.get(name):
            try:
                clean[name] = rule(clean)
            except ValueError as error:
                problems[name] = str(error)
    for name in TEXTS:
        text = clean.get(name) or ""
        if len(text) > LONGEST:
            problems[name] = f"Dit is te lang: gebruik ten hoogste {LONGEST} tekens."
        elif name in with_bsn:
            problems[name] = NO_BSN
    return clean, problems


def tidy_names(clean: dict[str, Any]) -> None:
    """Names without shouting; a tussenvoegsel typed before the surname goes where it belongs."""
    if surname := clean.get("surname"):
        prefix, rest = names.split_surname(surname)
        if prefix and (clean.get("surname_prefix") or prefix).lower() == prefix.lower():
            clean["surname_prefix"], surname = prefix, rest
        clean["surname"] = names.tidy(surname)
    if clean.get("surname_prefix"):
        clean["surname_prefix"] = clean["surname_prefix"].lower()
    if first_name := clean.get("first_name"):
        clean["first_name"] = names.tidy(first_name)
    if initials := clean.get("initials"):
        clean["initials"] = names.initials(initials, first_name or "")
    for place in ("street", "city"):
        if clean.get(place):
            clean[place] = names.tidy(clean[place])


def tidy_phone(text: str, country: str = "NL") -> str:
    """E.164, of a number as written in this country, else in the Netherlands. Raises ValueError with a sentence."""
    digits = re.sub(r"[\s\-().]", "", text)
    if country == "NL" and (mobile := DUTCH_MOBILE.fullmatch(digits)):  # most of them, at a hundredth of the cost
        return f"+31{mobile[1]}"
    for region in dict.fromkeys((country, "NL")):
        with contextlib.suppress(ValueError):
            return formats.phone(text, region)
    raise ValueError(N_("Dit is geen telefoonnummer. Schrijf het als 06 12345678, of als +32 … uit het buitenland."))


def tidy_postal_code(clean: dict[str, Any]) -> str:
    """ "1234AB", or a foreign one as it is. Raises ValueError with a sentence for the user."""
    try:
        return formats.postal_code(clean["postal_code"], clean.get("country") or "NL")
    except ValueError:
        raise ValueError(
            N_("Een postcode is vier cijfers en twee letters, zoals 1234 AB. Buitenland? Kies eerst het land.")
        )


def tidy_house_number(clean: dict[str, Any]) -> str:
    """The number alone; "12a" typed in one puts "a" in the suffix when that is empty. Raises ValueError."""
    text: str = clean["house_number"]
    if (clean.get("country") or "NL") != "NL":
        return text
    found = re.fullmatch(r"(\d{1,5})(?!\d)[\s\-]*(.{0,10})", text)
    if not found or found[1].strip("0") == "":
        raise ValueError(N_("Schrijf alleen het huisnummer, zoals 12; letters horen bij Toevoeging."))
    if found[2] and not clean.get("house_number_suffix"):
        clean["house_number_suffix"] = found[2]
    elif found[2]:
        raise ValueError(N_("Schrijf alleen het huisnummer, zoals 12; letters horen bij Toevoeging."))
    return str(int(found[1]))


def check_birth_date(clean: dict[str, Any]) -> dt.date:
    """The date of a person who can be alive. Raises ValueError with a sentence for the user."""
    day: dt.date = clean["birth_date"]
    if day > formats.today():
        raise ValueError(N_("Deze geboortedatum ligt in de toekomst."))
    if day < OLDEST:
        raise ValueError(N_("Deze geboortedatum ligt voor 1900. Schrijf het jaar met vier cijfers."))
    return day


def choice(name: str, known: Mapping[str, str]) -> Any:
    """A rule that lets only known keys through."""

    def rule(clean: dict[str, Any]) -> Any:
        if clean[name] not in known:
            raise ValueError(f"Kies uit: {', '.join(known.values())}.")
        return clean[name]

    return rule


RULES: dict[str, Any] = {
    "title": choice("title", TITLES),
    "record_type": choice("record_type", RECORD_TYPES),
    "address_form": choice("address_form", {"u": "U", "je": "jij"}),
    "country": choice("country", COUNTRIES),
    "birth_date": check_birth_date,
    "phone": lambda clean: tidy_phone(clean["phone"], clean.get("country") or "NL"),
    "other_phone": lambda clean: tidy_phone(clean["other_phone"], clean.get("country") or "NL"),
    "email": lambda clean: addresses.email(clean["email"]),
    "postal_code": tidy_postal_code,
    "house_number": tidy_house_number,
}


def age(birth_date: dt.date, on: dt.date | None = None) -> int:
    """Whole years on a day, today unless told."""
    on = on or formats.today()
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def warnings(values: Mapping[str, Any]) -> list[str]:
    """What is allowed but worth a look, of tidied values: a minor, no mobile number, what may be a BSN."""
    found = []
    birth_date, numbers = values.get("birth_date"), [values.get("phone"), values.get("other_phone")]
    if birth_date and age(birth_date) < ADULT:
        found.append(f"Deze persoon is nog geen {ADULT} jaar ({age(birth_date)}). Klopt de geboortedatum?")
    if any(numbers) and not any(formats.is_mobile(number) for number in numbers if number):
        found.append("Alleen een vast nummer: een sms is niet mogelijk. Vraag om een mobiel nummer.")
    return found + perhaps_bsn(values)


def perhaps_bsn(values: Mapping[str, Any]) -> list[str]:
    """What to say of texts with a number that may be a BSN, and may be something else."""
    doubtful = [name for name in TEXTS if bsn.doubt(values.get(name) or "") is bsn.Doubt.UNSURE]
    return [f"{LABELS[name]}: {PERHAPS_BSN}" for name in doubtful]


def sort_name(values: Mapping[str, Any]) -> str:
    """How lists sort: surname without tussenvoegsel, then first name or initials, then the tussenvoegsel."""
    parts = (values.get("surname"), values.get("first_name") or values.get("initials"), values.get("surname_prefix"))
    return formats.fold(" ".join(part for part in parts if part))


def match_name(values: Mapping[str, Any]) -> str:
    """What duplicates are compared by: the first part of the surname, letters only."""
    return re.sub(r"[\W_]", "", formats.fold(first_part(values.get("surname") or "")))


def first_part(surname: str) -> str:
    """Of a double name the first: "Koster" of "Koster - Visser"; "El-Khatib" is one name."""
    first, _, rest = re.sub(r"\s*[-–—]\s*", "-", surname).partition("-")
    whole = not rest or formats.fold(first) in names.PREFIXES | {"al", "ben", "bin", "abd", "ait", "abu"}
    return surname if whole else first

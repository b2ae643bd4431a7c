"""What a client types on the form: the questions, and reading the answers without changing them. Pure functions."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from crm import addresses, formats
from crm.relations.bsn import Doubt, doubt
from crm.relations.person import tidy
from crm.texts import N_

STATUSES = {"open": N_("Open"), "in_progress": N_("In behandeling"), "done": N_("Gereed"), "cancelled": N_("Vervallen")}
# From each status where to, domain.md §5.2.
TRANSITIONS = {
    "open": ("in_progress", "done", "cancelled"),
    "in_progress": ("done", "cancelled"),
    "done": ("in_progress",),
    "cancelled": (),
}
UNFINISHED = ("open", "in_progress")
TOPICS = {"orientation": N_("Oriëntatiegesprek"), "other": N_("Andere vraag")}
CHANNELS = {"web": N_("Website"), "phone": N_("Telefoon"), "api": N_("Koppeling")}
# What the talk is about, in the client's words; the keys are those of a dossier's onderwerp (domain.md §8).
PROFILES = {
    "starter": N_("Mijn eerste huis kopen"),
    "next_time_buyer": N_("Een ander huis kopen"),
    "refinancer": N_("Mijn hypotheek oversluiten"),
    "increaser": N_("Mijn hypotheek verhogen"),
    "other": N_("Iets anders"),
}
LABELS = {
    "initials": N_("Voorletters"),
    "first_name": N_("Voornaam"),
    "surname_prefix": N_("Tussenvoegsel"),
    "surname": N_("Achternaam"),
    "birth_date": N_("Geboortedatum"),
    "phone": N_("Telefoonnummer"),
    "email": N_("E-mailadres"),
    "street": N_("Straat"),
    "house_number": N_("Huisnummer"),
    "postal_code": N_("Postcode"),
    "city": N_("Woonplaats"),
    "profile": N_("Waar gaat het over?"),
    "branch": N_("Vestiging"),
    "message": N_("Opmerking"),
}
PERSON = tuple(LABELS)[:11]
LONGEST = {"message": 2000}
NUMBERS = ("phone", "birth_date")  # digits that are asked for


def read_date(text: str) -> dt.date | None:
    """ "14-3-1988", "14/03/1988", "14 03 1988" or "1988-03-14" as a date; empty gives None. Raises ValueError."""
    words = re.findall(r"\d+", text)
    if not text.strip():
        return None
    if len(words) == 1 and len(words[0]) == 8:
        words = [words[0][:2], words[0][2:4], words[0][4:]]
    if len(words) != 3 or re.search(r"[^\d\s./-]", text):
        raise ValueError(text)
    if len(words[0]) == 4:
        words.reverse()
    day, month, year = (int(word) for word in words)
    if len(words[2]) != 4:
        raise ValueError(text)
    return dt.date(year, month, day)


def problems(typed: Mapping[str, str]) -> dict[str, str]:
    """What the client is asked to look at again, {field: Dutch sentence}; a name and one way to answer are needed."""
    found = {}
    for name, text in typed.items():
        if len(text) > LONGEST.get(name, 100):
            found[name] = f"Dit is te lang. Gebruik ten hoogste {LONGEST.get(name, 100)} tekens."
        elif name not in NUMBERS and doubt(text) is Doubt.SURE:
            found[name] = N_("Hier lijkt een burgerservicenummer te staan. Haal het weg: dat mogen wij niet bewaren.")
    if not typed.get("surname", "").strip():
        found["surname"] = "Vul uw achternaam in."
    if not typed.get("phone", "").strip() and not typed.get("email", "").strip():
        found["phone"] = N_("Vul een telefoonnummer of een e-mailadres in. Anders kunnen wij u niet bereiken.")
    for name, check, sentence in (
        ("phone", formats.phone, N_("Dit telefoonnummer klopt niet. Schrijf het als 06 12345678 of +32 ….")),
        ("email", addresses.email, N_("Dit e-mailadres klopt niet. Schrijf het als naam@voorbeeld.nl.")),
        ("birth_date", check_birth_date, N_("Deze datum klopt niet. Schrijf dag, maand en jaar, zoals 14-3-1988.")),
    ):  # fmt: skip
        try:
            check(typed.get(name, ""))
        except ValueError:
            found.setdefault(name, sentence)
    return found


def perhaps_bsn(typed: Mapping[str, str]) -> list[str]:
    """The labels of answers with a number that may be a burgerservicenummer, and may be something else."""
    return [
        label for name, label in LABELS.items()
        if name not in NUMBERS and doubt(str(typed.get(name) or "")) is Doubt.UNSURE
    ]  # fmt: skip


def check_birth_date(text: str) -> None:
    """Raises ValueError for what is no date of birth of somebody alive."""
    day = read_date(text)
    if day and not dt.date(1900, 1, 1) <= day <= formats.today():
        raise ValueError(text)


def person(typed: Mapping[str, str]) -> dict[str, Any]:
    """The client's answers as columns of a relation, tidied (O-021); what can't be read stays as it was typed."""
    values: dict[str, Any] = {name: str(typed.get(name) or "") for name in PERSON}
    try:
        values["birth_date"] = read_date(values["birth_date"])
    except ValueError:
        values["birth_date"] = None
    return tidy(values)[0]


def full_name(values: Mapping[str, Any]) -> str:
    """What lists call this person: first name (or initials), prefix and surname."""
    words = (values.get("first_name") or values.get("initials"), values.get("surname_prefix"), values.get("surname"))
    return " ".join(word for word in words if word)

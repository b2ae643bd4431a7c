"""The words that documents know beside those of mails: the day, all clients, what the office charges, its numbers."""

from typing import Any

from crm import formats
from crm.accounts.models import User
from crm.document_templates.markup import escape
from crm.mail import placeholders
from crm.mail.placeholders import Placeholder
from crm.settings import setting
from crm.texts import N_

SIGNING = "blok.ondertekening"
TITLES = {
    "datum": N_("Datum van vandaag"),
    "klanten.namen": N_("Namen van alle klanten"),
    "kosten.advies": N_("Kosten van het advies"),
    "kosten.bemiddeling": N_("Kosten van de bemiddeling"),
    "kosten.samen": N_("Kosten van advies en bemiddeling samen"),
    "kantoor.afm": N_("Vergunningnummer bij de AFM"),
    "kantoor.kvk": N_("Nummer bij de Kamer van Koophandel"),
    "kantoor.kifid": N_("Aansluitnummer bij het Kifid"),
    SIGNING: N_("Plek om te ondertekenen, voor elke klant"),
}


def known(subject: Any, user: User | None, failed: list[str] | None = None) -> dict[str, Placeholder]:
    """Every word that a document may use by name; `subject` None gives the names only. `failed` as for a mail."""
    values = about(subject, failed) if subject is not None else {}
    own = {name: Placeholder(name, title, values.get(name, ""), name == SIGNING) for name, title in TITLES.items()}
    return placeholders.known(subject, None, user, failed) | own


def about(subject: Any, failed: list[str] | None = None) -> dict[str, str]:
    """The values of our own words for a record."""
    names = [person.name for person in placeholders.recipients(subject, failed)]
    advice, mediation = setting("document_templates.advice_fee"), setting("document_templates.mediation_fee")
    both = None if advice is None or mediation is None else advice + mediation
    return {
        "datum": formats.long_date(formats.today()),
        "klanten.namen": listed(names),
        "kosten.advies": formats.euro(advice),
        "kosten.bemiddeling": formats.euro(mediation),
        "kosten.samen": formats.euro(both),
        "kantoor.afm": setting("document_templates.afm_number"),
        "kantoor.kvk": setting("document_templates.kvk_number"),
        "kantoor.kifid": setting("document_templates.kifid_number"),
        SIGNING: to_sign(names),
    }


def listed(names: list[str]) -> str:
    """ "A, B en C"."""
    return " en ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def to_sign(names: list[str]) -> str:
    """A table with a row for each of these people; a cell of one … is a place to write."""
    rows = [f"| {escape(name, '|')} | … | … |" for name in names]
    return "\n".join(["| Naam | Datum | Handtekening |", "|---|---|---|", *rows]) if rows else ""

"""The words mail itself answers: appointment, adviser, vestiging, office, signature (domain.md §6.3)."""

import datetime as dt
from typing import Any
from urllib.parse import quote_plus

from crm import formats
from crm.accounts.models import Branch, User
from crm.activities import office
from crm.mail import starter
from crm.mail.placeholders import Placeholder, fill, form_of, recipients
from crm.settings import setting
from crm.texts import N_

MAPS = "https://www.google.com/maps/dir/?api=1&destination="
TIMES = {"afspraak.datum", "afspraak.tijd", "afspraak.eindtijd", "afspraak.deadline"}
TITLES = {
    "afspraak.soort": N_("Soort afspraak"),
    "afspraak.datum": N_("Datum van de afspraak"),
    "afspraak.tijd": N_("Begintijd"),
    "afspraak.eindtijd": N_("Eindtijd"),
    "afspraak.duur": N_("Duur"),
    "afspraak.locatie": N_("Plaats van de afspraak"),
    "afspraak.adres": N_("Adres van de afspraak"),
    "afspraak.route_url": N_("Link naar de route"),
    "afspraak.teams_url": N_("Teams-link"),
    "afspraak.oude_datum": N_("Oude datum"),
    "afspraak.oude_tijd": N_("Oude begintijd"),
    "afspraak.deadline": N_("Uiterste moment voor de gegevens"),
    "adviseur.naam": N_("Naam van de adviseur"),
    "adviseur.telefoon": N_("Telefoon van de adviseur"),
    "adviseur.email": N_("E-mailadres van de adviseur"),
    "planner.naam": N_("Naam van wie plant"),
    "vestiging.naam": N_("Vestiging"),
    "vestiging.adres": N_("Adres van de vestiging"),
    "vestiging.telefoon": N_("Telefoon van de vestiging"),
    "vestiging.email": N_("E-mailadres van de vestiging"),
    "kantoor.naam": N_("Naam van het kantoor"),
    "kantoor.telefoon": N_("Telefoon van het kantoor"),
    "kantoor.website": N_("Website van het kantoor"),
    "handtekening": N_("Handtekening"),
}


def words(subject: Any, appointment: Any, user: User | None) -> list[Placeholder]:
    """Every word mail knows, with its value for this record and appointment; empty values when there is none."""
    if subject is None:
        return [Placeholder(name, title) for name, title in TITLES.items()]
    branch = appointment.branch if appointment else getattr(subject, "branch", None)
    adviser = appointment.assigned_to if appointment else getattr(subject, "adviser", None)
    values: dict[str, tuple[str, Any]] = {
        **about_appointment(appointment),
        **about_adviser(adviser, subject),
        **about_branch(branch),
        **about_office(),
        "planner.naam": (planner_name(appointment, adviser, user), None),
    }
    found = {name: Placeholder(name, TITLES[name], *pair(values.get(name))) for name in TITLES}
    if appointment and office.is_too_soon(appointment.starts_at):
        found["afspraak.deadline"] = nothing_promised(subject, appointment)
    found["handtekening"] = Placeholder("handtekening", TITLES["handtekening"], signature(found, user), fill_in=user)
    return list(found.values())


def pair(value: tuple[str, Any] | None) -> tuple[str, bool, Any]:
    """(value, is_block, fill_in) of one word."""
    text, fill_in = value or ("", None)
    return text, False, fill_in


def about_appointment(appointment: Any) -> dict[str, tuple[str, Any]]:
    """When, how long and where; the description is not among it (O-053)."""
    if appointment is None:
        return {}
    starts, ends, old = appointment.starts_at, appointment.ends_at, appointment.previous_starts_at
    category = office.categories().get(appointment.category)
    address = "" if appointment.by_video else appointment.branch.address
    place = "Microsoft Teams" if appointment.by_video else appointment.branch.name
    values = {
        "soort": category.name if category else "",
        "datum": formats.long_date(formats.local(starts).date()),
        "tijd": formats.clock(starts),
        "eindtijd": formats.clock(ends),
        "duur": duration(ends - starts),
        "locatie": place,
        "teams_url": appointment.teams_url,
        "oude_datum": formats.long_date(formats.local(old).date()) if old else "",
        "oude_tijd": formats.clock(old) if old else "",
        "deadline": formats.day_and_time(office.deadline(starts)),
    }
    found: dict[str, tuple[str, Any]] = {f"afspraak.{name}": (value, appointment) for name, value in values.items()}
    found["afspraak.adres"] = address, appointment.branch
    found["afspraak.route_url"] = (MAPS + quote_plus(address) if address else ""), appointment.branch
    return found


def nothing_promised(subject: Any, appointment: Any) -> Placeholder:
    """The last moment for a talk that is too soon to prepare for: there is none."""
    name = "afspraak.deadline"
    instead = starter.instead()[name][form_of(recipients(subject))]
    return Placeholder(name, TITLES[name], fill_in=appointment, instead=instead)


def duration(length: dt.timedelta) -> str:
    """ "2 uur", "1 uur en 30 minuten", "45 minuten"."""
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    parts = ([f"{hours} uur"] if hours else []) + ([f"{minutes} minuten"] if minutes else [])
    return " en ".join(parts)


def about_adviser(adviser: User | None, subject: Any) -> dict[str, tuple[str, Any]]:
    """Who the client will speak."""
    if adviser is None:
        return {f"adviseur.{name}": ("", subject) for name in ("naam", "telefoon", "email")}
    return {
        "adviseur.naam": (adviser.name, adviser),
        "adviseur.telefoon": (formats.show_phone(adviser.phone), adviser),
        "adviseur.email": (adviser.email, adviser),
    }


def about_branch(branch: Branch | None) -> dict[str, tuple[str, Any]]:
    """The vestiging; its telephone is the office's when it has none of its own."""
    if branch is None:
        return {}
    return {
        "vestiging.naam": (branch.name, branch),
        "vestiging.adres": (branch.address, branch),
        "vestiging.telefoon": (formats.show_phone(branch.phone or setting("office.phone")), branch),
        "vestiging.email": (branch.email, branch),
    }


def about_office() -> dict[str, tuple[str, Any]]:
    """What the settings page says of the office."""
    return {
        "kantoor.naam": (setting("office.name"), None),
        "kantoor.telefoon": (formats.show_phone(setting("office.phone")), None),
        "kantoor.website": (setting("office.website"), None),
    }


def planner_name(appointment: Any, adviser: User | None, user: User | None) -> str:
    """Who plans: the user who writes, else who planned the appointment, else the adviser."""
    someone = user or (appointment.planner if appointment else None) or adviser
    return someone.name if someone else ""


def signature(found: dict[str, Placeholder], user: User | None) -> str:
    """The user's own signature, else the office's with its words filled in; lines with an empty word are left out."""
    if user and user.signature.strip():
        return user.signature.strip()
    lines = str(setting("mail.signature")).splitlines()
    filled = [fill(line, found, lambda value, _before: value) for line in lines]
    return "\n".join(line.text for line in filled if line.text.strip() and not (line.empty or line.unknown))

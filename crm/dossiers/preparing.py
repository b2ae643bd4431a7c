"""What must be in before the talk of a dossier, and how long there still is."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from crm.activities.models import Appointment
from crm.activities.office import Due, calendar
from crm.activities.queries import due
from crm.dossiers import catalogue
from crm.dossiers.models import Dossier
from crm.formats import local, today
from crm.host import ask, hook
from crm.relations.models import Relation
from crm.texts import N_, said
from crm.ui import PreparationItem


def preparation(dossier: Dossier) -> list[PreparationItem]:
    """What must be in before the talk in this dossier."""
    return preparations([dossier])[dossier.id]


def preparations(dossiers: Collection[Dossier]) -> dict[int, list[PreparationItem]]:
    """What must be in before the talk by a dossier's id, of every room and plugin; of two with one
    key a plugin's goes before ours, and what is said of another dossier is nobody's."""
    found: dict[int, dict[str, PreparationItem]] = {dossier.id: {} for dossier in dossiers}
    for identity, item in ask(hook.preparation, dossiers=dossiers) if dossiers else ():
        found.get(identity, {}).setdefault(item.key, item)
    return {identity: list(items.values()) for identity, items in found.items()}


def own_preparation(dossier: Dossier) -> list[PreparationItem]:
    """What the core itself asks: who they are and how they are reached (O-030), and what is ticked by hand."""
    ticked = {tick.item for tick in dossier.ticks}
    contact = [
        contact_item(person, role) for person, role in zip(dossier.applicants, ("client", "partner"), strict=False)
    ]
    by_hand = [
        PreparationItem(entry.key, said(entry.title), entry.key in ticked, by_hand=True)
        for entry in catalogue.entries("preparation")
    ]
    return contact + by_hand


def contact_item(person: Relation, role: str) -> PreparationItem:
    """Whether name and birth date are known, and of the client telephone and e-mail address too.

    A partner may be reached through the client, as on the form (O-017).
    """
    known = {N_("naam"): person.first_name or person.initials, N_("geboortedatum"): person.birth_date}
    if role == "client":
        known |= {N_("telefoonnummer"): person.phone or person.other_phone, N_("e-mailadres"): person.email}
    missing = [name for name, value in known.items() if not value]
    detail = said(N_("ontbreekt: %(what)s"), what=", ".join(map(said, missing))) if missing else ""
    title = said(N_("Gegevens %(name)s"), name=person.name)
    return PreparationItem(f"contact_{role}", title, not missing, detail)


@dataclass(frozen=True)
class Countdown:
    """How long there still is before everything must be in: `days` are working days, 0 on the day itself."""

    due: Due
    days: int


def countdown(appointment: Appointment) -> Countdown | None:
    """Working days left until the deadline (O-011); None once the talk has begun, and of one that is not prepared."""
    found, day, days = due(appointment), today(), 0
    if found is None:
        return None
    while day < local(found.at).date():
        day = calendar().next(day + dt.timedelta(days=1))
        days += 1
    return Countdown(found, days)

"""What was typed of somebody the office knows already: where it differs from what is kept, and what to take over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from crm import formats, locks
from crm.relations.models import Relation
from crm.relations.person import TITLES
from crm.texts import N_
from crm.texts import gettext as _

ADDRESS = ("street", "house_number", "house_number_suffix", "postal_code", "city", "country")
# What is taken over together: half an address, or a surname without its prefix, would be wrong.
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "title": (N_("Aanspreektitel"), ("title",)),
    "initials": (N_("Voorletters"), ("initials",)),
    "first_name": (N_("Voornaam"), ("first_name",)),
    "surname": (N_("Achternaam"), ("surname_prefix", "surname")),
    "birth_date": (N_("Geboortedatum"), ("birth_date",)),
    "phone": (N_("Telefoonnummer"), ("phone",)),
    "other_phone": (N_("Tweede nummer"), ("other_phone",)),
    "email": (N_("E-mailadres"), ("email",)),
    "address": (N_("Adres"), ADDRESS),
}


@dataclass(frozen=True)
class Difference:
    """One part that was typed otherwise than it is kept; `key` is one of PARTS, `kept` is empty when nothing is.

    `locked` says why it cannot be taken over.
    """

    key: str
    label: str
    kept: str
    typed: str
    locked: str = ""


def differences(relation: Relation, typed: Mapping[str, Any]) -> list[Difference]:
    """Where tidied values that were typed differ from the relation; what was not typed does not count."""
    found, locked = [], locks.shown(relation)
    for key, (label, names) in PARTS.items():
        mine = {name: typed.get(name) or None for name in names}
        kept = {name: getattr(relation, name) or None for name in names}
        if not is_typed(key, mine) or mine == kept or swaps_numbers(key, mine, relation):
            continue
        why = next((locked[name] for name in names if name in locked), "")
        found.append(Difference(key, _(label), as_text(key, kept), as_text(key, mine), why))
    return found


def is_typed(key: str, values: Mapping[str, Any]) -> bool:
    """A town or a country alone is no address, a prefix alone no surname."""
    if key == "address":
        return bool(values["street"] or values["postal_code"])
    return bool(values[key])


def swaps_numbers(key: str, values: Mapping[str, Any], relation: Relation) -> bool:
    """The number is known already, as the other one of the two."""
    other = {"phone": relation.other_phone, "other_phone": relation.phone}.get(key)
    return bool(other) and values[key] == other


def as_text(key: str, values: Mapping[str, Any]) -> str:
    """A part as a person reads it."""
    if key == "address":
        return Relation(**{name: value or "" for name, value in values.items()}).address
    if key == "title":
        return _(TITLES[values[key]]) if values[key] else ""
    if key == "birth_date":
        return formats.short_date(values[key])
    if key in ("phone", "other_phone"):
        return formats.show_phone(values[key] or "")
    return " ".join(str(value) for value in values.values() if value)


def taken(typed: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """The columns of these parts, as they were typed."""
    return {name: typed.get(name) for key in keys if key in PARTS for name in PARTS[key][1]}

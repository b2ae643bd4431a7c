"""What is missing before somebody can be invited, each with the place to mend it (U-011 … U-014)."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from crm.plugin import Relation, hook, tell
from crm.plugin import gettext as _
from plugins.vault.operations import what_is_missing


@dataclass(frozen=True)
class Missing:
    """One thing that is missing, in words, and the link to where it is mended."""

    text: str
    label: str
    endpoint: str
    arguments: dict[str, Any]

    @property
    def address(self) -> str:
        return url_for(self.endpoint, **self.arguments)


def of_person(person: Relation) -> list[Missing]:
    """His e-mail address, a number that takes text messages."""
    why = what_is_missing(person)
    return [Missing(why, _("%(name)s bewerken", name=person.name), "relations.edit", {"id": person.id})] if why else []


def of_part(part: Any) -> list[Missing]:
    """What keeps the invitation under a dienst or product back."""
    found = tell(hook.vault_missing, part=part)
    return [*of_person(part.dossier.relation), *(Missing(*one) for one in found)]


def of_dossier(dossier: Any) -> list[Missing]:
    """What keeps the first applicant of a dossier out: with one dienst or product that is ready he can be invited."""
    parts = [*dossier.services, *dossier.products]
    if not parts:
        text = _("Er is nog geen dienst. De kluis begint bij een dienst met een stukkenlijst.")
        none = Missing(text, _("Nieuwe dienst"), "dossiers.new_service", {"id": dossier.id})
        return [*of_person(dossier.relation), none]
    return min((of_part(part) for part in parts), key=len)

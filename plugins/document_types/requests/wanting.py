"""What a checklist asks of the people of a dossier: each type once for each of them, each year, each employer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crm.plugin import Relation, today
from plugins.document_types import terms
from plugins.document_types.combining import Asked, applies, combine
from plugins.document_types.models import ChecklistTemplate, DocumentType

YEAR = "jaar"


@dataclass(frozen=True)
class Wanted:
    """One stuk to ask: of whom (None: of all together), of which year or employer, from which phase on."""

    type: DocumentType
    person: Relation | None = None
    item: str = ""
    title: str = ""
    phase: str = "advice"

    @property
    def key(self) -> tuple[int, int | None, str]:
        """As that of a stuk: the same key is the same stuk."""
        return self.type.id, self.person.id if self.person else None, self.item.strip().lower()

    @property
    def code(self) -> str:
        """Its key as a form sends it."""
        return f"{self.type.id}-{self.person.id if self.person else 0}-{self.item}"


@dataclass(frozen=True)
class Choice:
    """One thing that lists ask: one of `options`, each of which is stukken that belong together."""

    options: tuple[tuple[Wanted, ...], ...]
    name: str = ""


def title_of(document_type: DocumentType, person: Relation | None, item: str) -> str:
    """ "Jaaropgaaf 2025 – Sanne de Vries"."""
    name = f"{document_type.name} {item}".strip()
    return f"{name} – {person.name}" if person else name


def expand(document_type: DocumentType, people: Sequence[Relation], phase: str = "advice") -> list[Wanted]:
    """A type as stukken: one for each person and, of the last years, for each year."""
    whose: Sequence[Relation | None] = people if document_type.scope == terms.PERSON else [None]
    return [
        Wanted(document_type, person, item, title_of(document_type, person, item), phase)
        for person in whose
        for item in items_of(document_type)
    ]


def items_of(document_type: DocumentType) -> list[str]:
    """Which ones to begin with: the last years by their number, others numbered when there are more than one."""
    count = document_type.item_count
    if document_type.item_name == YEAR:
        return [str(today().year - back) for back in range(1, count + 1)]
    return [str(number) for number in range(1, count + 1)] if count > 1 else [""]


def choices(templates: Iterable[ChecklistTemplate], situations: Collection[str], people: Sequence[Any]) -> list[Choice]:
    """What these templates ask of these people together, without doubles, each from its earliest phase on."""
    chosen = list(templates)
    phases = first_phases(chosen, situations)
    return [as_choice(asked, people, phases) for asked in combine(chosen, situations)]


def as_choice(asked: Asked, people: Sequence[Any], phases: dict[int, str]) -> Choice:
    """One thing that is asked, per person."""
    options = (
        tuple(wanted for one in option for wanted in expand(one, people, phases.get(one.id, "advice")))
        for option in asked.options
    )
    return Choice(tuple(options), asked.choice)


def first_phases(templates: Iterable[ChecklistTemplate], situations: Collection[str]) -> dict[int, str]:
    """{id of a type: key of the earliest phase in which one of these templates asks it}."""
    order = list(terms.PHASES)
    found: dict[int, str] = {}
    for template in sorted(templates, key=lambda one: order.index(one.phase)):
        for item in template.items:
            if applies(item, situations):
                found.setdefault(item.type_id, template.phase)
    return found

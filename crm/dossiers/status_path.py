"""The status path of a dossier (domain.md §5.1): what a status means, the steps between them and what they take.

Knows no database: `crm.dossiers.statuses` has the path of this office.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any

from crm import paths
from crm.records import Refused
from crm.texts import N_

FILE = "dossier_statuses.toml"

# What a status means: all that the code may ask of one.
ORIENTING, INTAKE, OPEN, DECLINED, CLOSED, CANCELLED = (
    "orienting", "intake", "open", "declined", "closed", "cancelled",
)  # fmt: skip
MEANINGS = {
    ORIENTING: N_("Gesprek nog niet gepland"),
    INTAKE: N_("Gesprek gepland"),
    OPEN: N_("Loopt"),
    DECLINED: N_("Afgewezen, loopt nog"),
    CLOSED: N_("Einde: afgerond"),
    CANCELLED: N_("Einde: niet doorgegaan"),
}
FIXED = (ORIENTING, INTAKE)  # the system depends on these two: exactly one of each
ENDED = (CLOSED, CANCELLED)

# What a step takes.
APPOINTMENT, NO_APPOINTMENT, ASSISTANT = "appointment", "no_appointment", "assistant"
REASON, CONFIRMATION, ADMIN = "reason", "confirmation", "admin"
GUARDS = {
    APPOINTMENT: N_("er is een afspraak gepland"),
    NO_APPOINTMENT: N_("er staat geen afspraak meer"),
    ASSISTANT: N_("wie het doet, kiest de assistent van het dossier"),
    REASON: N_("met een reden"),
    CONFIRMATION: N_("met een bevestiging"),
    ADMIN: N_("alleen een beheerder"),
}


@dataclass(frozen=True)
class Status:
    """One status. `steps` are those the office wrote down: {key of a status: guards}; `id` is that of its row."""

    key: str
    title: str
    phase: str = ""
    meaning: str = OPEN
    weight: int = 50
    is_active: bool = True
    in_order: bool = False
    steps: Mapping[str, frozenset[str]] = field(default_factory=dict)
    id: int = 0

    @property
    def is_ended(self) -> bool:
        """Is this the end of a dossier?"""
        return self.meaning in ENDED

    @property
    def is_fixed(self) -> bool:
        """Is this one of the two that no office may change?"""
        return self.meaning in FIXED


def always(origin: Status, to: Status) -> set[str]:
    """What a step takes whatever an office wrote down."""
    takes = set()
    if (origin.meaning, to.meaning) == (ORIENTING, INTAKE):
        takes.add(APPOINTMENT)
    elif (origin.meaning, to.meaning) == (INTAKE, ORIENTING):
        takes.add(NO_APPOINTMENT)
    elif origin.is_fixed and not to.is_ended and to.meaning != DECLINED:
        takes.add(ASSISTANT)
    backwards = origin.phase and to.phase and to.weight < origin.weight and not origin.is_fixed
    if backwards or origin.is_ended or to.meaning in (DECLINED, CANCELLED):
        takes.add(REASON)
    return takes


class StatusPath:
    """Every status of an office, active or not, in order."""

    def __init__(self, statuses: Iterable[Status]) -> None:
        self.statuses = {one.key: one for one in sorted(statuses, key=lambda one: (one.weight, one.id))}

    def __iter__(self) -> Iterator[Status]:
        return iter(self.statuses.values())

    def get(self, key: str) -> Status | None:
        return self.statuses.get(key)

    def title(self, key: str) -> str:
        """What a status is called; a key nobody knows is shown as it is."""
        return self.statuses[key].title if key in self.statuses else key

    def meaning(self, key: str) -> str:
        """What a status means; one nobody knows is under way."""
        return self.statuses[key].meaning if key in self.statuses else OPEN

    def first(self, meaning: str) -> str:
        """Key of the first active status with this meaning. Raises LookupError."""
        for one in self:
            if one.meaning == meaning and one.is_active:
                return one.key
        raise LookupError(f"no status means {meaning}")

    @property
    def open_keys(self) -> list[str]:
        """Keys of those that are not the end, switched off ones too: dossiers may still be in them."""
        return [one.key for one in self if not one.is_ended]

    def on_path(self, now: str = "") -> list[Status]:
        """The statuses with an arrow, in order; a switched off one only when the dossier is in it."""
        return [one for one in self if one.phase and (one.is_active or one.key == now)]

    def needs(self, origin: str, to: str) -> set[str] | None:
        """What the step from one status to another takes; None when there is no such step."""
        here, there = self.get(origin), self.get(to)
        if here is None or there is None or here is there or not there.is_active:
            return None
        if there.key in here.steps:
            again = {ADMIN} if here.is_ended and not there.is_ended else set()
            return set(here.steps[there.key]) | always(here, there) | again
        takes = self.by_order(here, there)
        return None if takes is None else takes | always(here, there)

    def by_order(self, here: Status, there: Status) -> set[str] | None:
        """What the order asks: nothing for the next one, a confirmation further on, a reason for one back."""
        if not (here.in_order and there.in_order):
            return None
        order = [one for one in self if one.in_order and (one.is_active or one is here)]
        distance = order.index(there) - order.index(here)
        if distance < -1:
            return None
        return {REASON} if distance < 0 else {CONFIRMATION} if distance > 1 else set()

    def steps_from(self, origin: str) -> list[tuple[Status, set[str]]]:
        """Every step from here, in the order of the path: (status, what it takes)."""
        found = [(one, self.needs(origin, one.key)) for one in self]
        return [(one, takes) for one, takes in found if takes is not None]

    def phases(self, now: str) -> list[tuple[str, str, str]]:
        """The arrows for a dossier with status `now`: (label, "done", "now" or "later", status it leads to).

        A phase of several statuses shows the one the dossier is in.
        """
        path = self.on_path(now)
        here = next((place for place, one in enumerate(path) if one.key == now), -1)
        arrows, place = [], 0
        for phase, group in groupby(path, key=lambda one: one.phase):
            inside = list(group)
            place += len(inside)
            if any(one.key == now for one in inside):
                arrows.append((self.title(now), "now", now))
            else:
                arrows.append((phase, "done" if place <= here else "later", inside[0].key))
        return arrows

    def is_ahead(self, now: str, to: str) -> bool:
        """Does this status lie further on the path?"""
        here, there = self.get(now), self.get(to)
        return bool(here and there and here.phase and there.phase and there.weight > here.weight)

    def check(self) -> None:
        """Raises Refused, saying what to mend, for a path that no dossier could walk."""
        self.check_meanings()
        self.check_names()
        self.check_steps()

    def check_meanings(self) -> None:
        """Raises Refused when what the code depends on is not there."""
        active = [one for one in self if one.is_active]
        for meaning in FIXED:
            if [one.meaning for one in self].count(meaning) != 1 or not any(one.meaning == meaning for one in active):
                raise Refused("Er moet precies één status zijn met betekenis %(meaning)s.", meaning=meaning)
        if [one.meaning for one in self][:2] != [ORIENTING, INTAKE]:
            raise Refused("Oriënteren en Intake staan vooraan; zet de andere statussen daarachter.")
        for meaning in ENDED:
            if not any(one.meaning == meaning for one in active):
                raise Refused("Er moet een status in gebruik zijn met betekenis %(meaning)s.", meaning=meaning)

    def check_names(self) -> None:
        """Raises Refused for two statuses with one name, and for a phase that is broken up by another."""
        seen: set[str] = set()
        for one in self:
            if one.title.lower() in seen:
                raise Refused("Er is al een status %(title)s.", title=one.title)
            seen.add(one.title.lower())
        phases = [phase for phase, _group in groupby(self.on_path(), key=lambda one: one.phase)]
        if double := next((phase for phase in phases if phases.count(phase) > 1), ""):
            raise Refused(
                "De statussen van de fase %(phase)s staan niet bij elkaar. Verander hun plaats of hun fase.",
                phase=double,
            )

    def check_steps(self) -> None:
        """Raises Refused for a status no dossier can reach, or can't leave."""
        orienting, intake = self.first(ORIENTING), self.first(INTAKE)
        if self.needs(orienting, intake) is None or self.needs(intake, orienting) is None:
            raise Refused("De stappen tussen Oriënteren en Intake zijn nodig, heen en terug.")
        reached, waiting = set[str](), [orienting]
        while waiting:
            key = waiting.pop()
            if key not in reached:
                reached.add(key)
                waiting += [one.key for one, _takes in self.steps_from(key)]
        for one in self:
            if one.is_active and one.key not in reached:
                raise Refused("De status %(title)s is niet te bereiken. Voeg er een stap naartoe toe.", title=one.title)
            if not one.is_ended and not self.steps_from(one.key):
                raise Refused("Uit de status %(title)s is geen stap verder. Voeg er een toe.", title=one.title)


@lru_cache
def starting_path() -> StatusPath:
    """The path an office starts with, as it stands in config/content. Raises ValueError, saying what to mend."""
    return parse((paths.content() / FILE).read_text("utf-8"))


def parse(text: str) -> StatusPath:
    """A path from its TOML, checked. Raises ValueError."""
    try:
        rows = tomllib.loads(text)["statuses"]
    except KeyError:
        raise ValueError(f"{FILE}: statuses ontbreekt") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{FILE}: geen goede TOML: {error}") from error
    found = [status_of(row, 10 * number) for number, row in enumerate(rows, 1)]
    keys = [one.key for one in found]
    if double := {key for key in keys if keys.count(key) > 1}:
        raise ValueError(f"{FILE}: status {', '.join(sorted(double))} staat er twee keer")
    for one in found:
        if unknown := set(one.steps) - set(keys):
            raise ValueError(f"{FILE}: status {one.key}: stap naar onbekende status {', '.join(sorted(unknown))}")
    path = StatusPath(found)
    try:
        path.check()
    except Refused as refusal:
        raise ValueError(f"{FILE}: {refusal}") from refusal
    return path


def status_of(row: Mapping[str, Any], weight: int) -> Status:
    """One status of the file. Raises ValueError."""
    where = f"{FILE}: status {row.get('key', '?')}"
    if unknown := set(row) - {"key", "title", "phase", "meaning", "in_order", "steps"}:
        raise ValueError(f"{where}: onbekend veld {', '.join(sorted(unknown))}")
    if missing := [name for name in ("key", "title") if not row.get(name)]:
        raise ValueError(f"{where}: {', '.join(missing)} ontbreekt of is leeg")
    if row.get("meaning", OPEN) not in MEANINGS:
        raise ValueError(f"{where}: onbekende meaning {row['meaning']!r}; bekend: {', '.join(MEANINGS)}")
    steps = {}
    for step in row.get("steps", []):
        if set(step) - {"to", "guards"} or not step.get("to"):
            raise ValueError(f"{where}: een stap heeft to, en mag guards hebben")
        if unknown := set(step.get("guards", [])) - set(GUARDS):
            raise ValueError(
                f"{where}: stap naar {step['to']}: onbekende guard {', '.join(sorted(unknown))}; "
                f"bekend: {', '.join(GUARDS)}"
            )
        steps[step["to"]] = frozenset(step.get("guards", []))
    return Status(**{**row, "steps": steps, "weight": weight})

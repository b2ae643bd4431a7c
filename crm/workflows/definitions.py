"""Definitions of workflows as they stand in config/content/workflows, and what may be wrong with one."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

CONDITIONS = {"status", "dossier_type", "profile"}


class DefinitionError(Exception):
    """A definition that cannot be used; the message says which file and what to mend."""


@dataclass(frozen=True)
class Step:
    """One step. `next` is the key of the step after it, "" ends the workflow; a `repeatable` one may be taken again.

    `when` lets the arrow pass the step over: {attribute of the dossier: values it must have one of}.
    `options` are for the action.
    """

    key: str
    title: str
    action: str
    next: str = ""
    repeatable: bool = False
    when: Mapping[str, list[str]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def applies(self, dossier: Any) -> bool:
        """Is this step for this dossier?"""
        return all(getattr(dossier, name) in values for name, values in self.when.items())


@dataclass(frozen=True)
class Definition:
    """A workflow as it is started: the kinds of diensten it is for, and of products in an office that works with
    those."""

    key: str
    version: int
    title: str
    service_kinds: tuple[str, ...]
    steps: tuple[Step, ...]
    product_kinds: tuple[str, ...] = ()

    def step(self, key: str) -> Step | None:
        """The step with this key."""
        return next((step for step in self.steps if step.key == key), None)

    def from_here(self, key: str, dossier: Any) -> Step | None:
        """This step, or the first one after it that is for this dossier; None when the workflow is at its end."""
        step = self.step(key)
        while step and not step.applies(dossier):
            step = self.step(step.next)
        return step

    def as_data(self) -> dict[str, Any]:
        """As JSON, for an instance to keep."""
        return asdict(self)


def from_data(data: Mapping[str, Any]) -> Definition:
    """A definition an instance kept."""
    steps = tuple(Step(**step) for step in data["steps"])
    kinds = tuple(data["service_kinds"]), tuple(data.get("product_kinds", ()))
    return Definition(data["key"], data["version"], data["title"], kinds[0], steps, kinds[1])


def read(folder: Path) -> list[Definition]:
    """Every definition of a folder, by file name. Raises DefinitionError."""
    found: dict[str, Definition] = {}
    for file in sorted(folder.glob("*.toml")):
        definition = parse(file.name, file.read_text("utf-8"))
        if definition.key in found:
            raise DefinitionError(f"{file.name}: er is al een workflow met key {definition.key!r}")
        found[definition.key] = definition
    return list(found.values())


def parse(name: str, text: str) -> Definition:
    """One definition from its TOML. A step without `next` goes on to the one below it. Raises DefinitionError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{name}: geen goede TOML: {error}") from error
    needed = {"key": str, "version": int, "title": str, "service_kinds": list, "steps": list}
    fields(name, data, needed, {"product_kinds": list})
    if data["version"] < 1:
        raise DefinitionError(f"{name}: version moet 1 of hoger zijn")
    steps = tuple(step_of(name, row, below) for row, below in zip(data["steps"], [*data["steps"][1:], {}], strict=True))
    definition = replace(from_data({**data, "steps": []}), steps=steps)
    check_chain(name, definition)
    return definition


def step_of(name: str, row: Any, below: Any) -> Step:
    """One step of a definition. Raises DefinitionError."""
    where = f"{name}: stap {row.get('key', '?') if isinstance(row, dict) else row}"
    optional = {"next": str, "repeatable": bool, "when": dict, "options": dict}
    fields(where, row, {"key": str, "title": str, "action": str}, optional)
    for attribute, values in row.get("when", {}).items():
        if attribute not in CONDITIONS:
            raise DefinitionError(f"{where}: when kent alleen {', '.join(sorted(CONDITIONS))}, niet {attribute!r}")
        if not isinstance(values, list) or not values:
            raise DefinitionError(f"{where}: when.{attribute} moet een lijst van waarden zijn")
    return Step(**{"next": below.get("key", ""), **row})


def fields(where: str, data: Any, needed: Mapping[str, type], optional: Mapping[str, type] | None = None) -> None:
    """Raises DefinitionError for a field that is missing, empty, unknown or of the wrong kind."""
    known = {**needed, **(optional or {})}
    if not isinstance(data, dict):
        raise DefinitionError(f"{where}: verwacht velden {', '.join(known)}")
    for name, kind in known.items():
        if name in needed and not data.get(name):
            raise DefinitionError(f"{where}: {name} ontbreekt of is leeg")
        if name in data and not isinstance(data[name], kind):
            raise DefinitionError(f"{where}: {name} moet {kind.__name__} zijn")
    if unknown := set(data) - set(known):
        raise DefinitionError(f"{where}: onbekend veld {', '.join(sorted(unknown))}")


def check_chain(name: str, definition: Definition) -> None:
    """Raises DefinitionError for double keys, a next that is not there, a circle, or a step never reached."""
    keys = [step.key for step in definition.steps]
    if double := {key for key in keys if keys.count(key) > 1}:
        raise DefinitionError(f"{name}: stap {', '.join(sorted(double))} staat er twee keer")
    walked: list[str] = []
    step: Step | None = definition.steps[0]
    while step:
        if step.key in walked:
            raise DefinitionError(f"{name}: stap {step.key} komt weer bij zichzelf uit")
        walked.append(step.key)
        if step.next and step.next not in keys:
            raise DefinitionError(f"{name}: stap {step.key}: next wijst naar {step.next!r}, die er niet is")
        step = definition.step(step.next)
    if lost := [key for key in keys if key not in walked]:
        raise DefinitionError(f"{name}: stap {', '.join(lost)} wordt nooit bereikt")


def check_actions(
    definition: Definition,
    actions: Mapping[str, Any],
    service_kinds: Collection[str],
    product_kinds: Collection[str] = (),
) -> None:
    """Raises DefinitionError for a dienst, product or action nobody knows, or options the action cannot use."""
    if unknown := set(definition.service_kinds) - set(service_kinds):
        raise DefinitionError(f"workflow {definition.key}: onbekende dienst {', '.join(sorted(unknown))}")
    if unknown := set(definition.product_kinds) - set(product_kinds):
        raise DefinitionError(f"workflow {definition.key}: onbekend product {', '.join(sorted(unknown))}")
    for step in definition.steps:
        where = f"workflow {definition.key}: stap {step.key}"
        if step.action not in actions:
            raise DefinitionError(f"{where}: onbekende actie {step.action!r}; bekend: {', '.join(sorted(actions))}")
        if wrong := actions[step.action].check(step.options):
            raise DefinitionError(f"{where}: {wrong}")

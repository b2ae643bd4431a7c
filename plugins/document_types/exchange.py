"""The whole catalogue as one file in TOML, as config/content has it: written, read, and what it would change."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from crm.plugin import N_, Refused, User, cleaned, db, save_many
from crm.plugin import gettext as _
from plugins.document_types import content, operations, queries, rows, shapes, terms
from plugins.document_types.models import ChecklistTemplate, DocumentType, RejectionReason

Row = dict[str, Any]
LONGEST = 1_000_000  # characters
# Keys within keys, as a.b.c: our files have none, and reading a long one takes its length squared.
DEEP = re.compile(r"""(?:\.[ \t]*+(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+){10}""")
NAMES = {"reasons": N_("Reden van afkeuring"), "types": N_("Soort document"), "templates": N_("Stukkenlijst-sjabloon")}
# Beside what config/content has: what an office decides.
OWN: dict[str, Row] = {
    "reasons": {"weight": 500, "is_active": True},
    "types": {"is_active": True},
    "templates": {"weight": 500, "is_active": True},
}
ROW_OF: dict[str, Callable[[Any], Row]] = {
    "reasons": rows.row_of_reason,
    "types": rows.row_of_type,
    "templates": rows.row_of_template,
}
MODELS: dict[str, Any] = {"reasons": RejectionReason, "types": DocumentType, "templates": ChecklistTemplate}
CALLED = {
    "group": terms.GROUPS,
    "delivered_by": terms.DELIVERED_BY,
    "scope": terms.SCOPES,
    "validity": terms.VALIDITIES,
    "phase": terms.PHASES,
}
ABOVE = """# Soort documenten beheer: redenen van afkeuring, soorten documenten en stukkenlijst-sjablonen.
# De sleutel (key) zegt om welke het gaat. Wat er niet staat, heeft de gewone waarde. Wat niet in dit bestand staat,
# blijft bij het invoeren zoals het is.
"""


@dataclass(frozen=True)
class Difference:
    """One field of a row that would change, as a person reads it."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Planned:
    """A row that would be made or changed. `name` is a key of NAMES; `line` where it stands, None when unclear.

    `hides` is how many documents are no longer Publiek, since their type becomes an invoice.
    """

    name: str
    key: str
    title: str
    is_new: bool
    row: Row
    line: int | None
    differences: tuple[Difference, ...] = ()
    hides: int = 0


@dataclass(frozen=True)
class Problem:
    """Something wrong with the file; `line` None for the whole."""

    text: str
    line: int | None = None


@dataclass
class Plan:
    """What a file would change, or why it can't. `same` rows are as they are already."""

    changes: list[Planned] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    same: int = 0

    @property
    def fingerprint(self) -> str:
        """The same for the same changes of the same catalogue."""
        return content.digest({"changes": [repr(one) for one in self.changes]})


# --- Writing -------------------------------------------------------------------------------------------------


def written() -> str:
    """The catalogue as it is now."""
    parts = [ABOVE]
    for name, records in everything().items():
        parts += [f"\n[[{name}]]\n{toml_of(name, key, whole_row(name, one))}" for key, one in records.items()]
    return "".join(parts)


def everything() -> dict[str, dict[str, Any]]:
    """Every reason, type and checklist by key."""
    return {
        "reasons": queries.reasons_by_key(),
        "types": queries.types_by_key(),
        "templates": queries.templates_by_key(),
    }


def whole_row(name: str, record: Any) -> Row:
    """A record as a row of the file."""
    return ROW_OF[name](record) | {column: getattr(record, column) for column in OWN[name]}


def toml_of(name: str, key: str, row: Row) -> str:
    """A row without what is as always."""
    usual = content.SHAPES[name] | OWN[name]
    said = {"key": key} | {column: value for column, value in row.items() if column == "name" or value != usual[column]}
    return "".join(f"{column} = {value_of(value)}\n" for column, value in said.items())


def value_of(value: Any) -> str:
    """A value as TOML writes it: texts, numbers and lists as JSON does."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + "".join(f"  {table_of(one)},\n" for one in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def table_of(item: Row) -> str:
    """An item of a checklist on one line."""
    said = {name: value for name, value in item.items() if value != content.ITEM[name]}
    return "{ " + ", ".join(f"{name} = {value_of(value)}" for name, value in said.items()) + " }"


# --- Reading -------------------------------------------------------------------------------------------------


def plan(text: str) -> Plan:
    """What this file would change; nothing is written."""
    made = Plan()
    text = text.replace("\r\n", "\n")
    if len(text) > LONGEST:
        made.problems.append(Problem(_("Het bestand is te groot.")))
        return made
    try:
        if DEEP.search(text):
            raise ValueError("keys within keys within keys")
        found = cleaned(tomllib.loads(text))
    except (ValueError, RecursionError) as error:  # a number or a nesting beyond measure is no TOMLDecodeError
        where = re.search(r"at line (\d+)", str(error))
        said = _("Dit is geen goede TOML. Kijk naar aanhalingstekens, haken en komma's.")
        made.problems.append(Problem(said, int(where[1]) if where else None))
        return made
    for name in found:
        if name not in NAMES:
            made.problems.append(Problem(_("%(name)s bestaat niet. Er zijn reasons, types en templates.", name=name)))
    lists = {name: found.get(name, []) for name in NAMES}
    if wrong := [name for name, list_ in lists.items() if not isinstance(list_, list)]:
        made.problems.append(Problem(_("Schrijf [[%(name)s]] boven elke rij.", name=wrong[0])))
        return made
    compare(made, lists, {name: lines_of(text, name, len(list_)) for name, list_ in lists.items()})
    return made


def lines_of(text: str, name: str, count: int) -> list[int | None]:
    """The line at which each row begins; None for all when that is not clear."""
    heads = re.compile(rf"\s*\[\[\s*{name}\s*\]\]")
    found: list[int | None] = [number for number, line in enumerate(text.split("\n"), 1) if heads.match(line)]
    return found if len(found) == count else [None] * count


def compare(made: Plan, lists: dict[str, list[Any]], lines: dict[str, list[int | None]]) -> None:
    """Fill in what every row would change, and what is wrong with it."""
    present = everything()
    keys = {name: set(present[name]) | {str(one.get("key")) for one in tables(lists[name])} for name in NAMES}
    for name, list_ in lists.items():
        seen: set[str] = set()
        for row, line in zip(list_, lines[name], strict=True):
            wrong = list(shapes.problems(name, row)) or list(loose_ends(name, row, keys))
            if not wrong and row["key"] in seen:
                wrong = [_("De sleutel %(key)s staat er twee keer in.", key=row["key"])]
            made.problems += [Problem(said, line) for said in wrong]
            if not wrong:
                seen.add(row["key"])
                put_in(made, name, row, line, present[name].get(row["key"]))
    made.problems += doubles(made, present["types"])


def tables(list_: list[Any]) -> Iterator[Row]:
    """Those that are rows at all."""
    yield from (one for one in list_ if isinstance(one, dict))


def loose_ends(name: str, row: Row, keys: dict[str, set[str]]) -> Iterator[str]:
    """Reasons and types that a row names and that are nowhere."""
    named = [("reasons", key) for key in row.get("reasons", [])] if name == "types" else []
    for item in row.get("items", []):
        named += [("types", key) for key in (item["type"], item.get("replaces", "")) if key]
    for kind, key in named:
        if key not in keys[kind]:
            yield _("%(kind)s %(key)s bestaat niet.", kind=_(NAMES[kind]), key=key)


def put_in(made: Plan, name: str, row: Row, line: int | None, record: Any) -> None:
    """Add what this row would change."""
    wanted = {column: row.get(column, usual) for column, usual in (content.SHAPES[name] | OWN[name]).items()}
    wanted = {column: value.strip() if isinstance(value, str) else value for column, value in wanted.items()}
    if name == "types":
        wanted["reasons"] = sorted(set(wanted["reasons"]))
    if name == "templates":
        wanted["items"] = [content.ITEM | item for item in wanted["items"]]
    now = whole_row(name, record) if record else {}
    differences = tuple(
        Difference(column, shown(column, now[column]), shown(column, value))
        for column, value in wanted.items()
        if record and now[column] != value
    )
    if record and not differences:
        made.same += 1
    else:
        hides = queries.public_count(row["key"]) if wanted.get("is_invoice") and not now.get("is_invoice") else 0
        made.changes.append(Planned(name, row["key"], wanted["name"], record is None, wanted, line, differences, hides))


def doubles(made: Plan, present: dict[str, DocumentType]) -> Iterator[Problem]:
    """Two types in use may not be called the same when all is done."""
    called = {one.name: key for key, one in present.items() if one.is_active}
    changes = [one for one in made.changes if one.name == "types"]
    changing = {one.key for one in changes}
    called = {name: key for name, key in called.items() if key not in changing}
    for one in changes:
        if one.row["is_active"] and called.setdefault(one.title, one.key) != one.key:
            said = _("Er is al een soort document %(name)s. Kies een andere naam.", name=one.title)
            yield Problem(said, one.line)


def shown(column: str, value: Any) -> str:
    """A value as one reads it beside another."""
    if isinstance(value, bool):
        return _("ja") if value else _("nee")
    if isinstance(value, list):
        return ", ".join(table_of(one) if isinstance(one, dict) else str(one) for one in value)
    if value in CALLED.get(column, {}):
        return _(CALLED[column][value])
    return "" if value is None else str(value)


# --- Applying ------------------------------------------------------------------------------------------------


def apply(text: str, fingerprint: str, user: User) -> Plan:
    """Do what `plan` of this text said. Raises Refused when it would now do something else, or can't be done."""
    made = plan(text)
    if made.problems or made.fingerprint != fingerprint:
        raise Refused("De catalogus is intussen veranderd. Kijk opnieuw wat er zou wijzigen.")
    with db.session.no_autoflush:
        for name in NAMES:
            present = everything()
            done = [(record_of(one, present), one.row) for one in made.changes if one.name == name]
            for record, row in done:
                fill(name, record, row, present)
            save_many([record for record, _row in done], user)
            if name == "templates":
                for record, row in done:
                    operations.write_items(record, row, present["types"], user)
    return made


def record_of(one: Planned, present: dict[str, dict[str, Any]]) -> Any:
    """The record a row is about; a new one at the end of its group."""
    if not one.is_new:
        return present[one.name][one.key]
    record = MODELS[one.name](key=one.key)
    if one.name == "types":
        record.weight = rows.behind(one.row["group"], queries.last_weight(one.row["group"]))
    return record


def fill(name: str, record: Any, row: Row, present: dict[str, dict[str, Any]]) -> None:
    """Give a record what its row says."""
    if name == "types":
        if record.id is not None and record.group != row["group"]:
            record.weight = rows.behind(row["group"], queries.last_weight(row["group"]))
        rows.fill_type(record, row, present["reasons"])
    else:
        rows.fill(record, row)

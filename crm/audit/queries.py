"""Questions about the audit chain: what happened lately, and to one record."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, inspect, select

from crm import formats, records
from crm.accounts.models import User
from crm.audit.models import SECRET_FIELDS, AuditEntry, ChainHead
from crm.db import Base, Record, db
from crm.records import UNKNOWN, Kind, Ref
from crm.texts import N_, said, when

PAGE = 50
LONGEST = 500  # changes of one record that are looked through
ACTIONS = {
    "create": N_("Gemaakt"),
    "update": N_("Gewijzigd"),
    "delete": N_("Verwijderd"),
    "login": N_("Ingelogd"),
    "logout": N_("Uitgelogd"),
    "refused": N_("Geweigerd"),
    "export": N_("Geëxporteerd"),
}
EVENTS = {"login": N_("Inloggen")}  # kinds of entry that are no kind of record
TOLD = ("login", "logout", "refused", "export")  # actions whose facts are read in the list
# What every kind has, or nearly every.
LABELS = {
    "assigned_to_id": N_("Toegewezen aan"),
    "assistant_id": N_("Assistent"),
    "adviser_id": N_("Adviseur"),
    "author_id": N_("Door"),
    "branch_id": N_("Vestiging"),
    "dossier_id": N_("Dossier"),
    "email": N_("E-mailadres"),
    "is_active": N_("Actief"),
    "name": N_("Naam"),
    "partner_id": N_("Partner"),
    "phone": N_("Telefoonnummer"),
    "relation_id": N_("Relatie"),
    "status": N_("Status"),
    "text": N_("Tekst"),
    "title": N_("Titel"),
    "user_id": N_("Gebruiker"),
    "value": N_("Waarde"),
    "number": N_("Nummer"),
    "starts_at": N_("Begint"),
    "ends_at": N_("Eindigt"),
    "planner_id": N_("Gepland door"),
    "record_type": N_("Soort relatie"),
    "lead_source_id": N_("Bron"),
    "household_id": N_("Huishouden"),
    "appointment_id": N_("Afspraak"),
    "service_id": N_("Dienst"),
    "product_id": N_("Product"),
    "owner_id": N_("Van"),
    "reason": N_("Waarom"),
    "closing_reason": N_("Waarom gesloten"),
    "error": N_("Fout"),
    "step": N_("Stap"),
}
# What the house keeps for itself: secrets, and how it remembers things.
HIDDEN = SECRET_FIELDS | {
    "attempts", "basis", "calendar", "content_digest", "content_key", "created_at", "data", "definition", "delimiter",
    "empty", "encoding", "file", "headers", "id", "kept", "key", "letters", "made", "mapping", "match_name",
    "mime_digest", "month_first", "months", "offset", "position", "post_kind", "query", "sequence", "sort_name",
    "started_at", "subject_id", "subject_kind", "task_kind", "ticket", "told", "totp_last_counter", "typed", "uid",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One field of an entry in readable form."""

    label: str
    old: str
    new: str


def entries(
    user_id: int | None = None,
    kind: str | None = None,
    day: dt.date | None = None,
    before: int | None = None,
) -> Sequence[AuditEntry]:
    """The newest entries, one more than PAGE; `before` pages on (an entry's id), `day` is a day in the Netherlands."""
    query = select(AuditEntry)
    if user_id:
        query = query.where(AuditEntry.user_id == user_id)
    if kind:
        query = query.where(AuditEntry.record_kind == kind)
    if day:
        start, end = (formats.at(date, dt.time()) for date in (day, day + dt.timedelta(days=1)))
        query = query.where(AuditEntry.at >= start, AuditEntry.at < end)
    return newest(query, before)


def history(record_kind: str, record_id: int, before: int | None = None) -> Sequence[AuditEntry]:
    """The newest entries of one record the caller was allowed to load, one more than PAGE."""
    return newest(of_record(record_kind, record_id), before)


def of_record(record_kind: str, record_id: int) -> Select[AuditEntry]:
    """Entries of a record that is there: what lies before a deletion is of another that had its id (before ids were
    given out once)."""
    mine = (AuditEntry.record_kind == record_kind, AuditEntry.record_id == record_id)
    gone = select(func.max(AuditEntry.id)).where(*mine, AuditEntry.action == "delete").scalar_subquery()
    return select(AuditEntry).where(*mine, AuditEntry.id > func.coalesce(gone, 0))


def changed_since(record: Record, version: int) -> dict[str, Any] | None:
    """{field: what it was at this version} of all that changed since, UNKNOWN for a secret; None when an entry lacks of
    a version in between: it was made before entries knew theirs, or without one."""
    missing = set(range(version + 1, record.version + 1))
    if not missing or len(missing) > LONGEST:
        return None
    later = of_record(record.kind, record.id).where(AuditEntry.record_version > version).order_by(AuditEntry.id)
    then: dict[str, Any] = {}
    for entry in db.session.scalars(later.limit(LONGEST + 1)):
        missing.discard(entry.record_version)
        for name, (old, _new) in entry.fields.items():
            then.setdefault(name, UNKNOWN if name in SECRET_FIELDS else old)
    return None if missing else then


def newest(query: Select[AuditEntry], before: int | None) -> Sequence[AuditEntry]:
    if before:
        query = query.where(AuditEntry.id < before)
    return db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(PAGE + 1)).all()


def head() -> ChainHead | None:
    """The end of the chain, with the answer of the last verification."""
    return db.session.get(ChainHead, 1)


def people() -> Sequence[tuple[int, str]]:
    """(id, name) of every user, for the filter."""
    return [(row.id, row.name) for row in db.session.execute(select(User.id, User.name).order_by(User.name))]


def lines(found: Iterable[AuditEntry], user: User, subject: Any = None) -> dict[int, list[Line]]:
    """{entry's id: what changed in readable form}; ids of records become the names this user may see.

    What the `subject` of the page came with, its page shows too: those names are not asked again.
    """
    found = list(found)
    names = names_beside(subject) if subject else {}
    names |= names_of(pointed_at(found) - names.keys(), user)
    return {entry.id: [line for key in entry.fields for line in line_of(entry, key, names)] for entry in found}


def line_of(entry: AuditEntry, key: str, names: dict[Ref, str]) -> list[Line]:
    """One field, or none when the house keeps it for itself or both sides are empty."""
    kind = records.kinds().get(entry.record_kind)
    old, new = entry.fields[key]
    if key in HIDDEN or (old in (None, "", [], {}) and new in (None, "", [], {})):
        return []
    label = (kind.labels.get(key) if kind else None) or LABELS.get(key) or key.replace("_", " ").capitalize()
    return [Line(str(label), *(shown(kind, key, value, names) for value in (old, new)))]


def shown(kind: Kind | None, key: str, value: Any, names: dict[Ref, str]) -> str:
    """A value as people read it."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return said(N_("ja") if value else N_("nee"))
    if isinstance(value, dict) and "name" in value:
        return str(value["name"])
    if isinstance(value, list):
        return ", ".join(shown(kind, key, one, names) for one in value)
    if kind and (choice := as_choices(kind.choices.get(key), value)):
        return choice
    if kind and (target := target_of(kind, key)):
        return names.get((target.name, value), f"{target.label or target.name} {value}")
    if key.endswith("phone"):
        return formats.show_phone(str(value))
    return as_moment(value) if key.endswith(("_at", "_on", "_date")) else str(value)


def as_choices(choices: Any, value: Any) -> str:
    """The same of a value that may hold several with a comma between, as the guards of a step do."""
    parts = value.split(",") if isinstance(value, str) else [value]
    called = [as_choice(choices, part) for part in parts]
    return ", ".join(called) if all(called) else ""


def as_choice(choices: Any, value: Any) -> str:
    """What a value is called among a field's choices, in any way a form may give them; empty when it is not there."""
    choices = choices() if callable(choices) else choices or {}
    pairs: Any = choices.items() if isinstance(choices, dict) else choices
    for pair in pairs:
        key, text = (pair.value, pair.label) if hasattr(pair, "value") else pair[:2]
        if key == value:
            return said(str(text))
    return ""


def as_moment(value: Any) -> str:
    """A kept ISO date or moment as we write it."""
    try:
        moment = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    is_day = len(str(value)) == len("2026-01-31")
    return formats.short_date(moment.date()) if is_day else when(moment)


def pointed_at(found: Iterable[AuditEntry]) -> set[Ref]:
    """Records that these entries' fields point at."""
    wanted = set()
    for entry in found:
        if kind := records.kinds().get(entry.record_kind):
            for key, pair in entry.fields.items():
                if key not in HIDDEN and (target := target_of(kind, key)):
                    wanted |= {(target.name, value) for value in pair if isinstance(value, int)}
    return wanted


def names_of(references: Iterable[Ref], user: User) -> dict[Ref, str]:
    """What the visible ones of these records are called."""
    return {reference: records.title(record) for reference, record in records.find_all(references, user).items()}


def names_beside(subject: Any) -> dict[Ref, str]:
    """What the records are called that were loaded together with this one."""
    state = inspect(subject)
    keys = {link.key for link in state.mapper.relationships if not link.uselist} - state.unloaded
    beside = (getattr(subject, key) for key in keys)
    return {records.ref(one): records.title(one) for one in beside if getattr(one, "kind", None) in records.kinds()}


def target_of(kind: Kind, key: str) -> Kind | None:
    """The kind of record that this column points at."""
    column = inspect(kind.model).columns.get(key)
    if column is None or not column.foreign_keys:
        return None
    table = next(iter(column.foreign_keys)).column.table
    return next((other for other in records.kinds().values() if table_of(other.model) is table), None)


def table_of(model: type[Base]) -> Any:
    return inspect(model).local_table

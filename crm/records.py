"""The one pen: every change to a record goes through save, save_many or delete.

Here hang the veto, the change log, the audit chain and the search index; nothing can be written past them.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from flask import current_app
from sqlalchemy import JSON, Select, String, event, inspect, select
from sqlalchemy.orm import DeclarativeBase, InstanceState, Session, UOWTransaction
from sqlalchemy.orm.base import NO_VALUE

from crm.db import Record, db, utcnow
from crm.formats import cleaned
from crm.host import by_name, hook, tell
from crm.ids import number
from crm.locks import first_touched
from crm.texts import N_, said

log = logging.getLogger(__name__)
Ref = tuple[str, int]
IGNORED = {"version", "updated_at"}
UNKNOWN = object()


class Refused(Exception):
    """A change that a rule does not allow; the message is shown to the user, in his language.

    `text` is Dutch, with what differs as `%(name)s`: `Refused("Er is al een bron %(name)s.", name=source.name)`.
    """

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text)
        self.text, self.values = text, values

    def __str__(self) -> str:
        return said(self.text, **self.values)


class Conflict(Refused):
    """Somebody else saved this record in the meantime; `record` holds what is there now."""

    def __init__(self, record: Record) -> None:
        super().__init__(N_("Iemand anders heeft dit intussen gewijzigd."))
        self.record = record


@dataclass(frozen=True)
class Change:
    """One record's change: `fields` maps a column's name to (old, new)."""

    record: Any
    action: Literal["create", "update", "delete"]
    fields: dict[str, tuple[Any, Any]]

    @property
    def kind(self) -> str:
        return self.record.kind

    def sets(self, field: str, value: Any) -> bool:
        """True when this change gives `field` this value."""
        return field in self.fields and self.fields[field][1] == value


@dataclass(frozen=True)
class Kind:
    """A kind of record: `visible(user)` selects what a user may see, `endpoint` is its page (argument `id`).

    `labels` ({column: name}) and `choices` ({column: {value: text}}, or what a form's field takes as choices) are what
    its history is told in; `forms.words_of` takes both from a form. `has_feed`: people write, mail and plan about it.
    """

    name: str
    model: type[Any]
    visible: Callable[[Any], Select[Any]]
    title: Callable[[Any], str]
    endpoint: str | None = None
    label: str = ""
    icon: str = "file-text"
    labels: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Any] = field(default_factory=dict)
    has_feed: bool = False


def load_kinds() -> dict[str, Kind]:
    """Every kind of record by name; asked once, at the start."""
    return by_name(hook.record_kinds, "kind of record", lambda kind: kind.name)


def kinds() -> dict[str, Kind]:
    """Every kind of record by name."""
    found: dict[str, Kind] = current_app.extensions["crm.kinds"]
    return found


def ref(record: Any) -> Ref:
    """(kind, id) of a saved record."""
    return record.kind, record.id


def find(reference: Ref | None, user: Any) -> Any | None:
    """The record behind a reference, or None when there is none or this user may not see it."""
    if reference is None or reference[0] not in kinds():
        return None
    kind = kinds()[reference[0]]
    return db.session.scalars(kind.visible(user).where(kind.model.id == reference[1])).first()


def find_all(references: Iterable[Ref | None], user: Any) -> dict[Ref, Any]:
    """The visible records behind many references, with one query per kind."""
    wanted: dict[str, set[int]] = {}
    for reference in references:
        if reference and reference[0] in kinds():
            wanted.setdefault(reference[0], set()).add(reference[1])
    found: dict[Ref, Any] = {}
    for name, ids in wanted.items():
        kind = kinds()[name]
        for record in db.session.scalars(kind.visible(user).where(kind.model.id.in_(ids))):
            found[name, record.id] = record
    return found


def title(record: Any) -> str:
    """What people call this record; by its kind and number where its plugin fails to say."""
    kind = kinds()[record.kind]
    try:
        return kind.title(record)
    except Exception:
        log.exception("the title of a %s failed", kind.name)
        return f"{said(kind.label) or kind.name} {record.id}"


def check_version(record: Record, version: int | None, *fields: str) -> None:
    """Raises Conflict when `version`, the one the editor began with, is no longer the current one. Of who changes no
    more than these `fields`, only when somebody else may have changed one of them."""
    if version is None or record.version == version:
        return
    since = changed_since(record, version) if fields else None
    if since is None or since.keys() & set(fields):
        raise Conflict(record)


def changed_since(record: Record, version: int) -> dict[str, Any] | None:
    """{field: what it was} of all that changed in a record since this version, as the change log keeps it (JSON; of
    many-to-many links what the linked records are called; UNKNOWN for a secret). None when the log does not know."""
    with db.session.no_autoflush:
        return next(iter(tell(hook.changed_since, record=record, version=version)), None)


def changed_fields(record: Any) -> dict[str, tuple[Any, Any]]:
    """What differs from the database: {column: (old, new)}, without bookkeeping columns."""
    state = inspect(record)
    if not state.persistent:
        known = columns_of(record.__class__)
        return {key: (None, value) for key, value in state.dict.items() if key in known}
    columns = columns_of(record.__class__)
    unread = old_values(state, [key for key in columns if state.committed_state.get(key) is NO_VALUE])
    found = {}
    for key in columns:
        history = state.attrs[key].history
        if history.has_changes():
            old = history.deleted[0] if history.deleted else unread.get(key)
            new = history.added[0] if history.added else None
            if old != new:
                found[key] = (old, new)
    return found | changed_links(record)


def changed_links(record: Any) -> dict[str, tuple[Any, Any]]:
    """Many-to-many links that differ from the database, by what the linked records are called."""
    state, found = inspect(record), {}
    for link in state.mapper.relationships:
        history = state.attrs[link.key].history if link.secondary is not None else None
        if history and history.has_changes():
            old, new = [*history.unchanged, *history.deleted], [*history.unchanged, *history.added]
            found[link.key] = (sorted(map(title, old)), sorted(map(title, new)))
    return found


def old_values(state: InstanceState[Any], keys: Sequence[str]) -> dict[str, Any]:
    """What the database holds for columns that were set without having been read (after a commit)."""
    if not keys or not state.persistent:
        return {}
    mapper = state.mapper
    mine = [column == value for column, value in zip(mapper.primary_key, state.identity or (), strict=True)]
    row = db.session.execute(select(*(mapper.columns[key] for key in keys)).where(*mine)).first()
    return dict(zip(keys, row, strict=True)) if row else {}


def save(record: Any, user: Any) -> Any:
    """Write one record; plugins may refuse before (Refused) and hear of it after. Gives the record back."""
    return save_many([record], user)[0]


def save_many(records: Sequence[Any], user: Any) -> Sequence[Any]:
    """Write many records with the same audit, index and queue rows as one by one, in one flush.

    `user` is who does it, None the house itself. Raises Refused, and sqlalchemy's StaleDataError when two
    editors save at the same moment.
    """
    with db.session.no_autoflush, pen(records):
        clean(records)
        changes = [change_of(record) for record in records]
        if hook.before_save.get_hookimpls():
            ask_before(changes, user)
            changes = [change_of(record) for record in records]
        refuse_locked(changes)
        changes = [change for change in changes if change.fields or change.action == "create"]
        number(records)
        renew_linked(changes)
        db.session.add_all(records)
        db.session.flush()
    if changes:
        tell(hook.after_save, changes=changes, user=user)
    return records


def clean(rows: Iterable[Any]) -> None:
    """Let these rows hold only texts as they are kept, whichever way those came in: a file, a mail, a command."""
    for row in rows:
        state = inspect(row)
        for name in texts_of(row.__class__):
            value = state.dict.get(name)
            if value and (kept := cleaned(value)) != value:
                setattr(row, name, kept)


@cache
def texts_of(model: Any) -> tuple[str, ...]:
    """Names of a model's columns that hold text, bare or within JSON."""
    return tuple(attr.key for attr in inspect(model).column_attrs if isinstance(attr.columns[0].type, String | JSON))


def renew_linked(changes: Sequence[Change]) -> None:
    """A record of which only many-to-many links changed has a new version too: its row is written."""
    for change in changes:
        columns = columns_of(change.record.__class__)
        if change.action == "update" and not change.fields.keys() & columns.keys():
            change.record.updated_at = utcnow()


def ask_before(changes: list[Change], user: Any) -> None:
    """Let everybody refuse. Raises Refused, and then the records are as they were: the page that says why asks the
    database more, which would write what was refused."""
    try:
        tell(hook.before_save, changes=changes, user=user)
    except Refused:
        put_back(changes)
        raise


def refuse_locked(changes: Sequence[Change]) -> None:
    """Raises Refused when one of these changes touches a locked field, and then the records are as they were."""
    known = [change for change in changes if change.action != "create"]
    touched = {(change.kind, change.record.id, field) for change in known for field in change.fields}
    if lock := first_touched([change.record for change in known], touched):
        put_back(changes)
        raise Refused(lock.why)


def put_back(changes: Sequence[Change]) -> None:
    """Let go of what was refused."""
    for change in changes:
        if change.action == "update":
            db.session.expire(change.record)


def change_of(record: Any) -> Change:
    """What saving this record would change."""
    return Change(record, "update" if inspect(record).persistent else "create", changed_fields(record))


def delete(record: Any, user: Any) -> None:
    """Take a record away, with the same veto and the same traces as a save."""
    delete_many([record], user)


def delete_many(gone: Sequence[Any], user: Any) -> None:
    """Take many records away as one by one, in one flush."""
    changes = [Change(record, "delete", last_fields(record)) for record in gone]
    if not changes:
        return
    with db.session.no_autoflush, pen(gone):
        tell(hook.before_save, changes=changes, user=user)
        refuse_locked(changes)
        for record in gone:
            db.session.delete(record)
        db.session.flush()
    tell(hook.after_save, changes=changes, user=user)


def last_fields(record: Any) -> dict[str, tuple[Any, Any]]:
    """What a record held at its end: {column: (value, None)}."""
    return {name: (getattr(record, name), None) for name in columns_of(record.__class__)}


@cache
def columns_of(model: Any) -> dict[str, None]:
    """Names of a model's columns without bookkeeping, in their order."""
    return {attr.key: None for attr in inspect(model).column_attrs if attr.key not in IGNORED}


def note(kind: str, number: int, action: str, user: Any, **facts: Any) -> None:
    """Tell who keeps the log of what changes no record: `action` ("login", "refused", "export") of a `kind` ("login" or
    a kind of record), with the id of what it is about or 0. `facts` stand in the log as they are: never a secret.
    """
    tell(hook.happened, kind=kind, number=number, action=action, facts=facts, user=user)


def keep(*rows: DeclarativeBase) -> None:
    """Write rows without a life of their own (a token, a setting, an index row): no one is asked."""
    with db.session.no_autoflush, pen(rows):
        clean(rows)
        number(rows)
        db.session.add_all(rows)
        db.session.flush()


def discard(*rows: DeclarativeBase) -> None:
    """Take away rows without a life of their own."""
    with pen(rows):
        for row in rows:
            db.session.delete(row)
        db.session.flush()


def commit(*, last: bool = False) -> None:
    """End the transaction well; for the request, the job step and the command line only.

    After the `last` one nobody uses the rows it read; saying of each that it is out of date takes a thirtieth of a
    page.
    """
    session = db.session()
    session.expire_on_commit = not last
    try:
        session.commit()
    finally:
        session.expire_on_commit = True


def rollback() -> None:
    """Drop what was not committed."""
    db.session.rollback()


@contextmanager
def pen(rows: Iterable[Any]) -> Iterator[None]:
    """While it lasts, these rows may be written."""
    held: set[int] = db.session.info.setdefault("pen", set())
    mine = {id(row) for row in rows} - held
    held |= mine
    try:
        yield
    finally:
        held -= mine


@event.listens_for(db.session, "before_flush")
def refuse_other_pens(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Whatever is written without the pen is a mistake in the code, not in the input."""
    held: set[int] = session.info.get("pen", set())
    written = [*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))]
    if past := [row for row in written if id(row) not in held]:
        raise RuntimeError(f"written past crm/records.py: {past}")


def hold(about: Ref | None) -> None:
    """Let who else wants to change this record wait until the transaction ends; it is not read anew, and rows that
    belong to it may be written meanwhile.

    A record comes before what hangs on it (files, stukken): two who began at either end would wait for one another.
    Nothing, and a record of a plugin that is switched off, is held by nobody.
    """
    if about is None or about[0] not in kinds():
        return
    model = kinds()[about[0]].model
    row = select(model.id).where(model.id == about[1]).with_for_update(key_share=True)
    with db.session.no_autoflush:
        db.session.scalar(row)


def lock(model: type[Any], identity: Any, *, beside: bool = False) -> Any:
    """One row as it is now, held until the transaction ends: for counters, numbers and chain heads.

    `beside` holds it from others who lock it only: rows that belong to it may be written meanwhile.
    """
    held = inspect(model).primary_key[0] == identity
    query = select(model).where(held).with_for_update(of=model, key_share=beside)
    return db.session.scalars(query.execution_options(populate_existing=True)).unique().first()

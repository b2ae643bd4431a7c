"""What a run made and changed, in order, and taking it back: only what nobody touched since."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, inspect, select
from sqlalchemy.exc import IntegrityError

from crm.accounts.models import User
from crm.db import About, Base, Record, db
from crm.records import Change, Ref, delete, kinds, ref, save, title

KEY = "planning.trail"
SIMPLE = (str, int, float, bool, list, dict)


@dataclass
class Trail:
    """[(ref, old values or None when it was made)] in order, and the records themselves by ref."""

    steps: list[tuple[Ref, dict[str, Any] | None]] = field(default_factory=list)
    records: dict[Ref, Any] = field(default_factory=dict)

    def note(self, changes: Sequence[Change]) -> None:
        """Remember changes that were just written."""
        for change in changes:
            reference = ref(change.record)
            made = change.action == "create"
            if not made and any(step == (reference, None) for step in self.steps):
                continue
            old = None if made else {name: plain(pair[0]) for name, pair in change.fields.items()}
            self.steps.append((reference, old))
            self.records[reference] = change.record

    def rows(self) -> list[Any]:
        """As a run keeps it: [[kind, id, old, version], …]."""
        return [[*reference, old, self.records[reference].version] for reference, old in self.steps]


@contextmanager
def following() -> Iterator[Trail]:
    """While it lasts, everything that goes through the pen is noted."""
    trail = db.session.info[KEY] = Trail()
    try:
        yield trail
    finally:
        del db.session.info[KEY]


def note(changes: Sequence[Change]) -> None:
    """What the house calls after every save; does something only while a run is being followed."""
    if trail := db.session.info.get(KEY):
        trail.note(changes)


def plain(value: Any) -> Any:
    """A column's value as JSON."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return value if value is None or isinstance(value, SIMPLE) else str(value)


def revived(model: type[Any], name: str, value: Any) -> Any:
    """JSON as the column's own value again."""
    wanted = inspect(model).columns[name].type.python_type
    if not isinstance(value, str) or wanted is str:
        return value
    readers: dict[type, Any] = {dt.datetime: dt.datetime.fromisoformat, dt.date: dt.date.fromisoformat}
    return readers.get(wanted, Decimal)(value)


def models() -> dict[str, type[Any]]:
    """The model of every kind of record, also of kinds without a page."""
    return {mapper.class_.kind: mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Record)}


def touched(made: Sequence[Any]) -> set[Ref]:
    """What of a run has another version than when the run ended."""
    known, found = models(), set()
    for kind, id, _old, version in made:
        record = db.session.get(known[kind], id)
        if record is None or record.version != version:
            found.add((kind, id))
    return found


def take_back(made: Sequence[Any], others: set[Ref], user: User) -> list[str]:
    """Undo in reverse order, without what is in `others` and what that stands on; says what remains (Dutch)."""
    known, kept = models(), []
    for kind, id, old, _version in reversed(made):
        record = db.session.get(known[kind], id, populate_existing=True)
        if record is None:
            continue
        if (kind, id) in others or not (remove(record, user) if old is None else restore(record, old, user)):
            kept.append(f"{name(record)} blijft zoals het is: er is intussen mee verder gewerkt.")
    return list(dict.fromkeys(kept))


def name(record: Any) -> str:
    """What people call a record, for a sentence."""
    kind = kinds().get(record.kind)
    return f"{kind.label}: {title(record)}" if kind else str(record.kind)


def remove(record: Any, user: User) -> bool:
    """Delete what the run made; False when something that is not of the run hangs on it."""
    if has_rows_about(record):
        return False
    try:
        with db.session.begin_nested():
            delete(record, user)
    except IntegrityError:
        return False
    return True


def has_rows_about(record: Any) -> bool:
    """True when a post, appointment, task, message … is still about this record."""
    about = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, About)]
    asked = [exists().where(model.subject_kind == record.kind, model.subject_id == record.id) for model in about] + [
        exists().where(*hanging) for hanging in hangs_on(record)
    ]
    return any(db.session.execute(select(*asked)).one())


def hangs_on(record: Any) -> Iterator[list[Any]]:
    """Conditions for rows of other tables that would quietly go with this record (ON DELETE CASCADE); a row that has no
    name but the record's is a part of it, as the bytes of a mail are."""
    table = inspect(type(record)).local_table
    for mapper in Base.registry.mappers:
        for column in mapper.local_table.columns:
            for key in column.foreign_keys:
                is_part = list(mapper.local_table.primary_key) == [column]
                if key.column.table is table and key.ondelete == "CASCADE" and not is_part:
                    yield [column == record.id]


def restore(record: Any, old: dict[str, Any], user: User) -> bool:
    """Give a record back the values it had before the run."""
    for field_name, value in old.items():
        setattr(record, field_name, revived(type(record), field_name, value))
    save(record, user)
    return True

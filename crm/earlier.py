"""A record as it was at an earlier version: what two editors of one record are held against."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import MANYTOONE, RelationshipProperty

from crm import records
from crm.db import Record, db

READERS: dict[type[Any], Any] = {
    dt.datetime: dt.datetime.fromisoformat,
    dt.date: dt.date.fromisoformat,
    dt.time: dt.time.fromisoformat,
    Decimal: Decimal,
}


class Unknown(AttributeError):
    """What the change log does not tell."""


class Earlier:
    """Stands in for a record where one reads it: its columns, links and properties as they were.

    What the log does not know of (a secret, a linked record that went) is not there: reading it raises Unknown.
    """

    def __init__(self, record: Record, then: dict[str, Any]) -> None:
        self._record, self._then = record, then

    def __getattr__(self, name: str) -> Any:
        mapper = inspect(self._record.__class__)
        if self._then.get(name) is records.UNKNOWN:
            raise Unknown(name)
        if name in mapper.column_attrs:
            return self._column(name)
        if name in mapper.relationships:
            return self._link(mapper.relationships[name])
        made = getattr(self._record.__class__, name, None)
        return made.fget(self) if isinstance(made, property) and made.fget else getattr(self._record, name)

    def _column(self, name: str) -> Any:
        if name not in self._then:
            return getattr(self._record, name)
        column = inspect(self._record.__class__).columns[name]
        read = READERS.get(column.type.python_type)
        kept = self._then[name]
        return kept if kept is None or read is None else read(kept)

    def _link(self, link: RelationshipProperty[Any]) -> Any:
        if link.secondary is not None and link.key in self._then:
            return self._named(link.mapper.class_, self._then[link.key])
        if link.direction is MANYTOONE:
            local = next(iter(link.local_columns))
            key = link.parent.get_property_by_column(local).key
            if key in self._then:
                return self._one(link.mapper.class_, self._then[key])
        return getattr(self._record, link.key)

    def _one(self, model: type[Any], number: int | None) -> Any:
        found = db.session.get(model, number) if number is not None else None
        if found is None and number is not None:
            raise Unknown(model.__name__)
        return found

    def _named(self, model: type[Any], titles: list[str]) -> list[Any]:
        """The linked records, of which the log keeps what they are called."""
        called: dict[str, list[Any]] = {}
        for one in db.session.scalars(select(model)):
            called.setdefault(records.title(one), []).append(one)
        found = [called.get(title, []) for title in titles]
        if any(len(one) != 1 for one in found):
            raise Unknown(model.__name__)
        return [one for (one,) in found]


def earlier(record: Record, version: int | None) -> Earlier | None:
    """The record at this version; None when the change log does not know."""
    then = records.changed_since(record, version) if version is not None else None
    return None if then is None else Earlier(record, then)

"""Proves of a restored office that all that is sealed opens: the office's keys, those of each row, and every file."""

from collections.abc import Iterator
from typing import Any

from obstore.exceptions import BaseError
from sqlalchemy import inspect, select

from crm.db import db
from crm.documents import storage
from crm.documents.models import FileKey, Locked, StoredFile
from crm.envelope import Broken

AT_ONCE = 200


def open_office_keys() -> None:
    """Open every key of the office. Raises envelope.Broken when FILES_KEY is not the one they are locked with."""
    for key in db.session.scalars(select(FileKey)):
        storage.office_secret(key)


def broken() -> Iterator[str]:
    """What does not open: "file 0123…", "message_contents 12". Reads every file to its end."""
    keys = db.session.scalars(select(FileKey)).all()  # held, so that no row asks for its key again
    for table in Locked.__subclasses__() if keys else ():
        for row in rows_of(table):
            if not opens(row):
                yield f"file {row.key}" if isinstance(row, StoredFile) else name_of(row)


def rows_of(table: type[Any]) -> Iterator[Any]:
    """Every row of a table, a stretch at a time."""
    (number,), last = inspect(table).primary_key, 0
    while found := db.session.scalars(select(table).where(number > last).order_by(number).limit(AT_ONCE)).all():
        yield from found
        last = inspect(found[-1]).identity[0]


def opens(row: Any) -> bool:
    """Does its key open, and of a file all that is in it?"""
    try:
        for _piece in storage.content_of(row) if isinstance(row, StoredFile) else [storage.own_key(row)]:
            pass
    except (Broken, OSError, BaseError):
        return False
    return True


def name_of(row: Any) -> str:
    state = inspect(row)
    return f"{state.mapper.local_table.name} {state.identity[0]}"

"""Questions about events."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select

from crm.furniture import db, rows
from plugins.portal.events.models import ChainHead, Event

PAGE = 100


def after(number: int) -> Sequence[Event]:
    """The next events after this number, at most PAGE, in their order."""
    query = select(Event).where(Event.number > number).order_by(Event.number).limit(rows(PAGE))
    return db.session.scalars(query).all()


def link(previous: str, event: Event) -> str:
    """The hash of an event that follows the one with the hash `previous`."""
    parts = (previous, str(event.number), event.at.isoformat(), event.vault, event.kind, event.says)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def broken_at() -> int | None:
    """The number of the first event that is not what was written, or not in its place; None for a whole chain."""
    previous, expected = "", 1
    for event in db.session.scalars(select(Event).order_by(Event.number).execution_options(yield_per=1000)):
        if event.number != expected or event.hash != link(previous, event):
            return expected
        previous, expected = event.hash, expected + 1
    head = db.session.get(ChainHead, 1)
    return None if head is not None and (head.number, head.hash) == (expected - 1, previous) else expected

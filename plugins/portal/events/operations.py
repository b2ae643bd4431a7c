"""Verbs of events: told, acknowledged."""

import json

from sqlalchemy import select

from crm.furniture import db, keep, lock, utcnow
from plugins.portal.events import queries
from plugins.portal.events.models import ChainHead, Event


def tell(vault: str, kind: str, **says: str) -> Event:
    """Add an event to the end of the chain, for the CRM to read once this transaction is committed."""
    head = lock(ChainHead, 1)
    said = json.dumps(says, ensure_ascii=False, sort_keys=True)
    event = Event(number=head.number + 1, at=utcnow(), vault=vault, kind=kind, says=said)
    event.hash = queries.link(head.hash, event)
    head.number, head.hash = event.number, event.hash
    keep(event, head)
    return event


def acknowledge(up_to: int) -> list[Event]:
    """The CRM has handled every event up to this number; gives those that were not acknowledged before."""
    waiting = Event.number <= up_to, Event.acknowledged_at.is_(None)
    found = list(db.session.scalars(select(Event).where(*waiting).order_by(Event.number).with_for_update()))
    for event in found:
        event.acknowledged_at = utcnow()
    keep(*found)
    return found

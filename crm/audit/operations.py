"""Verbs of the audit chain: note each change, seal what was noted at the commit, verify the whole."""

import datetime as dt
import hmac
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Select, bindparam, event, func, insert, select, update
from sqlalchemy.orm import Session

from crm.accounts.models import User
from crm.actors import name_of
from crm.audit.models import SECRET_FIELDS, AuditEntry, ChainHead
from crm.db import db, utcnow
from crm.host import config
from crm.records import Change, commit, keep, lock, rollback

log = logging.getLogger(__name__)

ENTRIES: Any = AuditEntry.__table__


def note(changes: Sequence[Change], user: User | None) -> None:
    """One entry for each change, in the transaction of the change."""
    head = by_now(user)
    rows = [
        head
        | {
            "action": change.action,
            "record_kind": change.kind,
            "record_id": change.record.id,
            "record_version": getattr(change.record, "version", None),
            "fields": {
                name: [None if old is None else plain(name, old), plain(name, new)]
                for name, (old, new) in change.fields.items()
            },
        }
        for change in changes
    ]
    write(rows)


def note_event(kind: str, number: int, action: str, facts: Mapping[str, Any], user: User | None) -> None:
    """One entry for what changes no record; its facts stand there as new values."""
    fields = {name: [None, plain(name, value)] for name, value in facts.items()}
    write([by_now(user) | {"action": action, "record_kind": kind, "record_id": number, "fields": fields}])


def by_now(user: User | None) -> dict[str, Any]:
    """What every entry says of who did it, and when."""
    return {"at": utcnow(), "user_id": user.id if user else None, "user_name": name_of(user)}


def write(rows: list[dict[str, Any]]) -> None:
    """Put entries behind the chain; the commit seals them."""
    if rows:
        db.session.execute(insert(ENTRIES), rows)
        db.session.info["noted"] = True


def plain(name: str, value: Any) -> Any:
    """A column's value as JSON; secrets leave only the fact that they changed."""
    if value is None or (type(value) is str and name not in SECRET_FIELDS):
        return value
    if name in SECRET_FIELDS:
        return "…"
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return value if isinstance(value, str | int | float | list | dict) else str(value)


@event.listens_for(db.session, "before_commit")
def seal(session: Session) -> None:
    """Chain what this transaction noted to what was there; the head's lock keeps positions and seals in order."""
    if session.in_nested_transaction() or not session.info.pop("noted", False):
        return
    head: ChainHead = lock(ChainHead, 1) or ChainHead(id=1, length=0, seal="")
    key, length, last = secret(), head.length, head.seal
    sealed = []
    for entry in session.execute(select(ENTRIES).where(ENTRIES.c.position.is_(None)).order_by(ENTRIES.c.id)):
        length += 1
        last = seal_of(entry, length, last, key)
        sealed.append({"entry": entry.id, "place": length, "mark": last})
    if sealed:
        mine = update(ENTRIES).where(ENTRIES.c.id == bindparam("entry"))
        session.connection().execute(mine.values(position=bindparam("place"), seal=bindparam("mark")), sealed)
    head.length, head.seal, head.mark = length, last, mark_of(length, last)
    keep(head)


def seal_of(entry: Any, position: int, previous: str, key: bytes) -> str:
    """HMAC-SHA256 over the seal before and this entry at this position, as hexadecimal text."""
    version = [] if entry.record_version is None else [entry.record_version]
    content = json.dumps(
        [previous, position, entry.at.isoformat(), entry.user_id, entry.user_name, entry.action,
         entry.record_kind, entry.record_id, entry.fields, *version],
        sort_keys=True, separators=(",", ":"), ensure_ascii=True,
    )  # fmt: skip
    return sign(content, key)


def mark_of(length: int, last_seal: str) -> str:
    """What shows that the head was written by us: who cuts off the tail can't make it for the shorter chain."""
    return sign(f"head:{length}:{last_seal}", secret())


def secret() -> bytes:
    """What seals are made with."""
    return str(config("SECRET_KEY")).encode()


def sign(content: str, key: bytes) -> str:
    return hmac.digest(key, content.encode(), "sha256").hex()


def verify() -> tuple[int, int | None]:
    """(length of the chain, id of the first entry where it is broken or None). Reads every entry.

    An entry was changed, put in or taken out there; for a tail that was cut off it is the number after the last id.
    """
    head = db.session.get(ChainHead, 1, populate_existing=True)
    length, end, mark = (head.length, head.seal, head.mark) if head else (0, "", mark_of(0, ""))
    forged = db.session.scalar(select(func.min(AuditEntry.id)).where(AuditEntry.position.is_(None)))
    previous, count, last, wrong, key = "", 0, 0, forged, secret()
    with closing(db.session.scalars(whole_chain())) as entries:
        for entry in entries:
            last = max(last, entry.id)
            right = seal_of(entry, count + 1, previous, key)
            if entry.position != count + 1 or not hmac.compare_digest(entry.seal or "", right):
                return length, entry.id
            previous, count = str(entry.seal), count + 1
            if count == length and previous != end:
                wrong = wrong or entry.id
    if wrong is None and (count < length or mark != mark_of(length, end)):
        wrong = last + 1
    return length, wrong


def whole_chain() -> Select[AuditEntry]:
    """Every sealed entry in the chain's order, a thousand at a time."""
    query = select(AuditEntry).where(AuditEntry.position.is_not(None)).order_by(AuditEntry.position)
    return query.execution_options(yield_per=1000)


def check_chain() -> int | None:
    """Verify the whole chain without keeping others from writing, and remember the answer, which it gives.

    Ends the transaction it is called in.
    """
    rollback()
    db.session.info["read"] = True
    try:
        length, broken_at = verify()
    finally:
        rollback()
        db.session.info["read"] = False
    head: ChainHead | None = lock(ChainHead, 1)
    if head is not None:
        head.checked_at, head.checked_length, head.broken_at = utcnow(), length, broken_at
        keep(head)
    commit()
    if broken_at is None:
        log.info("the audit chain is whole: %d entries", length)
    else:
        log.error("the audit chain is broken at entry %d", broken_at)
    return broken_at

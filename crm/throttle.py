"""Counts within a window, by one statement each: who comes too often is stopped, also when many come at once.

An attempt is counted before it is looked at. The table (`scope`, `count`, `until`) is that of whoever counts.
"""

import datetime as dt
import logging
from typing import Any

from sqlalchemy import case, literal
from sqlalchemy.dialects import postgresql, sqlite

from crm.db import UtcDateTime, db, utcnow
from crm.records import Refused

log = logging.getLogger(__name__)


def take(table: Any, scope: str, free: int | None, window: dt.timedelta) -> int:
    """Count one attempt, and give how many there were within the window; it begins anew when the last one is over.

    Raises Refused when there were more than `free` (None: any number).
    """
    now = utcnow()
    over, ends = table.c.until <= now, literal(now + window, UtcDateTime())
    again = {
        "count": case((over, 1), else_=table.c["count"] + 1),
        "until": case((over, ends), else_=table.c.until),
    }
    count, until = put(table, scope, {"count": 1, "until": now + window}, again)
    if free is not None and count > free:
        log.warning("held off, %s attempts of at most %s: %s", count, free, scope.partition(":")[0])
        minutes = max(1, round((until - now).total_seconds() / 60))
        raise Refused("Te veel pogingen. Probeer het over %(minutes)s minuten opnieuw.", minutes=minutes)
    return count


def put(
    table: Any, scope: str, first: dict[str, Any], again: dict[str, Any] | None = None
) -> tuple[int, dt.datetime]:  # fmt: skip
    """Write one row whether it is there or not, in one statement: (count, until) as they are now."""
    engine = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    row = engine.insert(table).values(scope=scope, **first)
    kept = row.on_conflict_do_update(index_elements=["scope"], set_=again or first)
    count, until = db.session.execute(kept.returning(table.c["count"], table.c.until)).one()
    return count, until


def forget(table: Any, scope: str) -> None:
    """A success wipes the failures before it."""
    db.session.execute(table.delete().where(table.c.scope == scope))

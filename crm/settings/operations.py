"""Verbs of settings."""

import datetime as dt
import secrets
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crm.db import db
from crm.records import Conflict, keep, save
from crm.settings import queries
from crm.settings.models import Setting


def change(room: str, values: dict[str, Any], user: Any, version: int | None = None) -> list[str]:
    """Set fields of one room; gives the keys that changed. `version` is what `queries.version_of` gave the editor.

    What was never changed before is first kept with its default, so that the audit chain tells from what to what.
    Raises Conflict when somebody else changed this room's settings meanwhile, KeyError for an unknown field.
    """
    rows = queries.rows_of(room)
    kept = {row.key: row for row in rows}
    if version is not None and version != sum(row.version for row in rows):
        raise Conflict(rows[0] if rows else Setting(key=room))
    changed = []
    for name, value in values.items():
        key = f"{room}.{name}"
        if (old := queries.setting(key)) == value:
            continue
        row = kept.get(key) or save(Setting(key=key, value=as_json(old)), user)
        row.value = as_json(value)
        save(row, user)
        changed.append(key)
    queries.forget_values()
    return changed


def touch(name: str) -> None:
    """What `queries.kept` holds under this name changes with this transaction: every process reads it anew."""
    key = queries.STAMP + name
    row = db.session.scalar(select(Setting).where(Setting.key == key).with_for_update()) or Setting(key=key)
    row.value = secrets.token_hex(8)
    keep(row)
    queries.forget_values()


def as_json(value: Any) -> Any:
    """A field's value as JSON; its form's reader is the way back."""
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value

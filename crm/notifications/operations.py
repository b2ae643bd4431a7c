"""Verbs of notifications: tell a user something, mark it as read, forget old ones."""

import datetime as dt
from typing import Any

from crm.accounts.models import User
from crm.db import db, utcnow
from crm.jobs.operations import drop
from crm.notifications import queries
from crm.notifications.models import Notification
from crm.records import keep

READ_FOR, UNREAD_FOR = dt.timedelta(days=30), dt.timedelta(days=90)


def notify(user: User | None, text: str, url: str = "", icon: str = "bell", **values: Any) -> Notification | None:
    """Tell a user something, wherever he is in the CRM; nobody to tell (the house itself) is fine.

    `text` is Dutch, marked with `N_`, with what differs as `%(name)s` from `values` (JSON); `url` is the path of the
    page it is about. Written in the caller's transaction: told exactly when the work is done. Nothing of clients that
    another vestiging may not see belongs in it.
    """
    if user is None:
        return None
    made = Notification(user_id=user.id, text=text, values=values, url=url, icon=icon)
    keep(made)
    return made


def mark_read(notification: Notification) -> None:
    """He has seen it; twice is once."""
    if notification.read_at is None:
        notification.read_at = utcnow()
        keep(notification)


def mark_all_read(user: User) -> None:
    """He has seen them all."""
    rows = db.session.scalars(queries.unread(user)).all()
    for row in rows:
        row.read_at = utcnow()
    keep(*rows)


def clean_up() -> None:
    """Forget what was read a month ago, and what nobody read for three."""
    drop(queries.old(READ_FOR, UNREAD_FOR))

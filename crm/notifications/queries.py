"""Questions about notifications: a user sees his own only."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Select, func, select

from crm.accounts.models import User
from crm.db import db, utcnow
from crm.notifications.models import Notification
from crm.statements import prepared

PAGE = 50
SHOWN = 3  # at once, at the bell
# A transaction that ends long after it wrote its notification; and somebody who goes from page to page.
LATE = dt.timedelta(seconds=60)


@prepared("id")
def own(user: User) -> Select[Notification]:
    """This user's notifications."""
    return select(Notification).where(Notification.user_id == user.id)


@prepared("id")
def unread(user: User) -> Select[Notification]:
    """Those he did not read yet."""
    return own(user).where(Notification.read_at.is_(None))


@prepared("id")
def unread_count(user: User) -> Select[int]:
    """Asks how many there are, for the badge of the bell."""
    return unread(user).with_only_columns(func.count())


def newest(user: User) -> Sequence[Notification]:
    """The newest, read or not."""
    return db.session.scalars(own(user).order_by(Notification.id.desc()).limit(PAGE)).all()


def news(user: User, since: dt.datetime, here: str) -> Sequence[Notification]:
    """Unread ones that came after `since`, newest first, but for those about the page `here`: it tells by itself."""
    query = unread(user).where(Notification.created_at > since - LATE, Notification.url != here)
    return db.session.scalars(query.order_by(Notification.id.desc()).limit(SHOWN)).all()


def one(notification_id: int, user: User) -> Notification | None:
    """A notification of this user."""
    return db.session.scalars(own(user).where(Notification.id == notification_id)).first()


def old(read_for: dt.timedelta, unread_for: dt.timedelta) -> Select[Notification]:
    """Those that may go."""
    read = Notification.read_at < utcnow() - read_for
    return select(Notification).where(read | (Notification.created_at < utcnow() - unread_for))

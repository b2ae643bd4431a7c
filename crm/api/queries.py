"""Questions of the API: pages of records behind a cursor."""

import base64
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_

from crm.accounts.models import User
from crm.db import db
from crm.feed.models import Post
from crm.feed.queries import visible_posts
from crm.formats import sent_moment, whole
from crm.records import Ref, kinds

Cursor = list[Any]


def encode(cursor: Cursor) -> str:
    """A cursor as it stands in an address."""
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")


def decode(text: str) -> Cursor:
    """The cursor again. Raises ValueError for one that is not ours."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        *moment, last = found
        if len(moment) > 1:
            raise ValueError(text)
        return [*(sent_moment(one) for one in moment), whole(last)]
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(text) from error


def page(
    kind: str, user: User, limit: int, cursor: Cursor | None = None, since: dt.datetime | None = None
) -> tuple[Sequence[Any], Cursor | None]:
    """A page of the records of a kind that this user may see, and the cursor of the next one.

    By id; with `since` those changed from that moment on, by the moment they changed. Raises ValueError for a cursor
    of the other order.
    """
    known = kinds()[kind]
    query, model = known.visible(user), known.model
    if since is not None:
        query = query.where(model.updated_at >= since).order_by(model.updated_at, model.id)
    else:
        query = query.order_by(model.id)
    if cursor is not None:
        query = after(query, model, cursor, since is not None)
    rows = db.session.scalars(query.limit(limit + 1)).unique().all()
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], [last.updated_at.isoformat(), last.id] if since is not None else [last.id]


def after(query: Select[Any], model: Any, cursor: Cursor, by_moment: bool) -> Select[Any]:
    """What comes behind the cursor. Raises ValueError when it belongs to the other order."""
    if len(cursor) != (2 if by_moment else 1):
        raise ValueError("cursor")
    if not by_moment:
        return query.where(model.id > cursor[0])
    moment, last = cursor
    return query.where(model.updated_at >= moment, or_(model.updated_at > moment, model.id > last))


def posts(subject: Ref, user: User, limit: int, cursor: Cursor | None = None) -> tuple[Sequence[Post], Cursor | None]:
    """The feed of a record the caller was allowed to load, newest first. Raises ValueError for another's cursor."""
    query = visible_posts(user).where(Post.subject_kind == subject[0], Post.subject_id == subject[1])
    if cursor is not None:
        if len(cursor) != 1:
            raise ValueError("cursor")
        query = query.where(Post.id < cursor[0])
    rows = db.session.scalars(query.order_by(Post.id.desc()).limit(limit + 1)).unique().all()
    return rows[:limit], [rows[limit - 1].id] if len(rows) > limit else None

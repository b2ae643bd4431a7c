"""Questions about the feed."""

from collections.abc import Sequence

from sqlalchemy import Select, and_, false, or_, select

from crm.accounts.models import User
from crm.db import db
from crm.feed.models import Post
from crm.records import Ref, kinds

PAGE = 20


def visible_posts(user: User) -> Select[Post]:
    """Posts about the records this user may see."""
    about = [
        and_(Post.subject_kind == kind.name, Post.subject_id.in_(kind.visible(user).with_only_columns(kind.model.id)))
        for kind in kinds().values()
        if kind.has_feed
    ]
    return select(Post).where(or_(false(), *about))


def feed(subject: Ref, before: int | None = None) -> Sequence[Post]:
    """The newest posts about a record the caller was allowed to load; `before` pages on (a post's id)."""
    query = select(Post).where(Post.subject_kind == subject[0], Post.subject_id == subject[1])
    if before:
        query = query.where(Post.id < before)
    return db.session.scalars(query.order_by(Post.id.desc()).limit(PAGE + 1)).all()

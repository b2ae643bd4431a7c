"""Questions about the feed."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from crm.accounts.models import User
from crm.db import db
from crm.feed.models import Post
from crm.records import Ref, find

PAGE = 20


def visible_posts(user: User) -> Select[Post]:
    """Posts about any record; who may not see the record must not be given its feed (see `feed`)."""
    return select(Post)


def feed(subject: Ref, before: int | None = None) -> Sequence[Post]:
    """The newest posts about a record the caller was allowed to load; `before` pages on (a post's id)."""
    query = select(Post).where(Post.subject_kind == subject[0], Post.subject_id == subject[1])
    if before:
        query = query.where(Post.id < before)
    return db.session.scalars(query.order_by(Post.id.desc()).limit(PAGE + 1)).all()


def find_post(post_id: int, user: User) -> Post | None:
    """A post whose subject this user may see."""
    post = db.session.get(Post, post_id)
    return post if post and find(post.subject_ref, user) else None

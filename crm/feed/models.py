"""A post in the feed of a record."""

from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.db import About, Base, Record
from crm.texts import said


class Post(About, Record, Base):
    """A post. `post_kind` "registration" is a contact log entry (registratie) written by a person.

    Other kinds come from rooms ("appointment.planned", "mail.sent", "status.changed" …) and are drawn with
    `feed/<post_kind>.html` when that exists. `data` holds what that template needs; never what a client may not see
    in a public post.
    """

    __tablename__ = "posts"
    __table_args__ = (Index("ix_posts_subject", "subject_kind", "subject_id", "id"),)
    kind: ClassVar[str] = "post"

    post_kind: Mapped[str] = mapped_column(default="registration")
    text: Mapped[str] = mapped_column(default="")
    is_public: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    author: Mapped[User | None] = relationship(lazy="joined")

    @property
    def by(self) -> str:
        """Who did it, by name, a client too; empty for the house itself."""
        return self.author.name if self.author else str(self.data.get("actor", ""))

    @property
    def shown(self) -> str:
        """What the house said, in the language of who reads it; what a person wrote stands in `text`."""
        text, values = self.data.get("said") or (self.text, {})
        return said(text, **values)

"""A notification of one user."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, utcnow
from crm.texts import said


class Notification(Base):
    """A melding. `text` is Dutch and stands in the catalogue, `values` are what differs: it is shown in the language
    of who reads it. `url` is the page it is about. (DBOS has a table `notifications` of its own.)"""

    __tablename__ = "user_notifications"
    __table_args__ = (Index("ix_user_notifications_user", "user_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    url: Mapped[str] = mapped_column(default="")
    icon: Mapped[str] = mapped_column(default="bell")
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow, index=True)
    read_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))

    @property
    def shown(self) -> str:
        """The sentence, in the reader's language."""
        return said(self.text, **self.values)

"""Saved views of lists, which of them somebody begins with, and what was changed from a list."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Branch, User
from crm.db import Base, Record, utcnow

OWN, BRANCH, OFFICE = "own", "branch", "office"


class ListView(Record, Base):
    """A list as somebody saved it: `query` is the rest of its address (filters, columns), never which rows there are.

    `shared`: own, branch (everybody of vestiging `branch`), office. What it shows is always what the viewer may see.
    One with `removed_at` is gone for everybody, until its removal is undone or it is forgotten.
    """

    __tablename__ = "list_views"
    __table_args__ = (Index("ix_list_views_list", "list_name", "owner_id"),)
    kind: ClassVar[str] = "list_view"

    list_name: Mapped[str]
    name: Mapped[str]
    query: Mapped[str] = mapped_column(default="")
    shared: Mapped[str] = mapped_column(default=OWN)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branches.id", ondelete="CASCADE"), default=None)
    removed_at: Mapped[dt.datetime | None] = mapped_column(default=None, index=True)
    owner: Mapped[User] = relationship()
    branch: Mapped[Branch | None] = relationship()


class DefaultView(Base):
    """The view with which somebody's list begins."""

    __tablename__ = "default_views"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    list_name: Mapped[str] = mapped_column(primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("list_views.id", ondelete="CASCADE"), index=True)


class ListChange(Base):
    """What somebody changed from a list in one go, so that it can be undone.

    `rows`: [{"id", "version" (after the change), "old": {column: value as JSON}}].
    """

    __tablename__ = "list_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_name: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    at: Mapped[dt.datetime] = mapped_column(default=utcnow, index=True)
    undone_at: Mapped[dt.datetime | None] = mapped_column(default=None)

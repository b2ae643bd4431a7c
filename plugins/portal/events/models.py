"""What happened in the portal, each event with the hash of the one before it."""

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from plugins.portal.database import Base


class Event(Base):
    """Something a client did. `says` is JSON with names of items and uploads, and never what a person told us."""

    __tablename__ = "events"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    vault: Mapped[str]
    kind: Mapped[str]
    says: Mapped[str]
    hash: Mapped[str]
    acknowledged_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class ChainHead(Base):
    """The one row that tells where the chain ends. Who adds an event holds it until his transaction ends, so that
    numbers appear in their order: a reader who saw a number never finds a lower one later."""

    __tablename__ = "chain_heads"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(default="")

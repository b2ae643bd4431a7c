"""Vaults and what the CRM put in them."""

import datetime as dt

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.furniture import utcnow
from plugins.portal.database import Base


class Vault(Base):
    """The vault of one person. `name` is what the CRM calls it; `locked_key` opens all that is in it."""

    __tablename__ = "vaults"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    locked_key: Mapped[bytes]
    made_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class Item(Base):
    """Something the CRM put in a vault: a request, a document, a person. What was taken away stays as an empty row
    with its version, so that an older word about it that comes late changes nothing."""

    __tablename__ = "items"

    vault_id: Mapped[int] = mapped_column(ForeignKey("vaults.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(default="")
    sealed: Mapped[bytes | None] = mapped_column(default=None)
    changed_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class GoneVault(Base):
    """The name of a vault that was let go of, with the receipt the CRM got for it: what went, without content."""

    __tablename__ = "gone_vaults"

    name: Mapped[str] = mapped_column(primary_key=True)
    receipt: Mapped[str]

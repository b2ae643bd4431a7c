"""Who may come in: accounts, codes that were sent, sessions."""

import datetime as dt

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.furniture import utcnow
from plugins.portal.database import Base


class Account(Base):
    """How the person of a vault comes in.

    `link` is the SHA-256 of the invitation's token, empty once it was used; `generation` counts invitations.
    `contact` is what the CRM said, sealed; `address` a keyed fingerprint of the e-mail address.
    """

    __tablename__ = "accounts"

    vault_id: Mapped[int] = mapped_column(ForeignKey("vaults.id", ondelete="CASCADE"), primary_key=True)
    generation: Mapped[int]
    link: Mapped[str] = mapped_column(index=True)
    valid_until: Mapped[dt.datetime]
    contact: Mapped[bytes]
    address: Mapped[str] = mapped_column(index=True)
    voided_codes: Mapped[int] = mapped_column(default=0)
    password: Mapped[str] = mapped_column(default="")
    activated_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class Code(Base):
    """A code that went out by SMS. It is good for one `purpose`, in the browser that asked for it (`browser`)."""

    __tablename__ = "codes"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    vault_id: Mapped[int] = mapped_column(ForeignKey("vaults.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    browser: Mapped[str]
    digest: Mapped[str]
    made_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[dt.datetime]
    tries_left: Mapped[int]
    ended_at: Mapped[dt.datetime | None] = mapped_column(default=None)


class Attempts(Base):
    """How often something was tried within a window: a password, a text message."""

    __tablename__ = "attempts"

    scope: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    until: Mapped[dt.datetime]


class Session(Base):
    """A browser that is logged in; `token` is the SHA-256 of what its cookie holds."""

    __tablename__ = "sessions"

    token: Mapped[str] = mapped_column(primary_key=True)
    vault_id: Mapped[int] = mapped_column(ForeignKey("vaults.id", ondelete="CASCADE"), index=True)
    device: Mapped[str]
    began_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    seen_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    ended_at: Mapped[dt.datetime | None] = mapped_column(default=None)

"""One entry for each change; each entry's seal covers the one before it."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, utcnow

# Of these the chain keeps only that they changed.
SECRET_FIELDS = {"password_hash", "session_key", "totp_secret", "recovery_codes", "mime", "xml"}


class AuditEntry(Base):
    """Who did what to which record. `fields` maps a column to [old, new], `record_version` is what came of it (None
    before it was kept, and of rows without one).

    `position` in the chain and `seal` are empty until the commit: ids are given out earlier, so their order is not that
    of the chain. No foreign key to users or records: the trace outlives what it is about.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_record", "record_kind", "record_id", "id"),
        Index("ix_audit_entries_user", "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int | None] = mapped_column(default=None, unique=True)
    at: Mapped[dt.datetime] = mapped_column(default=utcnow, index=True)
    user_id: Mapped[int | None] = mapped_column(default=None)
    user_name: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    record_kind: Mapped[str]
    record_id: Mapped[int]
    record_version: Mapped[int | None] = mapped_column(default=None)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    seal: Mapped[str | None] = mapped_column(default=None)


class ChainHead(Base):
    """The end of the chain: one row, locked by whoever lengthens it. `mark` shows that nobody else wrote the row.

    `checked_at`, `checked_length` and `broken_at` (an entry's id) tell of the last time the whole was verified.
    """

    __tablename__ = "audit_chain"

    id: Mapped[int] = mapped_column(primary_key=True)
    length: Mapped[int] = mapped_column(default=0)
    seal: Mapped[str] = mapped_column(default="")
    mark: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    checked_length: Mapped[int] = mapped_column(default=0)
    broken_at: Mapped[int | None] = mapped_column(default=None)

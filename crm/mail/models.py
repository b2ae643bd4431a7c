"""Templates and messages."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.activities.models import Appointment
from crm.db import About, Base, Record
from crm.documents.models import Locked
from crm.feed.models import Post


class EmailTemplate(Record, Base):
    """A text with placeholders. `owner` None: the office's; else one user's own.

    `purpose` is the key of domain.md §6.2 without its variant ("appointment_confirmation"), `place` "office", "video"
    or "any", `address_form` "u", "je" or "jullie". `content_key` ties it to config/content, None when made here.
    """

    __tablename__ = "email_templates"
    __table_args__ = (Index("ix_email_templates_purpose", "purpose", "address_form", "place"),)
    kind: ClassVar[str] = "email_template"

    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="other")
    address_form: Mapped[str] = mapped_column(default="u")
    place: Mapped[str] = mapped_column(default="any")
    subject: Mapped[str]
    body: Mapped[str]
    content_key: Mapped[str | None] = mapped_column(default=None, unique=True)
    content_digest: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), default=None)
    owner: Mapped[User | None] = relationship(lazy="joined")


class Message(About, Record, Base):
    """One e-mail. `status`: draft, queued (waiting for `send_at`), sending, sent, failed, unsure, cancelled.

    Its bytes as previewed and, with the moment of *Versturen* as their date, as sent, are kept sealed
    (`crm.mail.kept`); `mime_digest` is their SHA-256, so that the history tells what was sent and another preview is
    another version. `calendar` is the iCalendar method in them, if any. `basis` maps the placeholders that went into
    the text to a digest of their values, to see later what changed since; `attachments` are the versions of documents
    that go along. `key` is unique while a mail is under way or sent ("appointment_confirmation:12:0"), so that two
    people do not send the same one. `ticket` counts the times it was queued: a job with an older one does nothing.
    `told` is what the appointment looked like before it was queued, for undo.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_subject", "subject_kind", "subject_id"),
        Index("ix_messages_due", "status", "send_at"),
    )
    kind: ClassVar[str] = "message"

    to: Mapped[str]
    cc: Mapped[str] = mapped_column(default="")
    subject: Mapped[str]
    body: Mapped[str]
    message_id: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str] = mapped_column(default="other")
    calendar: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="draft")
    key: Mapped[str | None] = mapped_column(default=None, unique=True)
    ticket: Mapped[int] = mapped_column(default=0)
    send_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    started_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    sent_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    basis: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    told: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    mime_digest: Mapped[str] = mapped_column(default="")
    template_id: Mapped[int | None] = mapped_column(ForeignKey("email_templates.id", ondelete="SET NULL"), default=None)
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="SET NULL"), default=None, index=True
    )
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"), default=None)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    author: Mapped[User | None] = relationship(lazy="joined")
    appointment: Mapped[Appointment | None] = relationship()
    post: Mapped[Post | None] = relationship()


class MessageContent(Locked, Base):
    """The bytes of one e-mail, `sealed`: text and attachments. `size` is theirs unsealed."""

    __tablename__ = "message_contents"
    at_once: ClassVar[int] = 20  # SQLite writes the whole row anew

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    size: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    message: Mapped[Message] = relationship()

    @property
    def about(self) -> bytes:
        """This mail, and these bytes of it."""
        return f"{self.message.message_id} {self.message.mime_digest}".encode()

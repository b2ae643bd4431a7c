"""Appointments, tasks, absences and the reminders that hang on them."""

import datetime as dt
import uuid
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm import formats
from crm.accounts.models import Branch, User
from crm.db import About, Base, Record, utcnow

OPEN_STATUSES = ("planned", "confirmed", "rescheduled")
TOLD = ("starts_at", "ends_at", "by_video", "teams_url", "branch_id", "assigned_to_id")


class Appointment(About, Record, Base):
    """An event in an adviser's agenda. `category` and `status` are keys (domain.md §5.6).

    `description` is for the adviser only and never reaches the client (O-053). `uid` and `sequence` are the
    calendar invitation's (RFC 5545); `sequence` grows with each change of what the invitation says.
    `told` is what the client was last told of it: {column of TOLD: value, moments as ISO text}, and "off" once he knows
    that it is; None while he knows of nothing.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        Index("ix_appointments_subject", "subject_kind", "subject_id"),
        Index("ix_appointments_agenda", "assigned_to_id", "starts_at"),
        Index("ix_appointments_updated", "updated_at", "id"),
        Index("ix_appointments_day", "starts_at"),
    )
    kind: ClassVar[str] = "appointment"

    category: Mapped[str] = mapped_column(default="orientation")
    title: Mapped[str]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    by_video: Mapped[bool] = mapped_column(default=False)
    teams_url: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="planned")
    uid: Mapped[str] = mapped_column(default=lambda: f"{uuid.uuid4()}@sleutel", unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    assigned_to_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    planner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    branch: Mapped[Branch] = relationship(lazy="joined")
    assigned_to: Mapped[User] = relationship(foreign_keys=assigned_to_id, lazy="joined")
    planner: Mapped[User | None] = relationship(foreign_keys=planner_id)

    @property
    def is_open(self) -> bool:
        """Still to take place: neither held, missed nor cancelled."""
        return self.status in OPEN_STATUSES

    @property
    def previous_starts_at(self) -> dt.datetime | None:
        """The start the client was last told of, while he does not know what it is now or that it is off; else None."""
        if not self.told or self.told.get("off") or self.status not in ("rescheduled", "cancelled"):
            return None
        return formats.moment(self.told["starts_at"])

    @property
    def has_begun(self) -> bool:
        return self.starts_at <= utcnow()


class Task(About, Record, Base):
    """Something somebody must do. `key` makes a task unique ("call_back:appointment:12"), so that it comes once.

    `rule_due_on` is the day a rule gave, `due_on` the working day it moved to (O-068); without the first, a person
    chose the day and it follows nothing. `status`: open, done, cancelled. `link` is the address of a page where it is
    done, called `link_text`; empty for none.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_subject", "subject_kind", "subject_id"),
        Index("ix_tasks_owner", "assigned_to_id", "status", "due_on"),
        Index("ix_tasks_updated", "updated_at", "id"),
        Index("ix_tasks_branch", "branch_id", "status", "due_on"),
    )
    kind: ClassVar[str] = "task"

    task_kind: Mapped[str] = mapped_column(default="other")
    title: Mapped[str]
    notes: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    link_text: Mapped[str] = mapped_column(default="")
    due_on: Mapped[dt.date | None] = mapped_column(default=None)
    rule_due_on: Mapped[dt.date | None] = mapped_column(default=None)
    status: Mapped[str] = mapped_column(default="open")
    done_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    key: Mapped[str | None] = mapped_column(default=None, unique=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    appointment_id: Mapped[int | None] = mapped_column(
        ForeignKey("appointments.id", ondelete="SET NULL"), default=None, index=True
    )
    assigned_to: Mapped[User | None] = relationship(lazy="joined")


class Absence(Base):
    """A stretch of time in which someone can't be planned."""

    __tablename__ = "absences"
    __table_args__ = (Index("ix_absences_user", "user_id", "ends_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(default="")


class Tick(Base):
    """A preparation item ticked off by hand."""

    __tablename__ = "ticks"
    __table_args__ = (UniqueConstraint("subject_kind", "subject_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    item: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    at: Mapped[dt.datetime] = mapped_column(default=utcnow)

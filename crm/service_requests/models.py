"""A request as the client typed it, and what became of it."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Branch, User
from crm.db import Base, Record
from crm.dossiers.models import Dossier
from crm.relations.models import Relation
from crm.service_requests.typed import CHANNELS, STATUSES, TOPICS, UNFINISHED


class ServiceRequest(Record, Base):
    """An incoming request. `status`: open, in_progress, done, cancelled (domain.md §5.2).

    `typed` is exactly what the client entered, {field: text}; the other columns are the tidied copy used in lists.
    """

    __tablename__ = "service_requests"
    __table_args__ = (
        Index("ix_service_requests_queue", "branch_id", "status", "id"),
        Index("ix_service_requests_updated", "updated_at", "id"),
    )
    kind: ClassVar[str] = "service_request"

    status: Mapped[str] = mapped_column(default="open")
    topic: Mapped[str] = mapped_column(default="orientation")
    channel: Mapped[str] = mapped_column(default="web")
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    typed: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    consent_text: Mapped[str] = mapped_column(default="")
    consent_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    closing_reason: Mapped[str] = mapped_column(default="")
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    relation_id: Mapped[int | None] = mapped_column(ForeignKey("relations.id", ondelete="SET NULL"), index=True)
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossiers.id", ondelete="SET NULL"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id", ondelete="SET NULL"), index=True)
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    branch: Mapped[Branch] = relationship(lazy="joined")
    assigned_to: Mapped[User | None] = relationship(lazy="joined")
    relation: Mapped[Relation | None] = relationship()
    dossier: Mapped[Dossier | None] = relationship()

    @property
    def is_open(self) -> bool:
        """Still to be handled."""
        return self.status in UNFINISHED

    @property
    def status_title(self) -> str:
        return STATUSES[self.status]

    @property
    def topic_title(self) -> str:
        return TOPICS[self.topic]

    @property
    def channel_title(self) -> str:
        return CHANNELS[self.channel]

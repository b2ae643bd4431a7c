"""One run of the planning screen: what it made, so that it can be undone as a whole until the mail goes."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Record


class PlanningRun(Record, Base):
    """`made` lists what was made or changed, [[kind, id, old, version], …], in the order in which it happened: `old` is
    None for what was made, else {column: value before}; `version` is the record's own when the run ended.

    `told` lists the points of the call script that were ticked (O-006 … O-011). `status`: planned or undone.
    `kept` lists, as Dutch sentences, what undoing left because somebody had gone on with it.
    """

    __tablename__ = "planning_runs"
    kind: ClassVar[str] = "planning_run"

    status: Mapped[str] = mapped_column(default="planned")
    made: Mapped[list[Any]] = mapped_column(JSON, default=list)
    told: Mapped[list[str]] = mapped_column(JSON, default=list)
    kept: Mapped[list[str]] = mapped_column(JSON, default=list)
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossiers.id", ondelete="SET NULL"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id", ondelete="SET NULL"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    undone_at: Mapped[dt.datetime | None] = mapped_column(default=None)

"""Running workflows and the steps that were taken."""

from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.db import Base, Record
from crm.dossiers.models import Dossier, Part, Product, Service
from crm.texts import N_
from crm.workflows.definitions import Definition, Step, from_data

STATUSES = {"running": N_("loopt"), "done": N_("klaar"), "stopped": N_("gestopt")}


class Workflow(Record, Base):
    """A definition at work under a dienst or a product. `definition` is the text it was started with, so that a newer
    one changes nothing until the assistant brings it up to date. `status`: running, done, stopped."""

    __tablename__ = "workflows"
    kind: ClassVar[str] = "workflow"

    definition_key: Mapped[str]
    definition_version: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    step: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="running")
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"), index=True)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), index=True)
    dossier: Mapped[Dossier] = relationship()
    service: Mapped[Service | None] = relationship(lazy="joined")
    product: Mapped[Product | None] = relationship(lazy="joined")
    steps: Mapped[list["WorkflowStep"]] = relationship(order_by="WorkflowStep.id", viewonly=True)

    @property
    def started_as(self) -> Definition:
        """The definition it keeps to."""
        return from_data(self.definition)

    @property
    def part(self) -> Part:
        """The dienst or product it hangs under."""
        part = self.service or self.product
        if part is None:
            raise LookupError(f"workflow {self.id} hangs under nothing")
        return part

    @property
    def title(self) -> str:
        return str(self.definition["title"])

    @property
    def status_title(self) -> str:
        return STATUSES[self.status]

    @property
    def next_step(self) -> Step | None:
        """The step the arrow takes now; None when it is not running or at its end."""
        if self.status != "running":
            return None
        return self.started_as.from_here(self.step, self.dossier)


class WorkflowStep(Record, Base):
    """A step that was taken. `round` lets a repeatable step be taken again; the three together happen once."""

    __tablename__ = "workflow_steps"
    __table_args__ = (UniqueConstraint("workflow_id", "step", "round"),)
    kind: ClassVar[str] = "workflow_step"

    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflows.id", ondelete="CASCADE"), index=True)
    step: Mapped[str]
    round: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[str] = mapped_column(default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    user: Mapped[User | None] = relationship(lazy="joined")

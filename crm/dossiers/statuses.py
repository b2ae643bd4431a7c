"""The statuses of this office: their rows, and the path they make."""

from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Record, db
from crm.dossiers.status_path import OPEN, Status, StatusPath
from crm.settings import kept

KEPT = "dossiers.statuses"


class DossierStatus(Record, Base):
    """A status a dossier may have; `key`, `meaning` and the rest are those of `status_path.Status`."""

    __tablename__ = "dossier_statuses"
    kind: ClassVar[str] = "dossier_status"

    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    phase: Mapped[str] = mapped_column(default="")
    meaning: Mapped[str] = mapped_column(default=OPEN)
    weight: Mapped[int] = mapped_column(default=50)
    is_active: Mapped[bool] = mapped_column(default=True)
    in_order: Mapped[bool] = mapped_column(default=False)


class DossierStep(Record, Base):
    """A step from one status to another that the office wrote down; `guards` are names with a comma between."""

    __tablename__ = "dossier_steps"
    __table_args__ = (UniqueConstraint("origin_id", "target_id"),)
    kind: ClassVar[str] = "dossier_step"

    origin_id: Mapped[int] = mapped_column(ForeignKey("dossier_statuses.id", ondelete="CASCADE"))
    target_id: Mapped[int] = mapped_column(ForeignKey("dossier_statuses.id", ondelete="CASCADE"), index=True)
    guards: Mapped[str] = mapped_column(default="")
    origin: Mapped[DossierStatus] = relationship(foreign_keys=origin_id, lazy="joined", innerjoin=True)
    target: Mapped[DossierStatus] = relationship(foreign_keys=target_id, lazy="joined", innerjoin=True)

    @property
    def title(self) -> str:
        """ "Aanvraag → Afgewezen"."""
        return f"{self.origin.title} → {self.target.title}"

    @property
    def to(self) -> str:
        """Key of the status it leads to."""
        return self.target.key

    @property
    def takes(self) -> list[str]:
        """Names of its guards."""
        return self.guards.split(",") if self.guards else []


def current() -> StatusPath:
    """The path of this office; no statement where this process has read it before."""
    return kept(KEPT, read)


def read() -> StatusPath:
    """The path as the database has it, in one statement."""
    names = ("id", "key", "title", "phase", "meaning", "weight", "is_active", "in_order")
    columns = [getattr(DossierStatus, name) for name in names]
    query = select(*columns, DossierStep.target_id, DossierStep.guards)
    rows = db.session.execute(query.outerjoin(DossierStep, DossierStep.origin_id == DossierStatus.id)).all()
    keys = {row.id: row.key for row in rows}
    steps: dict[int, dict[str, frozenset[str]]] = {}
    for row in rows:
        if row.target_id is not None:
            steps.setdefault(row.id, {})[keys[row.target_id]] = frozenset(filter(None, row.guards.split(",")))
    found = {
        row.id: Status(**{name: getattr(row, name) for name in names}, steps=steps.get(row.id, {})) for row in rows
    }
    return StatusPath(found.values())


def title(key: str) -> str:
    """What a status is called in this office."""
    return current().title(key)


def meaning(key: str) -> str:
    """What a status means."""
    return current().meaning(key)


def visible_statuses(user: Any) -> Select[DossierStatus]:
    """The statuses are the whole office's."""
    return select(DossierStatus)


def visible_steps(user: Any) -> Select[DossierStep]:
    """So are the steps between them."""
    return select(DossierStep)

"""An import, how far it is, and what it could not bring in."""

from typing import ClassVar

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Branch, User
from crm.db import Base, Record
from crm.texts import N_

STATUSES = {
    "uploaded": N_("Kolommen kiezen"),
    "checking": N_("Proefdraaien"),
    "checked": N_("Geprobeerd"),
    "running": N_("Bezig"),
    "done": N_("Klaar"),
    "failed": N_("Gestopt"),
    "undoing": N_("Terugdraaien"),
    "undone": N_("Teruggedraaid"),
}


class Import(Record, Base):
    """A file of relations. `mapping` is {field: column header}.

    `status`: uploaded, checking, checked, running, done, failed, undoing, undone. `file` is the name of its UTF-8 copy
    within the data folder; `rows` counts its rows without the header, `position` those that were handled, `offset` is
    the byte at which the next one begins. Both are written in the transaction of the rows themselves, so that work
    that was cut off goes on without doubles. `user` brought the file in, `started_by` set the work going and is told
    of its end. While checking, `created` is what would be made.

    `encoding` is what the file came in; `letters` is {encoding: some words as it reads them} while somebody must say
    which it is. `empty` are headers without a value. `months` is {header: signs between numbers} of dates that can have
    the month in front only; `month_first` says how those are meant, None while nobody did. `lenient` lets a row in
    without a value that is wrong; `marked` counts those.
    """

    __tablename__ = "imports"
    kind: ClassVar[str] = "import"

    file: Mapped[str]
    file_name: Mapped[str]
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(default="uploaded")
    rows: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    doubles: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    undone: Mapped[int] = mapped_column(default=0)
    skip_doubles: Mapped[bool] = mapped_column(default=True)
    lenient: Mapped[bool] = mapped_column(default=True)
    marked: Mapped[int] = mapped_column(default=0)
    encoding: Mapped[str] = mapped_column(default="utf-8")
    letters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    headers: Mapped[list[str]] = mapped_column(JSON, default=list)
    empty: Mapped[list[str]] = mapped_column(JSON, default=list)
    months: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    month_first: Mapped[bool | None] = mapped_column(default=None)
    delimiter: Mapped[str] = mapped_column(default=";")
    offset: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    branch: Mapped[Branch] = relationship(lazy="joined")
    user: Mapped[User | None] = relationship(foreign_keys=user_id, lazy="joined")
    started_by: Mapped[User | None] = relationship(foreign_keys=started_by_id)

    @property
    def status_title(self) -> str:
        return STATUSES[self.status]

    @property
    def left_out(self) -> list[str]:
        """Columns with something in them that nobody takes."""
        taken = {*self.mapping.values(), *self.empty}
        return [name for name in self.headers if name and name not in taken]

    @property
    def left_out_empty(self) -> list[str]:
        """Columns without a value that nobody takes."""
        return [name for name in self.empty if name not in self.mapping.values()]

    @property
    def is_month_asked(self) -> bool:
        """The dates of birth may begin with their month, and nobody said whether they do."""
        return self.month_first is None and bool(self.months.get(self.mapping.get("birth_date", "")))

    @property
    def is_busy(self) -> bool:
        """A worker is at it."""
        return self.status in ("checking", "running", "undoing")

    @property
    def percentage(self) -> int:
        """How far it is, 0 to 100."""
        return min(100, 100 * self.position // self.rows) if self.rows else 100


class Finding(Base):
    """A row that was refused or double or came in without a value, or a relation that undoing left alone. `row` counts
    as a spreadsheet does: the header is 1. `outcome`: refused, double, marked, kept. The message repeats nothing of
    what the file holds."""

    __tablename__ = "import_findings"
    __table_args__ = (Index("ix_import_findings_import", "import_id", "row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"))
    row: Mapped[int]
    outcome: Mapped[str]
    message: Mapped[str]
    relation_id: Mapped[int | None] = mapped_column(default=None)

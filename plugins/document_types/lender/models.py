"""A message of a lender, as it came in and as far as it was handled."""

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.plugin import N_, Base, Dossier, Product, Record, User, ids_in_sight, prepared

OPEN, PROCESSING, PROCESSED, SET_ASIDE = "open", "processing", "processed", "set_aside"
STATES = {
    OPEN: N_("Te verwerken"),
    PROCESSING: N_("Wordt verwerkt"),
    PROCESSED: N_("Verwerkt"),
    SET_ASIDE: N_("Terzijde gelegd"),
}
LOOKS = {
    OPEN: ("azure", "clock"),
    PROCESSING: ("azure", "refresh"),
    PROCESSED: ("green", "check"),
    SET_ASIDE: ("secondary", "x"),
}


class LenderMessage(Record, Base):
    """A documentaanvraag (DA). `xml` is the message unchanged, `digest` its SHA-256: the same message is one row of a
    vestiging.

    `sender` and `application` (AanvraagVolgNr) say of which application it is, `reference` is the lender's Kenmerk.
    `outcome` counts what processing it does, {action of plan.ACTIONS: rows}; `done` of its `rows` were carried out.
    `client_texts` are what the client reads of rejections, {number of the row: text}. Without a dossier it is visible
    to the vestiging of who brought it in.
    """

    __tablename__ = "document_types_messages"
    __table_args__ = (
        UniqueConstraint("digest", "branch_id"),
        Index("ix_document_types_messages_state", "state", "id"),
        Index("ix_document_types_messages_application", "application", "sender"),
    )
    kind: ClassVar[str] = "lender_message"

    state: Mapped[str] = mapped_column(default=OPEN)
    digest: Mapped[str]
    sender: Mapped[str] = mapped_column(default="")
    sender_name: Mapped[str] = mapped_column(default="")
    application: Mapped[str] = mapped_column(default="")
    reference: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    rows: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    client_texts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    processed_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    xml: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossiers.id", ondelete="SET NULL"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id", ondelete="SET NULL"), default=None)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branches.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    dossier: Mapped[Dossier | None] = relationship()
    product: Mapped[Product | None] = relationship()
    author: Mapped[User | None] = relationship()

    @property
    def title(self) -> str:
        """ "Testbank · TEST-000123"."""
        parts = (self.sender_name or self.sender, self.application or self.reference)
        return " · ".join(part for part in parts if part)

    @property
    def is_open(self) -> bool:
        """Somebody still has to do something with it."""
        return self.state == OPEN

    @property
    def is_homeless(self) -> bool:
        """Nobody said yet to which dossier it belongs, or that dossier is gone."""
        return self.is_open and self.dossier_id is None

    @property
    def can_process(self) -> bool:
        return self.is_open and self.dossier_id is not None

    @property
    def place(self) -> str:
        """Where it belongs, as a sign that changes with it."""
        return f"{self.dossier_id}:{self.product_id or ''}"

    @property
    def look(self) -> tuple[str, str]:
        """Tabler's colour and the icon of its state."""
        return ("orange", "link") if self.is_homeless else LOOKS[self.state]

    @property
    def state_title(self) -> str:
        return N_("Te koppelen") if self.is_homeless else STATES[self.state]


@prepared("branch_ids")
def visible_messages(user: User) -> Select[LenderMessage]:
    """Those of dossiers this user may see, and of his vestigingen as long as they have no dossier."""
    mine = ids_in_sight(user)
    loose = LenderMessage.dossier_id.is_(None) & LenderMessage.branch_id.in_(user.branch_ids)
    return select(LenderMessage).where(or_(LenderMessage.dossier_id.in_(mine), loose))

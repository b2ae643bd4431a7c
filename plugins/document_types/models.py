"""Types of documents, reasons to reject one, and the checklists an office begins with."""

from typing import Any, ClassVar

from sqlalchemy import JSON, Column, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from crm.plugin import FILE_ENDINGS, Base, DocumentVersion, Record, fold
from plugins.document_types import terms

type_reasons = Table(
    "document_types_type_reasons",
    Base.metadata,
    Column("type_id", ForeignKey("document_types_types.id", ondelete="CASCADE"), primary_key=True),
    Column("reason_id", ForeignKey("document_types_reasons.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class RejectionReason(Record, Base):
    """Why a document is sent back. `text` is what the client reads, with {{geldigheid}} and {{toelichting}} in it.

    `is_general` ones fit every type, others only those they were tied to. `content_digest` is the fingerprint of what
    config/content gave, empty for one the office made.
    """

    __tablename__ = "document_types_reasons"
    kind: ClassVar[str] = "rejection_reason"

    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    text: Mapped[str]
    is_general: Mapped[bool] = mapped_column(default=False)
    weight: Mapped[int] = mapped_column(default=50)
    is_active: Mapped[bool] = mapped_column(default=True)
    content_digest: Mapped[str] = mapped_column(default="")

    @property
    def asks_age(self) -> bool:
        """True when the text says how old a document may be."""
        return f"{{{{{terms.VALIDITY_WORD}}}}}" in self.text


class DocumentType(Record, Base):
    """A soort document. The keys of `group`, `delivered_by`, `scope`, `validity` and `formats` are those of `terms`.

    `scope` says for whom one is asked: each person, the dossier, each home, or each `item_name` (a werkgever, a jaar)
    of the dossier. Within the other scopes `item_name` splits further, and `item_count` is how many there are to begin
    with (3 for the last three years). `validity_count` is the number of months, weeks or years. `retention_years`
    None: as the dossier. An `is_invoice` is never Publiek (domain.md §9.2 no. 9). `hdn_codes` are those of
    SoortDocument, the one it is best known by first. `condition` says in words when it is needed. `reasons` come on
    top of the general ones. `weight` orders the whole list, group after group; `match_name` is what it is searched by.
    `content_digest` as in RejectionReason.
    """

    __tablename__ = "document_types_types"
    __table_args__ = (Index("ix_document_types_types_place", "weight", "id"),)
    kind: ClassVar[str] = "document_type"

    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    match_name: Mapped[str]
    explanation: Mapped[str] = mapped_column(default="")
    group: Mapped[str]
    weight: Mapped[int] = mapped_column(default=50)
    delivered_by: Mapped[str] = mapped_column(default=terms.CLIENT)
    scope: Mapped[str] = mapped_column(default=terms.HOUSEHOLD)
    item_name: Mapped[str] = mapped_column(default="")
    item_count: Mapped[int] = mapped_column(default=1)
    validity: Mapped[str] = mapped_column(default="none")
    validity_count: Mapped[int | None] = mapped_column(default=None)
    condition: Mapped[str] = mapped_column(default="")
    formats: Mapped[list[str]] = mapped_column(JSON, default=list)
    hdn_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    retention_years: Mapped[int | None] = mapped_column(default=None)
    is_invoice: Mapped[bool] = mapped_column(default=False)
    signable: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    content_digest: Mapped[str] = mapped_column(default="")
    reasons: Mapped[list[RejectionReason]] = relationship(secondary=type_reasons, order_by=RejectionReason.weight)

    def __str__(self) -> str:
        return self.name

    @validates("name", "hdn_codes")
    def keep_match_name(self, field: str, value: Any) -> Any:
        """What one types in the list is looked for in name and codes, without accents and capitals."""
        now = {"name": self.name or "", "hdn_codes": self.hdn_codes or []} | {field: value}
        self.match_name = fold(" ".join([now["name"], *now["hdn_codes"]]))
        return value

    @property
    def reason_ids(self) -> list[int]:
        """The ids of its own reasons."""
        return [reason.id for reason in self.reasons]

    @property
    def is_shown_to_client(self) -> bool:
        """False for what the maatschappij delivers: that is not in the client's vault (U-037)."""
        return self.delivered_by != terms.LENDER

    @property
    def has_age(self) -> bool:
        """True when a document may be so many months, weeks or years old."""
        return self.validity in terms.COUNTED

    def takes(self, version: DocumentVersion) -> bool:
        """Is this file of a kind that it takes?"""
        return version.format in self.formats

    @property
    def format_names(self) -> str:
        """The kinds of file it takes, as one reads them: "PDF, JPEG"."""
        return ", ".join(terms.FORMATS.get(key, key) for key in self.formats)

    @property
    def endings(self) -> str:
        """How the names of such files end, for a file chooser: ".pdf,.jpg,.jpeg"."""
        return ",".join(FILE_ENDINGS[key] for key in self.formats)

    @property
    def may_be_public(self) -> bool:
        """False for an invoice."""
        return not self.is_invoice


class ChecklistTemplate(Record, Base):
    """A stukkenlijst-sjabloon: what a `phase` asks of a client.

    It fits dossiers of these `dossier_types` and `profiles` (onderwerp), of all when none are named, and is only
    offered when one of its `situations` is true, if it names any. `content_digest` as in RejectionReason.
    """

    __tablename__ = "document_types_templates"
    kind: ClassVar[str] = "checklist_template"

    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    phase: Mapped[str] = mapped_column(default="advice")
    dossier_types: Mapped[list[str]] = mapped_column(JSON, default=list)
    profiles: Mapped[list[str]] = mapped_column(JSON, default=list)
    situations: Mapped[list[str]] = mapped_column(JSON, default=list)
    weight: Mapped[int] = mapped_column(default=50)
    is_active: Mapped[bool] = mapped_column(default=True)
    content_digest: Mapped[str] = mapped_column(default="")
    items: Mapped[list["ChecklistItem"]] = relationship(
        back_populates="template", order_by="ChecklistItem.weight, ChecklistItem.id", passive_deletes=True
    )


class ChecklistItem(Record, Base):
    """One row of a template. `situation` is the key of what must be true for it, empty for always.

    Rows with one name of `choice` are alternatives ("inkomen"): those with the same `option` belong together, and one
    option is enough. `replaces` names a type that is not asked when this one is.
    """

    __tablename__ = "document_types_items"
    kind: ClassVar[str] = "checklist_item"

    template_id: Mapped[int] = mapped_column(ForeignKey("document_types_templates.id", ondelete="CASCADE"), index=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("document_types_types.id"), index=True)
    situation: Mapped[str] = mapped_column(default="")
    choice: Mapped[str] = mapped_column(default="")
    option: Mapped[int] = mapped_column(default=1)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("document_types_types.id"), default=None, index=True)
    weight: Mapped[int] = mapped_column(default=0)
    template: Mapped[ChecklistTemplate] = relationship(back_populates="items")
    type: Mapped[DocumentType] = relationship(foreign_keys=type_id, lazy="joined", innerjoin=True)
    replaces: Mapped[DocumentType | None] = relationship(foreign_keys=replaces_id, lazy="joined")

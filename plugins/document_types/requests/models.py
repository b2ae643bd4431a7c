"""Stukken of a dossier and the files given for them."""

import datetime as dt
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.plugin import Base, Document, Dossier, Product, Record, Relation, Service, User, today, utcnow
from plugins.document_types.models import DocumentType
from plugins.document_types.requests import states

A_MOMENT = dt.timedelta(minutes=2)


class DocumentRequest(Record, Base):
    """A stuk: one document that is asked for in a dossier.

    It hangs under a dienst and a product, both kept as far as known, so that the office may go over from the one to the
    other; `relation_id` is whose it is when the type is asked per person, `item` which one ("2025", "Werkgever BV").
    `title` is the name with those in it. `status` and the verdicts are keys of `states`; the office's and the
    maatschappij's are apart. `client_text` is what the client reads of a rejection. `explanation` is this stuk's own,
    empty for the type's. `phase` is a key of `terms.PHASES`: "orientation" must be in before the talk. `dated_on` is
    the date on the document, `valid_until` its last good day. `lender_ref` (DocumentMijNr), `hdn_code` (SoortDocument)
    and `lender_status_at` are HDN's (domain.md §3.4); `lender_has_it`: got from its source, not asked of the client.
    `reviewer_id` is who opened the review of what came in, until something new comes in. `status_before` is that of a
    stuk that the office took off the list, empty for others and for those taken off before this was kept.
    """

    __tablename__ = "document_types_requests"
    __table_args__ = (
        Index("ix_document_types_requests_place", "dossier_id", "status"),
        Index("ix_document_types_requests_validity", "status", "valid_until"),
        Index("ix_document_types_requests_lender", "lender_ref"),
    )
    kind: ClassVar[str] = "document_request"

    title: Mapped[str]
    item: Mapped[str] = mapped_column(default="")
    explanation: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=states.OPEN)
    status_before: Mapped[str] = mapped_column(default="")
    phase: Mapped[str] = mapped_column(default="advice")
    due_on: Mapped[dt.date | None] = mapped_column(default=None)
    dated_on: Mapped[dt.date | None] = mapped_column(default=None)
    valid_until: Mapped[dt.date | None] = mapped_column(default=None)
    client_text: Mapped[str] = mapped_column(default="")
    office_verdict: Mapped[str] = mapped_column(default=states.NONE)
    office_verdict_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    office_reason: Mapped[str] = mapped_column(default="")
    office_text: Mapped[str] = mapped_column(default="")
    lender_verdict: Mapped[str] = mapped_column(default=states.NONE)
    lender_verdict_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    lender_text: Mapped[str] = mapped_column(default="")
    origin: Mapped[str] = mapped_column(default="manual")
    lender_ref: Mapped[str] = mapped_column(default="")
    hdn_code: Mapped[str] = mapped_column(default="")
    lender_status_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    lender_has_it: Mapped[bool] = mapped_column(default=False)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossiers.id", ondelete="CASCADE"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id", ondelete="SET NULL"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id", ondelete="SET NULL"), index=True)
    relation_id: Mapped[int | None] = mapped_column(ForeignKey("relations.id", ondelete="SET NULL"), index=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("document_types_types.id"), index=True)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    dossier: Mapped[Dossier] = relationship()
    service: Mapped[Service | None] = relationship()
    product: Mapped[Product | None] = relationship()
    person: Mapped[Relation | None] = relationship()
    reviewer: Mapped[User | None] = relationship()
    type: Mapped[DocumentType] = relationship(lazy="joined", innerjoin=True)
    files: Mapped[list["RequestFile"]] = relationship(
        back_populates="request", order_by="RequestFile.id.desc()", viewonly=True
    )

    @property
    def state(self) -> states.Status:
        """How its status is shown."""
        return states.STATUSES[self.status]

    @property
    def explained(self) -> str:
        """What the client reads about it."""
        return self.explanation or self.type.explanation

    @property
    def is_shown_to_client(self) -> bool:
        """Read from the type as it is now: Aan te leveren door = Maatschappij hides it at once, and shows it again
        (U-037). Files stay."""
        return is_shown(self.type, self.lender_has_it, self.status)

    @property
    def client_view(self) -> states.ClientView | None:
        """What the client sees of it, None for nothing."""
        return states.client_view(self.status, self.is_shown_to_client, self.client_text)

    @property
    def said_to_client(self) -> str:
        """What the client reads of a rejection or of asking again; empty while he reads none."""
        view = self.client_view if self.client_text else None
        return view.message if view else ""

    @property
    def shown_files(self) -> list["RequestFile"]:
        """The files that one looks at, newest first: photos stand for themselves until the PDF of them is there."""
        within = {page for file in self.files if file.is_combined for page in file.parts}
        return [file for file in self.files if (file.parts if file.is_combined else file.version_id not in within)]

    @property
    def is_checking(self) -> bool:
        """A file of it waits for its check."""
        return any(file.document.is_checking for file in self.files)

    @property
    def becomes_pdf(self) -> bool:
        """The PDF of its photos is being made."""
        return any(file.becomes_pdf for file in self.shown_files)

    @property
    def single_photos(self) -> list["RequestFile"]:
        """The photos that are pages of a PDF, in their order."""
        shown = self.shown_files
        return [file for file in reversed(self.files) if not file.is_combined and file not in shown]

    @property
    def has_unseen(self) -> bool:
        """A file of it came in that nobody judged."""
        return any(file.came_in_at and not file.verdict for file in self.files)

    @property
    def seen(self) -> str:
        """What there is to judge, and what the office said of it, as a sign that changes with it."""
        shown = [file.version_id or 0 for file in self.files if not file.is_combined]
        return f"{max(shown, default=0)}:{self.office_verdict_at or ''}"

    @property
    def needs_review(self) -> bool:
        """It came in and the office said nothing of it yet; what the maatschappij alone got is no work."""
        if self.status not in states.TO_REVIEW or self.office_verdict != states.NONE:
            return False
        return self.lender_verdict not in states.LENDER_HAS_IT or self.has_unseen

    @property
    def is_outdated(self) -> bool:
        """Its last good day is over, and the maatschappij did not say its last word."""
        return self.valid_until is not None and self.valid_until < today() and self.lender_verdict != states.APPROVED

    @property
    def waits_for_reviewer(self) -> bool:
        """It is to be reviewed, and nobody opened it yet."""
        return self.needs_review and self.status == states.SUBMITTED

    @property
    def key(self) -> tuple[int, int | None, str]:
        """What makes two stukken the same: type, person and item."""
        return self.type_id, self.relation_id, self.item.strip().lower()


def is_shown(document_type: DocumentType, lender_has_it: bool, status: str) -> bool:
    """Is a stuk of this type, that stands so, in the client's vault?"""
    return document_type.is_shown_to_client and not lender_has_it and status != states.WITHDRAWN


class RequestFile(Record, Base):
    """A file that was given for a stuk; all are kept, the newest one is reviewed.

    `is_combined`: nobody gave it, it is the PDF of the photos that were given (`photos`), until those are let go.

    `came_in_at` is None until the file was checked and may be seen. `verdict`: empty while nobody judged it, approved,
    rejected, or partly for good pages that are kept while more is asked. `was_there`: the document was in the dossier
    before it was given, and stays when the file is taken back.
    """

    __tablename__ = "document_types_request_files"
    __table_args__ = (UniqueConstraint("request_id", "document_id"),)
    kind: ClassVar[str] = "request_file"

    verdict: Mapped[str] = mapped_column(default="")
    is_combined: Mapped[bool] = mapped_column(default=False)
    came_in_at: Mapped[dt.datetime | None] = mapped_column(default=None)
    given_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    was_there: Mapped[bool] = mapped_column(default=False)
    request_id: Mapped[int] = mapped_column(ForeignKey("document_types_requests.id", ondelete="CASCADE"))
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    request: Mapped[DocumentRequest] = relationship(back_populates="files")
    document: Mapped[Document] = relationship()

    @property
    def version_id(self) -> int | None:
        """The id of the version of it that is seen."""
        return self.document.current.id if self.document.current else None

    @property
    def is_unfit(self) -> bool:
        """What may be seen of it is of a kind that its type does not take. The PDF of photos always fits."""
        current = self.document.current
        return current is not None and not self.is_combined and not self.request.type.takes(current)

    @property
    def is_photo(self) -> bool:
        """Came it in as a picture?"""
        current = self.document.current
        return not self.is_combined and current is not None and current.shown_as.startswith("image/")

    @property
    def becomes_pdf(self) -> bool:
        """It is a photo that came in a moment ago: the PDF is being made."""
        return self.is_photo and not self.verdict and bool(self.came_in_at and self.came_in_at > utcnow() - A_MOMENT)

    @property
    def parts(self) -> list[int]:
        """Ids of the versions that it was made of."""
        return self.document.current.parts if self.document.current else []

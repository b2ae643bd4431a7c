"""Documents, their versions, and the sealed files these are kept in."""

import datetime as dt
from abc import abstractmethod
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.db import About, Base, Record, utcnow
from crm.documents.reasons import ELSEWHERE, REASONS
from crm.documents.sniff import FORMATS
from crm.texts import N_

PDF = "application/pdf"
CHECKING, READY, REFUSED = "checking", "ready", "refused"
STATES = {CHECKING: N_("Wordt gecontroleerd"), READY: N_("Gecontroleerd"), REFUSED: N_("Geweigerd")}
ELSEWHERE_TITLE = N_("Inhoud staat elders")
SOURCES = {
    "upload": N_("Toegevoegd"),
    "mail": N_("Uit een e-mail"),
    "template": N_("Gemaakt uit een sjabloon"),
    "photos": N_("Gemaakt van foto's"),
    "client": N_("Van de klant"),
}


class FileKey(Base):
    """The office's key that the keys of single files are locked with, itself locked with FILES_KEY. The newest is in
    use; older ones stay until nothing is locked with them."""

    __tablename__ = "file_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class Locked:
    """A table of what is sealed: each row has a key of its own, `wrapped` in the office's, by which it is `about`.

    `crm files rotate-key` goes through every such table, `at_once` rows in a transaction.
    """

    at_once: ClassVar[int] = 200
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    file_key_id: Mapped[int] = mapped_column(ForeignKey("file_keys.id"), index=True)

    @property
    @abstractmethod
    def about(self) -> bytes:
        """What the row's key and content are bound to: put in the place of another's they do not open."""


class StoredFile(Locked, Base):
    """One sealed file in the blob store under the name `key`. `size` is that of its content, in bytes.

    `fingerprint` is a keyed hash (HMAC-SHA-256) of the content, taken when it is checked: two files are the same when
    it is, and it tells nothing to who does not have the key. Without this row, which holds the file's own key, the file
    is noise.
    """

    __tablename__ = "stored_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[str | None] = mapped_column(default=None, index=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)

    @property
    def about(self) -> bytes:
        return self.key.encode()


class DroppedFile(Base):
    """The name of a file whose row, with the file's own key, went `at` that moment: noise, which stays in the blob
    store for as long as a backup may still come for it (DELETED_FILES_HOURS)."""

    __tablename__ = "dropped_files"

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(default=utcnow, index=True)


class Document(About, Record, Base):
    """A file about a dossier or relation. `document_type` is a key of the office's list of types, "" when nobody said.

    `is_public` (Publiek): shown to the client (U-047). `source` is a key of SOURCES. `sender` is the name of who sent
    it when that was no user: the client.
    """

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_subject", "subject_kind", "subject_id", "id"),)
    kind: ClassVar[str] = "document"

    name: Mapped[str]
    document_type: Mapped[str] = mapped_column(default="")
    dated_on: Mapped[dt.date | None] = mapped_column(default=None)
    is_public: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(default="upload")
    sender: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    author: Mapped[User | None] = relationship(lazy="joined")
    versions: Mapped[list["DocumentVersion"]] = relationship(
        foreign_keys="DocumentVersion.document_id", order_by="DocumentVersion.number.desc()", viewonly=True
    )

    @property
    def newest(self) -> "DocumentVersion":
        """The version that came in last, checked or not."""
        return self.versions[0]

    @property
    def current(self) -> "DocumentVersion | None":
        """The newest version that may be seen; None until one was checked."""
        return next((version for version in self.versions if version.state == READY), None)

    @property
    def is_checking(self) -> bool:
        """A version of it still waits for its check."""
        return any(version.state == CHECKING for version in self.versions)

    @property
    def is_made(self) -> bool:
        """What is shown of it was made here, not replaced by an upload: only then can it be signed (U-055)."""
        return self.current is not None and self.current.is_made and self.newest is self.current

    @property
    def source_title(self) -> str:
        return SOURCES[self.source]

    @property
    def by(self) -> str:
        """Who brought it in, by name; empty for the house itself."""
        return self.author.name if self.author else self.sender


class DocumentVersion(Base):
    """One file of a document as it came in. `state`: checking, ready or refused (`reason` then says why).

    `original` is what came in, of `mimetype`; `safe` what is shown, as `shown_as`: without active content, an image
    upright and without its hidden data. `removed` names what was taken out. A refused version keeps no file. `token`
    names what it was made of, so that a repeated request makes no second version: the file that was sent, or the draft.
    `same_as_id` is an older document of the same record that holds the very same file. `made_from` is "kind:id" of the
    record that the house made the file from, "" of a file that came in. `parts` are ids of the versions it is joined
    of, in their order; such a one has no original.
    """

    __tablename__ = "document_versions"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        Index("ix_document_versions_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=1)
    filename: Mapped[str]
    mimetype: Mapped[str] = mapped_column(default="")
    shown_as: Mapped[str] = mapped_column(default="")
    pages: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default=CHECKING)
    reason: Mapped[str] = mapped_column(default="")
    removed: Mapped[list[Any]] = mapped_column(JSON, default=list)
    parts: Mapped[list[int]] = mapped_column(JSON, default=list)
    token: Mapped[str | None] = mapped_column(default=None, unique=True)
    made_from: Mapped[str] = mapped_column(default="")
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), index=True)
    original_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"), default=None, index=True)
    safe_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"), default=None, index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    same_as_id: Mapped[int | None] = mapped_column(
        ForeignKey("documents.id", ondelete="SET NULL"), default=None, index=True
    )
    document: Mapped[Document] = relationship(foreign_keys=document_id)
    original: Mapped[StoredFile | None] = relationship(foreign_keys=original_id, lazy="joined")
    safe: Mapped[StoredFile | None] = relationship(foreign_keys=safe_id, lazy="joined")
    author: Mapped[User | None] = relationship(lazy="joined")

    @property
    def size(self) -> int:
        """Bytes of what came in, or was joined; 0 when nothing was kept."""
        file = self.original or self.safe
        return file.size if file else 0

    @property
    def by(self) -> str:
        """Who brought it in, by name; empty for the house itself."""
        if self.author:
            return self.author.name
        return self.document.sender if self.number == 1 else ""

    @property
    def refusal(self) -> str:
        """Why it was refused, and what to do; "" when it was not. Shown with `_`."""
        return REASONS.get(self.reason, "")

    @property
    def elsewhere(self) -> str:
        """What to do with a file of which the pages are not what it is about; "" of all others. Shown with `_`."""
        return next((text for key, text in ELSEWHERE.items() if key in self.removed), "")

    @property
    def format(self) -> str:
        """The kind of file that came in, in a word: "pdf", "jpeg" … "docx"; empty until it was checked."""
        return FORMATS.get(self.mimetype, "")

    @property
    def is_joinable(self) -> bool:
        """May it become a part of one PDF?"""
        return not self.elsewhere and (self.shown_as == PDF or self.shown_as.startswith("image/"))

    @property
    def is_made(self) -> bool:
        """The house made it, nobody brought it in."""
        return self.made_from != ""

    @property
    def state_title(self) -> str:
        return ELSEWHERE_TITLE if self.state == READY and self.elsewhere else STATES[self.state]


class IncomingMail(About, Base):
    """An e-mail that somebody brought in at a record for what is attached to it. `state` is that of a version.

    `file` is there until it was taken apart; `title` and `sender` are what its head says, `left_out` the names of what
    nothing could be made of. It goes once somebody chose; one of which nothing could be read goes after a day.
    """

    __tablename__ = "incoming_mails"
    __table_args__ = (Index("ix_incoming_mails_subject", "subject_kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    sender: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=CHECKING)
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow, index=True)
    left_out: Mapped[list[str]] = mapped_column(JSON, default=list)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"), default=None, index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    file: Mapped[StoredFile | None] = relationship(lazy="joined")
    parts: Mapped[list["MailPart"]] = relationship(order_by="MailPart.id", viewonly=True)


class MailPart(Base):
    """A file that was attached to an e-mail, not yet chosen. `within` is the title of the e-mail inside it that this
    came with, "" for none; `in_text` says that it is a picture of the text.
    """

    __tablename__ = "mail_parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    within: Mapped[str] = mapped_column(default="")
    in_text: Mapped[bool] = mapped_column(default=False)
    mail_id: Mapped[int] = mapped_column(ForeignKey("incoming_mails.id", ondelete="CASCADE"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"), index=True)
    mail: Mapped[IncomingMail] = relationship()
    file: Mapped[StoredFile] = relationship(lazy="joined")

"""The office's texts for documents, and what each document that was made of one says."""

from typing import ClassVar

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Record
from crm.documents.models import DocumentVersion


class DocumentTemplate(Record, Base):
    """A text with placeholders that becomes a document: its title is the template's name.

    `purpose` says when it is used. `document_type` is what the document becomes, a key of the office's list of types.
    `content_key` ties it to config/content, None when made here; `content_digest` is that of the text as it came.
    """

    __tablename__ = "document_templates"
    kind: ClassVar[str] = "document_template"

    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")
    document_type: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    content_key: Mapped[str | None] = mapped_column(default=None, unique=True)
    content_digest: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class MadeText(Base):
    """The text a version of a document was made of, to make it anew.

    `basis` maps the placeholders that went into the text to a digest of their values, to see later what changed since.
    """

    __tablename__ = "made_texts"

    version_id: Mapped[int] = mapped_column(ForeignKey("document_versions.id", ondelete="CASCADE"), primary_key=True)
    title: Mapped[str]
    body: Mapped[str]
    basis: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    template_id: Mapped[int | None] = mapped_column(
        ForeignKey("document_templates.id", ondelete="SET NULL"), default=None, index=True
    )
    version: Mapped[DocumentVersion] = relationship()
    template: Mapped[DocumentTemplate | None] = relationship()

"""Questions about templates of documents, and about what was made of them."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from crm.accounts.models import User
from crm.audit.models import AuditEntry
from crm.audit.queries import of_record
from crm.db import db
from crm.document_templates.models import DocumentTemplate, MadeText
from crm.documents.models import Document

MOST = 500


def visible_templates(_user: User) -> Select[DocumentTemplate]:
    """The office's templates: everyone may read them."""
    return select(DocumentTemplate)


def templates(every: bool = False) -> Sequence[DocumentTemplate]:
    """The templates one may choose from, by name; `every` brings those that are switched off too."""
    query = select(DocumentTemplate).order_by(DocumentTemplate.name, DocumentTemplate.id)
    if not every:
        query = query.where(DocumentTemplate.is_active)
    return db.session.scalars(query.limit(MOST)).all()


def text_of(document: Document) -> MadeText | None:
    """The text of what is shown of a document; None when that was not made here."""
    current = document.current
    return db.session.get(MadeText, current.id) if current and current.is_made else None


def history(template: DocumentTemplate) -> Sequence[AuditEntry]:
    """The last changes of a template, newest first."""
    query = of_record(template.kind, template.id).where(AuditEntry.action == "update")
    return db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(10)).all()

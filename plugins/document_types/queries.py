"""Questions about types, reasons and checklists. All are the whole office's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import selectinload

from crm.plugin import Document, db, fold, sought
from plugins.document_types.models import (
    ChecklistItem,
    ChecklistTemplate,
    DocumentType,
    RejectionReason,
    type_reasons,
)

PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the list of types is narrowed to: words of name or code, and keys of `terms`; all when empty."""

    text: str = ""
    group: str = ""
    delivered_by: str = ""
    inactive: bool = False


def visible_types(user: Any) -> Select[DocumentType]:
    """The types are the whole office's."""
    return select(DocumentType)


def visible_reasons(user: Any) -> Select[RejectionReason]:
    """So are the reasons."""
    return select(RejectionReason)


def visible_templates(user: Any) -> Select[ChecklistTemplate]:
    """So are the lists."""
    return select(ChecklistTemplate)


def visible_items(user: Any) -> Select[ChecklistItem]:
    """And what is on them."""
    return select(ChecklistItem)


def page_of(
    filters: Filters, after: tuple[int, int] | None = None, limit: int | None = PAGE + 1
) -> Sequence[DocumentType]:
    """One page of types and one more, in the order of the list, from behind the cursor (weight, id)."""
    query = select(DocumentType).order_by(DocumentType.weight, DocumentType.id).limit(limit)
    if not filters.inactive:
        query = query.where(DocumentType.is_active)
    if filters.group:
        query = query.where(DocumentType.group == filters.group)
    if filters.delivered_by:
        query = query.where(DocumentType.delivered_by == filters.delivered_by)
    for word in sought(filters.text):
        query = query.where(DocumentType.match_name.contains(fold(word), autoescape=True))
    if after:
        weight, last = after
        behind = or_(DocumentType.weight > weight, DocumentType.id > last)
        query = query.where(DocumentType.weight >= weight, behind)
    return db.session.scalars(query).all()


def templates_with(document_type: DocumentType) -> Sequence[ChecklistTemplate]:
    """The lists this type is on."""
    having = select(ChecklistItem.template_id).where(ChecklistItem.type_id == document_type.id)
    query = select(ChecklistTemplate).where(ChecklistTemplate.id.in_(having))
    return db.session.scalars(query.order_by(ChecklistTemplate.weight, ChecklistTemplate.id)).all()


def last_weight(group: str) -> int:
    """The greatest weight of a type in this group; 0 when there is none."""
    query = select(func.max(DocumentType.weight)).where(DocumentType.group == group)
    return db.session.scalar(query) or 0


def types_by_key() -> dict[str, DocumentType]:
    """Every type with its own reasons, by key, in the order of the list."""
    query = select(DocumentType).options(selectinload(DocumentType.reasons))
    ordered = query.order_by(DocumentType.weight, DocumentType.id)
    return {row.key: row for row in db.session.scalars(ordered)}


def types_alone() -> dict[str, DocumentType]:
    """Every type by key, for who asks nothing of its reasons."""
    ordered = select(DocumentType).order_by(DocumentType.weight, DocumentType.id)
    return {row.key: row for row in db.session.scalars(ordered)}


def type_by_key(key: str) -> DocumentType | None:
    """The type with this key."""
    return db.session.scalars(select(DocumentType).where(DocumentType.key == key)).first()


def public_documents(key: str) -> Select[Document]:
    """Documents of the whole office that are of this type and Publiek."""
    return select(Document).where(Document.document_type == key, Document.is_public)


def public_count(key: str) -> int:
    """How many these are."""
    counted = public_documents(key).with_only_columns(func.count(), maintain_column_froms=True)
    return db.session.scalar(counted) or 0


def held_public_documents(key: str, limit: int) -> Sequence[Document]:
    """So many of these as they are now; who else wants to change them waits."""
    query = public_documents(key).order_by(Document.id).limit(limit).with_for_update(of=Document)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def reasons_by_key() -> dict[str, RejectionReason]:
    """Every reason by key, in the order in which they are offered."""
    query = select(RejectionReason).order_by(RejectionReason.weight, RejectionReason.id)
    return {row.key: row for row in db.session.scalars(query)}


def types_per_reason() -> dict[int, int]:
    """{id of a reason: how many types have it of their own}."""
    query = select(type_reasons.c.reason_id, func.count()).group_by(type_reasons.c.reason_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def templates_by_key() -> dict[str, ChecklistTemplate]:
    """Every list with its items, by key."""
    query = select(ChecklistTemplate).options(selectinload(ChecklistTemplate.items))
    ordered = query.order_by(ChecklistTemplate.weight, ChecklistTemplate.id)
    return {row.key: row for row in db.session.scalars(ordered)}


def reasons_for(
    document_type: DocumentType, known: Iterable[RejectionReason] | None = None
) -> Sequence[RejectionReason]:
    """What may be said when a document of this type is rejected: its own reasons first, then those that fit any.

    Those about age are left out where nothing says how old it may be. `known` are all reasons, where these were read.
    """
    own = [reason.id for reason in document_type.reasons]
    query = select(RejectionReason).where(RejectionReason.is_general | RejectionReason.id.in_(own))
    found = db.session.scalars(query) if known is None else known
    mine = [reason for reason in found if reason.is_active and (reason.is_general or reason.id in own)]
    fitting = [reason for reason in mine if document_type.has_age or not reason.asks_age]
    return sorted(fitting, key=lambda reason: (reason.is_general, reason.weight, reason.id))

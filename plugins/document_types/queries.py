"""Questions about types, reasons and checklists. All are the whole office's."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from crm.plugin import db
from plugins.document_types.models import ChecklistItem, ChecklistTemplate, DocumentType, RejectionReason


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


def types_by_key() -> dict[str, DocumentType]:
    """Every type with its own reasons, by key, in the order of the list."""
    query = select(DocumentType).options(selectinload(DocumentType.reasons))
    ordered = query.order_by(DocumentType.weight, DocumentType.id)
    return {row.key: row for row in db.session.scalars(ordered)}


def reasons_by_key() -> dict[str, RejectionReason]:
    """Every reason by key, in the order in which they are offered."""
    query = select(RejectionReason).order_by(RejectionReason.weight, RejectionReason.id)
    return {row.key: row for row in db.session.scalars(query)}


def templates_by_key() -> dict[str, ChecklistTemplate]:
    """Every list with its items, by key."""
    query = select(ChecklistTemplate).options(selectinload(ChecklistTemplate.items))
    ordered = query.order_by(ChecklistTemplate.weight, ChecklistTemplate.id)
    return {row.key: row for row in db.session.scalars(ordered)}


def reasons_for(document_type: DocumentType) -> Sequence[RejectionReason]:
    """What may be said when a document of this type is rejected: its own reasons first, then those that fit any.

    Those about age are left out where nothing says how old it may be.
    """
    own = [reason.id for reason in document_type.reasons]
    query = select(RejectionReason).where(RejectionReason.is_active)
    found = db.session.scalars(query.where(RejectionReason.is_general | RejectionReason.id.in_(own)))
    fitting = [reason for reason in found if document_type.has_age or not reason.asks_age]
    return sorted(fitting, key=lambda reason: (reason.is_general, reason.weight, reason.id))


def type_of_hdn_code(code: str, known: Iterable[DocumentType]) -> DocumentType | None:
    """The type in use that a SoortDocument stands for: one that is best known by it before one that has it too."""
    having = [one for one in known if one.is_active and code in one.hdn_codes]
    return min(having, key=lambda one: one.hdn_codes.index(code), default=None)

"""Verbs of types, reasons and checklists: bring in what an office starts with, adapt it."""

from collections.abc import Callable
from typing import Any

from crm.plugin import User, db, delete, save_many
from plugins.document_types import content, queries, rows
from plugins.document_types.models import ChecklistTemplate, DocumentType, RejectionReason

Row = dict[str, Any]


def load() -> None:
    """Bring in what config/content has and this office has not, and what changed there since where the office left its
    own alone (domain.md §4.1). What it changed or switched off stays."""
    load_reasons()
    load_types()
    load_templates()


def is_due(record: Any, row: Row, row_of: Callable[[Any], Row]) -> bool:
    """True for a record that is new, or that nobody touched since an older version of this row was brought in."""
    if record.id is None:
        return True
    return bool(content.digest(row) != record.content_digest == content.digest(row_of(record)))


def load_reasons() -> None:
    """The reasons to reject a document."""
    known, due = queries.reasons_by_key(), []
    for number, (key, row) in enumerate(content.read("reasons").items(), 1):
        reason = known.get(key) or RejectionReason(key=key, weight=number * rows.STEP)
        if is_due(reason, row, rows.row_of_reason):
            rows.fill(reason, row)
            reason.content_digest = content.digest(row)
            due.append(reason)
    save_many(due, None)


def load_types() -> None:
    """The types of documents, with their reasons."""
    known, reasons, due = queries.types_by_key(), queries.reasons_by_key(), []
    for number, (key, row) in enumerate(content.read("types").items(), 1):
        document_type = known.get(key) or DocumentType(key=key, weight=rows.place(row["group"], number))
        if is_due(document_type, row, rows.row_of_type):
            rows.fill_type(document_type, row, reasons)
            document_type.content_digest = content.digest(row)
            due.append(document_type)
    save_many(due, None)


def load_templates() -> None:
    """The checklists, with their items."""
    known, types, due = queries.templates_by_key(), queries.types_by_key(), []
    for number, (key, row) in enumerate(content.read("templates").items(), 1):
        template = known.get(key) or ChecklistTemplate(key=key, weight=number * rows.STEP)
        if is_due(template, row, rows.row_of_template):
            rows.fill(template, row)
            template.content_digest = content.digest(row)
            due.append((template, row))
    save_many([template for template, _row in due], None)
    for template, row in due:
        write_items(template, row, types, None)


def write_items(template: ChecklistTemplate, row: Row, types: dict[str, DocumentType], user: User | None) -> None:
    """Make the items of a saved checklist those of a row."""
    kept, spare = rows.items_of(template, row, types)
    save_many(kept, user)
    for item in spare:
        delete(item, user)
    db.session.expire(template, ["items"])

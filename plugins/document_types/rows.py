"""A type, reason or checklist as a row of plain values, the way config/content and the catalogue's file have it."""

from collections.abc import Mapping
from typing import Any

from plugins.document_types import content, terms
from plugins.document_types.models import ChecklistItem, ChecklistTemplate, DocumentType, RejectionReason

Row = dict[str, Any]
LINKS = ("reasons", "items")
GROUP_SPAN = 10_000
STEP = 10


def place(group: str, number: int) -> int:
    """Where the type with this number stands in the whole list: group after group."""
    return list(terms.GROUPS).index(group) * GROUP_SPAN + number * STEP


def behind(group: str, last: int) -> int:
    """The place of a new type of this group, behind the last one there (0: there is none)."""
    return last + STEP if last else place(group, 1)


def row_of_reason(reason: RejectionReason) -> Row:
    """A reason as a row."""
    return {name: getattr(reason, name) for name in content.REASON}


def row_of_type(document_type: DocumentType) -> Row:
    """A type as a row; its reasons by key."""
    row = {name: getattr(document_type, name) for name in content.TYPE if name not in LINKS}
    return row | {"reasons": sorted(reason.key for reason in document_type.reasons)}


def row_of_template(template: ChecklistTemplate) -> Row:
    """A checklist as a row, with its items."""
    row = {name: getattr(template, name) for name in content.TEMPLATE if name not in LINKS}
    return row | {"items": [row_of_item(item) for item in template.items]}


def row_of_item(item: ChecklistItem) -> Row:
    """One item of a checklist; types by key."""
    row = {"type": item.type.key, "situation": item.situation, "choice": item.choice, "option": item.option}
    return row | {"replaces": item.replaces.key if item.replaces else ""}


def fill(record: Any, row: Row) -> None:
    """Give a record what a row holds, but for its links to others."""
    for name, value in row.items():
        if name not in LINKS:
            setattr(record, name, list(value) if isinstance(value, list) else value)


def fill_type(document_type: DocumentType, row: Row, reasons: Mapping[str, RejectionReason]) -> None:
    """Give a type what a row holds. Raises KeyError for a reason that is not there."""
    fill(document_type, row)
    document_type.reasons = [reasons[key] for key in row["reasons"]]


def items_of(
    template: ChecklistTemplate, row: Row, types: Mapping[str, DocumentType]
) -> tuple[list[ChecklistItem], list[ChecklistItem]]:
    """(items as a row has them, in its order and for a saved template; those that are there and no longer wanted).

    Items that stay keep their record. Raises KeyError for a type that is not there.
    """
    spare, kept = list(template.items), []
    for number, wanted in enumerate(row["items"], 1):
        item = next((one for one in spare if row_of_item(one) == wanted), None)
        if item:
            spare.remove(item)
        else:
            item = ChecklistItem(template_id=template.id, type_id=types[wanted["type"]].id)
            item.situation, item.choice, item.option = wanted["situation"], wanted["choice"], wanted["option"]
            item.replaces_id = types[wanted["replaces"]].id if wanted["replaces"] else None
        item.weight = number * STEP
        kept.append(item)
    return kept, spare

"""Verbs of types, reasons and checklists: bring in what an office starts with, adapt it."""

import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from crm.plugin import Refused, User, check_version, db, delete, enqueue, hide_documents, save, save_many
from plugins.document_types import content, queries, rows, words
from plugins.document_types.models import ChecklistItem, ChecklistTemplate, DocumentType, RejectionReason

Row = dict[str, Any]
AT_ONCE = 200


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


# --- What the beheerder changes ------------------------------------------------------------------------------


def own_key() -> str:
    """A key for what the office makes itself."""
    return f"office_{secrets.token_hex(4)}"


def tidy(values: Row) -> Row:
    """Values without spaces around their texts."""
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


def save_type(
    values: Row, user: User, document_type: DocumentType | None = None, version: int | None = None
) -> DocumentType:
    """A type as the beheerder wants it. `values`: the columns of DocumentType that he fills in, and `reason_ids`.

    Raises Refused when another type in use has this name, Conflict.
    """
    values = tidy(values)
    if document_type:
        check_version(document_type, version)
    made = document_type or DocumentType(key=own_key(), match_name="")
    refuse_double(made, values)
    with db.session.no_autoflush:
        if made.group != values["group"]:
            made.weight = rows.behind(values["group"], queries.last_weight(values["group"]))
        wanted = select(RejectionReason).where(RejectionReason.id.in_(values["reason_ids"]))
        made.reasons = list(db.session.scalars(wanted.order_by(RejectionReason.weight, RejectionReason.id)))
        rows.fill(made, {name: value for name, value in values.items() if name != "reason_ids"})
        if not made.has_age:
            made.validity_count = None
        saved: DocumentType = save(made, user)
    return saved


def refuse_double(made: DocumentType, values: Row) -> None:
    """Raises Refused when another type in use is called the same."""
    if not values["is_active"]:
        return
    same = select(DocumentType.id).where(DocumentType.name == values["name"], DocumentType.is_active)
    if made.id is not None:
        same = same.where(DocumentType.id != made.id)
    if db.session.scalars(same.limit(1)).first():
        raise Refused("Er is al een soort document %(name)s. Kies een andere naam.", name=values["name"])


def hide_invoices(document_type: DocumentType, user: User | None) -> None:
    """What is an invoice from now on is no longer Publiek (U-077): a stretch of documents now, the others by a job."""
    found = queries.held_public_documents(document_type.key, AT_ONCE + 1)
    hide_documents(found[:AT_ONCE], user)
    if len(found) > AT_ONCE:
        enqueue("document_types.hide_invoices", document_type.id, user.id if user else None)


def hide_more_invoices(type_id: int, user_id: int | None) -> None:
    """Job: the next stretch. Done twice it changes nothing; not done any more when the type is no invoice after all."""
    document_type = db.session.get(DocumentType, type_id)
    if document_type is not None and document_type.is_invoice:
        hide_invoices(document_type, db.session.get(User, user_id) if user_id else None)


def save_reason(
    values: Row, user: User, reason: RejectionReason | None = None, version: int | None = None
) -> RejectionReason:
    """A reason as the beheerder wants it: name, text, is_general, weight, is_active. Raises Refused for a word that
    nobody fills in, Conflict."""
    values = tidy(values)
    if reason:
        check_version(reason, version)
    if wrong := words.unknown(values["text"]):
        raise Refused(
            "{{%(word)s}} bestaat niet. Gebruik {{geldigheid}} of {{toelichting}}.",
            word=wrong[0],
        )
    made = reason or RejectionReason(key=own_key())
    rows.fill(made, values)
    saved: RejectionReason = save(made, user)
    return saved


def save_template(
    values: Row, user: User, template: ChecklistTemplate | None = None, version: int | None = None
) -> ChecklistTemplate:
    """A checklist as the beheerder wants it: the columns of ChecklistTemplate that he fills in. Raises Conflict."""
    if template:
        check_version(template, version)
    made = template or ChecklistTemplate(key=own_key())
    rows.fill(made, tidy(values))
    saved: ChecklistTemplate = save(made, user)
    return saved


def save_item(
    template: ChecklistTemplate, values: Row, user: User, item: ChecklistItem | None = None, version: int | None = None,
    weight: int | None = None,
) -> ChecklistItem:  # fmt: skip
    """A row of a checklist, a new one at its end or at `weight`. `values`: type, replaces (DocumentType), situation,
    choice, option.

    Raises Refused when the list asks it already, or would ask it in place of itself; Conflict.
    """
    values = tidy(values)
    kind, instead = values["type"], values["replaces"]
    if item:
        check_version(item, version)
    if instead is not None and instead.id == kind.id:
        raise Refused("Een soort kan niet in plaats van zichzelf komen.")
    same = (kind.id, values["situation"], values["choice"], values["option"])
    if any(same == (one.type_id, one.situation, one.choice, one.option) for one in template.items if one is not item):
        raise Refused("%(name)s staat al op deze lijst.", name=kind.name)
    end = max((one.weight for one in template.items), default=0) + rows.STEP
    with db.session.no_autoflush:
        made = item or ChecklistItem(template_id=template.id, weight=end if weight is None else weight)
        made.type_id, made.replaces_id = kind.id, instead.id if instead is not None else None
        made.situation, made.choice, made.option = values["situation"], values["choice"], values["option"]
        saved: ChecklistItem = save(made, user)
    db.session.expire(template, ["items"])
    return saved


def move_item(item: ChecklistItem, up: bool, user: User) -> None:
    """One place up or down its list; at the end nothing happens."""
    items = list(item.template.items)
    here = items.index(item)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(items):
        return
    items[here], items[there] = items[there], items[here]
    for number, one in enumerate(items, 1):
        one.weight = number * rows.STEP
    save_many(items, user)
    db.session.expire(item.template, ["items"])


def remove_item(item: ChecklistItem, user: User) -> None:
    """Take a row off a list."""
    template = item.template
    delete(item, user)
    db.session.expire(template, ["items"])

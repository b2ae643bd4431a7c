"""What happened with stukken, for who wants to follow them: the task list, and other plugins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm import plugin
from crm.plugin import Change, User, db, enqueue, hook
from plugins.document_types.models import DocumentType
from plugins.document_types.requests import queries
from plugins.document_types.requests.models import DocumentRequest, is_shown

SHOWN, EXPLAINED = "is_shown_to_client", "explained"
TELL = "document_types.tell_shown"


@dataclass(frozen=True)
class RequestChange:
    """One stuk, as it is now, and what of it `was` otherwise before: {column: old value}, with `is_shown_to_client`
    when it came into the client's sight or went out of it, and `explained` (None: we do not know it any more) when its
    type explains it in other words. `action`: create (`was` is empty), update or delete."""

    request: DocumentRequest
    action: str
    was: dict[str, Any] = field(default_factory=dict)


def tell(changes: Iterable[Change], user: User | None) -> None:
    """Ask who wants to know of these changes of stukken."""
    ask([change_of(change) for change in changes if change.kind == "document_request"], user)


def ask(changes: Sequence[RequestChange], user: User | None) -> None:
    """The one place where this is asked."""
    if changes:
        plugin.tell(hook.request_changed, changes=changes, user=user)


def change_of(change: Change) -> RequestChange:
    """A change of the pen as others read it."""
    request: DocumentRequest = change.record
    if change.action == "create":
        return RequestChange(request, change.action)
    was = {name: old for name, (old, _new) in change.fields.items()}
    before = is_shown(request.type, was.get("lender_has_it", request.lender_has_it), was.get("status", request.status))
    now = change.action == "update" and request.is_shown_to_client
    return RequestChange(request, change.action, was | ({SHOWN: before} if before != now else {}))


def told_by_type(change: Change) -> list[str]:
    """What the client sees otherwise of all stukken of a type by this change: SHOWN, EXPLAINED (U-037)."""
    if change.kind != "document_type" or change.action != "update":
        return []
    seen = {SHOWN: hides_or_shows(change), EXPLAINED: "explanation" in change.fields}
    return [what for what, is_other in seen.items() if is_other]


def hides_or_shows(change: Change) -> bool:
    """Does this change of a type take its stukken out of the client's sight, or bring them back?"""
    old, new = change.fields.get("delivered_by", ("client", "client"))
    return DocumentType(delivered_by=old).is_shown_to_client != DocumentType(delivered_by=new).is_shown_to_client


def tell_later(document_type: DocumentType, what: Sequence[str], user: User | None) -> None:
    """A type may have stukken in every dossier: a job tells of them."""
    enqueue(TELL, document_type.id, user.id if user else None, 0, list(what))


def tell_of_type(type_id: int, user_id: int | None, after: int, what: Sequence[str] = (SHOWN,)) -> None:
    """Job: `what` the client sees otherwise of a stretch of the stukken of a type; the next is for another job."""
    stretch = queries.in_sight_of_type(type_id, after)
    found = [RequestChange(one, "update", was) for one in stretch if (was := was_of(one, what))]
    ask(found, db.session.get(User, user_id) if user_id else None)
    if len(stretch) == queries.AT_ONCE:
        enqueue(TELL, type_id, user_id, stretch[-1].id, list(what))


def was_of(request: DocumentRequest, what: Sequence[str]) -> dict[str, Any]:
    """What of `what` a stuk was otherwise before; its own explanation is that of no type."""
    was: dict[str, Any] = {SHOWN: not request.is_shown_to_client} if SHOWN in what else {}
    return was | ({EXPLAINED: None} if EXPLAINED in what and not request.explanation else {})

"""Verbs of stukken: ask them, change them, take them off the list, let them lapse. Each step is written down."""

from collections.abc import Sequence
from typing import Any

from crm.plugin import (
    N_,
    Dossier,
    Product,
    Refused,
    Service,
    User,
    check_version,
    enqueue,
    post,
    save,
    save_many,
    today,
)
from plugins.document_types.requests import queries, states
from plugins.document_types.requests.holding import hold, hold_list
from plugins.document_types.requests.models import DocumentRequest
from plugins.document_types.requests.wanting import Wanted

AT_MOST_NAMED = 12
EXPIRE = "document_types.expire"


def ask(
    dossier: Dossier, wanted: Sequence[Wanted], part: Service | Product | None, user: User | None,
    origin: str = "checklist", **values: Any,
) -> list[DocumentRequest]:  # fmt: skip
    """Put stukken on a dossier's list, under a dienst or product (U-031, U-032, U-034); those that were withdrawn are
    asked again. `values` are further columns, the same for all. Gives them in the order of `wanted`.

    Raises Refused for a dossier that is closed.
    """
    refuse_closed(dossier)
    hold_list(dossier.id)
    lapsed = {one.key: one for one in queries.requests_of(dossier.id) if is_free(one, origin)}
    places = place_under(dossier, part)
    asked: list[DocumentRequest] = []
    new: list[DocumentRequest] = []
    for one in wanted:
        if again := lapsed.pop(one.key, None):
            asked.append(ask_again(again, one, user, origin, places, **values))
            continue
        request = DocumentRequest(
            dossier=dossier, dossier_id=dossier.id, type=one.type, type_id=one.type.id, item=one.item.strip(),
            title=one.title, phase=one.phase, origin=origin, **places, **values,
        )  # fmt: skip
        request.relation_id = one.person.id if one.person else None
        new.append(request)
        asked.append(request)
    if new:
        save_many(new, user)
        names = ", ".join(one.title for one in new[:AT_MOST_NAMED]) + (" …" if len(new) > AT_MOST_NAMED else "")
        said = N_("1 stuk gevraagd") if len(new) == 1 else N_("%(count)s stukken gevraagd")
        about = ("dossier", dossier.id)
        post(about, "document_request", user, said, {"count": len(new)}, icon="checklist", detail=names)
    return asked


def is_free(request: DocumentRequest, origin: str) -> bool:
    """Was it taken off the list, and can it be asked again so? What one lender asked is no other's."""
    return request.status == states.WITHDRAWN and not (origin == "hdn" and request.lender_ref)


def ask_again(
    request: DocumentRequest, wanted: Wanted, user: User | None, origin: str, places: dict[str, int | None],
    **values: Any,
) -> DocumentRequest:  # fmt: skip
    """A stuk that was taken off the list is asked after all, where it is asked now; by hand also as it was typed."""
    typed = {"title": wanted.title, "phase": wanted.phase} if origin == "manual" else {}
    moved = places if any(places.values()) else {}
    for name, value in {**typed, **{name: value for name, value in values.items() if value}, **moved}.items():
        setattr(request, name, value)
    return restore(save(request, user), user)


def refuse_closed(dossier: Dossier) -> None:
    """Nothing is asked any more in a dossier that is closed."""
    if not dossier.is_open:
        raise Refused("Het dossier is afgesloten. Heropen het eerst.")


def place_under(dossier: Dossier, part: Service | Product | None) -> dict[str, int | None]:
    """Both columns as far as known, so that the office can go over from diensten to products and back (U-009)."""
    if part is None:
        return {"service_id": None, "product_id": None}
    if isinstance(part, Product):
        only = dossier.services[0].id if len(dossier.services) == 1 else None
        return {"service_id": part.service_id or only, "product_id": part.id}
    mine = [one.id for one in dossier.products if one.service_id == part.id]
    free = [one.id for one in dossier.products if one.service_id is None]
    fitting = mine or (free if len(dossier.services) == 1 else [])
    return {"service_id": part.id, "product_id": fitting[0] if len(fitting) == 1 else None}


def edit(request: DocumentRequest, values: dict[str, Any], user: User, version: int | None = None) -> DocumentRequest:
    """Another title, explanation or due day. Raises Refused without a title, Conflict."""
    check_version(request, version)
    if not (values.get("title") or "").strip():
        raise Refused("Geef het stuk een naam.")
    for name in ("title", "explanation", "due_on", "phase"):
        if name in values:
            setattr(request, name, values[name])
    saved: DocumentRequest = save(request, user)
    return saved


def withdraw(request: DocumentRequest, user: User | None, reason: str = "") -> DocumentRequest:
    """Take a stuk off the list: the client sees it no more, its files stay (U-035)."""
    return move(request, "withdraw", user, reason)


def restore(request: DocumentRequest, user: User | None) -> DocumentRequest:
    """Back on the list as it was; what came in meanwhile is reviewed, what is no longer good has lapsed."""
    refuse_unless("restore", hold(request))
    to = status_again(request)
    values: dict[str, Any] = as_new(request) if to == states.SUBMITTED else {}
    if to == states.OPEN and not request.status_before:
        values = {"client_text": ""}  # of a rejection that the maatschappij let go
    return move(request, "restore", user, to=to, **values)


def status_again(request: DocumentRequest) -> str:
    """The status of a stuk that comes back on the list."""
    before = request.status_before
    if not before or (before in states.TO_REVIEW and not request.has_unseen):
        verdicts = request.office_verdict, request.lender_verdict
        before = states.SUBMITTED if request.has_unseen else states.after_restore(*verdicts)
    return states.EXPIRED if before == states.APPROVED and request.is_outdated else before


def reopen(request: DocumentRequest, user: User | None, reason: str) -> DocumentRequest:
    """Ask it once more, as if nothing had come in: a new rate, another employer. Raises Refused for a dossier that is
    closed."""
    refuse_closed(request.dossier)
    return move(request, "reopen", user, reason, **(as_new(request) | {"client_text": reason}))


def move(
    request: DocumentRequest, event: str, user: User | None, reason: str = "", to: str = "", **values: Any
) -> DocumentRequest:
    """Let something happen with a stuk: its status, and a post in the dossier's feed. Raises Refused when it cannot."""
    hold_list(request.dossier_id)
    refuse_unless(event, request)
    was, before = request.state.title, request.status
    request.status = to or states.EVENTS[event].target
    request.status_before = before if event == "withdraw" else ""  # what the maatschappij let go it thinks of no more
    for name, value in values.items():
        setattr(request, name, value)
    save(request, user)
    if was != request.state.title or reason:
        texts = {"event": states.EVENTS[event].title, "title": request.title, "was": was, "now": request.state.title}
        said = N_("%(event)s: %(title)s (%(was)s → %(now)s)")
        about = ("dossier", request.dossier_id)
        post(about, "document_request", user, said, texts, icon=request.state.icon, detail=reason, request=request.id)
    return request


def refuse_unless(event: str, request: DocumentRequest) -> None:
    """Raises Refused when this cannot happen with the stuk as it stands."""
    if not states.allowed(event, request.status):
        said = N_("%(title)s: dit kan niet meer, want de status is %(status)s.")
        raise Refused(said, title=request.title, status=request.state.title)


def forgotten() -> dict[str, Any]:
    """The columns of a stuk of which nobody has said anything yet; what was said stands in its history."""
    return {
        "office_verdict": states.NONE, "office_verdict_at": None, "office_reason": "", "office_text": "",
        "client_text": "", "dated_on": None, "valid_until": None, "reviewer_id": None,
    }  # fmt: skip


def as_new(request: DocumentRequest) -> dict[str, Any]:
    """The columns of a stuk of which a newer file comes in: what was said was about another one."""
    lender = {"lender_verdict": states.NONE} if request.lender_verdict in states.LENDER_SAYS_OF_FILE else {}
    return forgotten() | lender


def expire(after: int = 0) -> None:
    """Job: approved stukken that are no longer good are asked again, as long as their dossier is open: a stretch of
    them from behind the id `after`, the next in a transaction of its own."""
    stretch = queries.outdated(today(), after)
    for request in stretch:
        said = f"Het document was geldig tot en met {request.valid_until:%d-%m-%Y}."
        move(request, "expire", None, said, client_text=said)
    if len(stretch) == queries.AT_ONCE:
        enqueue(EXPIRE, stretch[-1].id)

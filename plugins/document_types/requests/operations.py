"""Verbs of stukken: ask them, take files in, judge them, let them lapse. Each step is written down."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from crm.plugin import (
    N_,
    Document,
    Dossier,
    Product,
    Refused,
    Service,
    User,
    check_version,
    db,
    delete,
    post,
    remove_document,
    save,
    save_many,
    today,
    utcnow,
)
from plugins.document_types import queries as catalogue
from plugins.document_types import terms, words
from plugins.document_types.requests import queries, states, validity
from plugins.document_types.requests.holding import hold, hold_list
from plugins.document_types.requests.models import DocumentRequest, RequestFile
from plugins.document_types.requests.wanting import Wanted

PARTLY_TEXT = "Een deel is goed en blijft bewaard. Wat nog ontbreekt: {}"
AT_MOST_NAMED = 12


# --- Asking --------------------------------------------------------------------------------------------------


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
    lapsed = {one.key: one for one in queries.requests_of(dossier.id) if one.status == states.WITHDRAWN}
    places = place_under(dossier, part)
    asked: list[DocumentRequest] = []
    new: list[DocumentRequest] = []
    for one in wanted:
        if again := lapsed.pop(one.key, None):
            asked.append(restore(again, user))
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
    """Back on the list; what came in and was judged before still counts, and what nobody saw yet is reviewed."""
    refuse_unless("restore", hold(request))
    if request.has_unseen:
        return move(request, "restore", user, to=states.SUBMITTED, **as_new(request))
    to = states.after_restore(request.office_verdict, request.lender_verdict)
    return move(request, "restore", user, to=states.EXPIRED if to == states.APPROVED and request.is_outdated else to)


def reopen(request: DocumentRequest, user: User | None, reason: str) -> DocumentRequest:
    """Ask it once more, as if nothing had come in: a new rate, another employer."""
    return move(request, "reopen", user, reason, **(forgotten() | {"client_text": reason}))


def move(
    request: DocumentRequest, event: str, user: User | None, reason: str = "", to: str = "", **values: Any
) -> DocumentRequest:
    """Let something happen with a stuk: its status, and a post in the dossier's feed. Raises Refused when it cannot."""
    hold_list(request.dossier_id)
    refuse_unless(event, request)
    was, request.status = request.state.title, to or states.EVENTS[event].target
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


# --- Files ---------------------------------------------------------------------------------------------------


def give(request: DocumentRequest, document: Document, user: User | None, *, was_there: bool = False) -> RequestFile:
    """A document of the dossier is what was asked (U-030); it counts once it was checked. Raises Refused.

    Given twice it stays one. A document without a type gets that of the stuk. `was_there` as in RequestFile.
    """
    if document.subject_ref != ("dossier", request.dossier_id):
        raise Refused("Dit document hoort bij een ander dossier.")
    request = hold(request)
    refuse_full(request)
    for file in request.files:
        if file.document_id == document.id:
            return file
    if document.current is None and not document.is_checking:
        raise Refused("%(name)s is geweigerd: er is niets van bewaard.", name=document.name)
    file = RequestFile(request_id=request.id, document_id=document.id, document=document, was_there=was_there)
    if not document.document_type:
        document.document_type = request.type.key
        save(document, user)
    save(file, user)
    db.session.expire(request, ["files"])
    if document.current is not None:
        take_in(file, user)
    return file


def give_all(request: DocumentRequest, documents: Sequence[Document], user: User) -> list[RequestFile]:
    """Documents that are in the dossier already are what was asked. Raises Refused for none, and when one can't be."""
    if not documents:
        raise Refused("Kies ten minste één document.")
    return [give(request, one, user, was_there=True) for one in documents]


def give_to(document: Document, requests: Sequence[DocumentRequest], user: User) -> list[RequestFile]:
    """The same the other way round: one document is what several stukken ask."""
    if not requests:
        raise Refused("Kies ten minste één stuk.")
    return [give(one, document, user, was_there=True) for one in requests]


def refuse_full(request: DocumentRequest) -> None:
    """Raises Refused for a stuk that takes no files: approved, or off the list."""
    if not states.allowed("submit", request.status):
        said = N_("%(title)s is %(status)s. Vraag het eerst opnieuw; daarna kan er een bestand bij.")
        raise Refused(said, title=request.title, status=request.state.title)


def came_in(document: Document, user: User | None) -> None:
    """A file was checked and may be seen: the stukken it was given for are submitted, with nothing said of it yet
    (U-038). A newer version of a file counts as a new file."""
    for file in queries.files_of(document.id):
        if not file.is_combined:
            take_in(file, user)


def take_in(file: RequestFile, user: User | None) -> None:
    """What can be seen of a file now is to be reviewed; of a stuk that is off the list once it is back there."""
    request = hold(file.request)
    file.came_in_at, file.verdict = utcnow(), ""
    save(file, user)
    db.session.expire(request, ["files"])
    event = "renew" if request.status == states.APPROVED else "submit"
    if states.allowed(event, request.status):
        move(request, event, user, **as_new(request))


def as_new(request: DocumentRequest) -> dict[str, Any]:
    """The columns of a stuk of which a newer file came in: a rejection was about another one."""
    lender = {"lender_verdict": states.NONE} if request.lender_verdict == states.REJECTED else {}
    return forgotten() | lender


def take_back(file: RequestFile, user: User | None) -> DocumentRequest:
    """Who gave a file takes it back before anybody judged it: the file goes, and without another the stuk is asked
    again. A document that was there before stays, so that anybody may take it back. Raises Refused."""
    request = hold(file.request)
    if file.is_combined:
        raise Refused("Dit is de pdf van de foto's. Neem een foto terug, dan wordt hij opnieuw gemaakt.")
    if file.verdict or request.status not in (states.SUBMITTED, *states.TO_DELIVER):
        raise Refused("Dit bestand is al bekeken en blijft daarom staan.")
    document = file.document
    if not file.was_there and document.author_id != (user.id if user else None):
        raise Refused("Alleen wie dit bestand gaf, neemt het terug. Verwijder anders het document zelf.")
    delete(file, user)
    db.session.expire(request, ["files"])
    if not file.was_there and not queries.files_of(document.id):
        remove_document(document, user)
    let_go(request.dossier_id, user)
    return request


def let_go(dossier_id: int, user: User | None) -> None:
    """Stukken of which the last file went are asked again."""
    for request in queries.without_files(dossier_id):
        move(request, "take_back", user)


# --- The office's verdict ------------------------------------------------------------------------------------


def begin_review(request: DocumentRequest, user: User) -> DocumentRequest:
    """Somebody opens what came in (domain.md §5.3); who comes second, or after a verdict, changes nothing."""
    held = hold(request)
    if not held.waits_for_reviewer:
        return held
    return move(held, "begin_review", user, reviewer_id=user.id, reviewer=user)


def approve(
    request: DocumentRequest, user: User, dated_on: dt.date | None = None, valid_until: dt.date | None = None
) -> DocumentRequest:
    """The newest file is good (U-044). Where its age counts the date on the document is needed, and it must be good
    today. Raises Refused."""
    refuse_unless("approve", hold(request))
    if validity.asks_date(request.type) and dated_on is None:
        raise Refused("Vul de datum in die op het document staat.")
    if dated_on and dated_on > today():
        raise Refused("De datum op het document ligt in de toekomst. Kijk die na.")
    last = validity.last_day(request.type, dated_on) or valid_until
    if last and last < today():
        said = N_("Dit document is niet meer geldig: het was goed tot en met %(day)s. Keur het af met de reden.")
        raise Refused(said, day=f"{last:%d-%m-%Y}")
    values = verdict(request, states.APPROVED, user)
    return move(request, "approve", user, dated_on=dated_on, valid_until=last, client_text="", **values)


def reject(request: DocumentRequest, user: User, reason: str, text: str = "") -> DocumentRequest:
    """It is not good, for one of the reasons of its type; `text` is what the adviser adds, needed where the reason says
    nothing without it (domain.md §4.4, U-040). Raises Refused."""
    refuse_unless("reject", hold(request))
    known = next((one for one in catalogue.reasons_for(request.type) if one.key == reason), None)
    if known is None:
        raise Refused("Kies waarom het stuk wordt afgekeurd.")
    text = text.strip()
    if not text and terms.EXPLANATION_WORD in known.text:
        raise Refused("Schrijf erbij wat er mis is: de klant leest dit.")
    said = words.reason(known.text, request.type, text)
    if text and text not in said:
        said = f"{said} {text}"
    values = verdict(request, states.REJECTED, user, reason, text)
    return move(request, "reject", user, said, **values, client_text=said)


def partly(request: DocumentRequest, user: User, missing: str) -> DocumentRequest:
    """What came in is good and kept, but something is missing, which the client reads. Raises Refused without it."""
    refuse_unless("partly", hold(request))
    missing = missing.strip()
    if not missing:
        raise Refused("Schrijf wat er nog ontbreekt: de klant leest dit.")
    said = PARTLY_TEXT.format(missing)
    values = verdict(request, states.PARTLY, user, text=missing)
    return move(request, "partly", user, said, **values, client_text=said)


def verdict(request: DocumentRequest, key: str, user: User, reason: str = "", text: str = "") -> dict[str, Any]:
    """The columns of the office's verdict; the files it is about are marked with it. The caller saves the stuk."""
    judged = [file for file in request.files if file.came_in_at and not file.verdict]
    for file in judged:
        file.verdict = key
    save_many(judged, user)
    return {"office_verdict": key, "office_verdict_at": utcnow(), "office_reason": reason, "office_text": text}


def look_again(request: DocumentRequest, user: User) -> DocumentRequest:
    """Take the office's verdict back: the newest file is to be reviewed once more. Raises Refused."""
    refuse_unless("look_again", hold(request))
    if request.lender_verdict == states.REJECTED:
        raise Refused("De maatschappij keurde dit af. Wacht op een nieuw bestand, of leg haar nieuwe oordeel vast.")
    newest = next((file for file in request.files if file.came_in_at), None)
    if newest is None:
        raise Refused("Er is nog geen bestand om te beoordelen.")
    again = [newest, *(file for file in request.files if newest.is_combined and file.version_id in newest.parts)]
    for file in again:
        file.verdict = ""
    save_many(again, user)
    return move(request, "look_again", user, **(forgotten() | {"reviewer_id": user.id}))


# --- The maatschappij's verdict ------------------------------------------------------------------------------


def hear_lender(
    request: DocumentRequest, said: str, user: User | None, text: str = "", at: dt.datetime | None = None
) -> DocumentRequest:
    """What the maatschappij says of a stuk (domain.md §3.5); said again, or older than what is known, it changes
    nothing. A rejection by either wins (U-041). Raises Refused for a rejection without text."""
    hold(request)
    text = text.strip()
    if at and request.lender_status_at and at < request.lender_status_at:
        return request
    if (said, text) == (request.lender_verdict, request.lender_text):
        return heard(request, at, user)
    if said in (states.REJECTED, states.CANCELLED) and not text:
        raise Refused("Schrijf wat de maatschappij erbij zegt.")
    values = {"lender_verdict": said, "lender_verdict_at": utcnow(), "lender_text": text}
    values["lender_status_at"] = at or request.lender_status_at
    if said != states.NONE:
        to = states.after_lender(said, request.office_verdict)
        told = {"client_text": text} if said == states.REJECTED else {}
        return move(request, f"lender_{said}", user, text, to, **values, **told)
    if is_asked_again(request):
        return move(request, "lender_none", user, text, **(forgotten() | values | {"client_text": text}))
    for name, value in values.items():
        setattr(request, name, value)
    saved: DocumentRequest = save(request, user)
    return saved


def is_asked_again(request: DocumentRequest) -> bool:
    """Does "aan te leveren" of the maatschappij undo something: its own yes (a new rate or offer), or what it alone had
    received? What the office has and the maatschappij did not see yet is never undone (domain.md §3.5)."""
    if request.status == states.APPROVED:
        return request.lender_verdict in states.LENDER_SAYS_YES
    return request.status in states.TO_REVIEW and request.office_verdict == states.NONE and not request.needs_review


def heard(request: DocumentRequest, at: dt.datetime | None, user: User | None) -> DocumentRequest:
    """The maatschappij said the same again at this moment: what it said before that is old from now on."""
    if at and (request.lender_status_at is None or at > request.lender_status_at):
        request.lender_status_at = at
        save(request, user)
    return request


def tell_client(request: DocumentRequest, text: str, user: User, version: int | None = None) -> DocumentRequest:
    """Other words for the client than those of a reason or the maatschappij. Raises Refused, Conflict."""
    check_version(request, version)
    if request.status == states.REJECTED and not text.strip():
        raise Refused("Schrijf wat de klant moet doen.")
    request.client_text = text.strip()
    saved: DocumentRequest = save(request, user)
    return saved


# --- Time ----------------------------------------------------------------------------------------------------


def expire() -> None:
    """Job: approved stukken that are no longer good are asked again, as long as their dossier is open."""
    last = 0
    while outdated := queries.outdated(today(), last):
        for request in outdated:
            last = request.id
            if request.dossier.is_open:
                said = f"Het document was geldig tot en met {request.valid_until:%d-%m-%Y}."
                move(request, "expire", None, said, client_text=said)

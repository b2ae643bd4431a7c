"""Verbs of judging stukken: the office's verdict, and what the maatschappij says. The two are kept apart."""

import datetime as dt
from typing import Any

from crm.plugin import N_, Refused, User, check_version, save, save_many, today, utcnow
from plugins.document_types import queries as catalogue
from plugins.document_types import terms, words
from plugins.document_types.requests import states, validity
from plugins.document_types.requests.holding import hold
from plugins.document_types.requests.models import DocumentRequest
from plugins.document_types.requests.operations import forgotten, move, refuse_unless

PARTLY_TEXT = "Een deel is goed en blijft bewaard. Wat nog ontbreekt: {}"


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
        return move(request, "lender_none", user, text, **(forgotten() | values))
    if request.status in states.TO_REVIEW and request.office_verdict == states.APPROVED:
        return move(request, "lender_none", user, text, states.APPROVED, **values)
    for name, value in values.items():
        setattr(request, name, value)
    saved: DocumentRequest = save(request, user)
    return saved


def hear_cancelled(request: DocumentRequest, text: str, user: User | None, at: dt.datetime | None) -> None:
    """The maatschappij lets go of what the office took off the list already: what it says later is news, and what it
    thought before no longer counts."""
    hold(request)
    if at and request.lender_status_at and at < request.lender_status_at:
        return
    if request.lender_verdict != states.CANCELLED:
        request.lender_verdict, request.lender_verdict_at, request.status_before = states.CANCELLED, utcnow(), ""
    request.lender_text, request.lender_status_at = text, at or request.lender_status_at
    save(request, user)


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

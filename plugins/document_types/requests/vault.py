"""Stukken in the client's vault: what each applicant sees of them, and files that come in from there."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import or_, select

from crm.plugin import N_, DocumentVersion, Dossier, Refused, Relation, StoredFile, db, receive_document, sent_before
from plugins.document_types.requests import giving, queries, states
from plugins.document_types.requests.models import DocumentRequest, RequestFile

PREFIX = "stuk-"
# What the vault protocol calls where a stuk stands.
STATES = {
    states.OPEN: "open",
    states.SUBMITTED: "received",
    states.IN_REVIEW: "in_review",
    states.APPROVED: "approved",
    states.REJECTED: "rejected",
    states.EXPIRED: "expired",
}
CHECKING, REFUSED, CHECKED = "checking", "refused", "checked"
# What the client reads of a file that he sent: where its check stands, then the verdict.
WORDS = {
    CHECKING: N_("Ontvangen. Nu controleren wij het bestand."),
    REFUSED: N_("Niet te gebruiken. Stuur het opnieuw."),
    CHECKED: N_("Gecontroleerd"),
    states.APPROVED: N_("Goed"),
    states.PARTLY: N_("Goed, deze blijft staan"),
    states.REJECTED: N_("Afgekeurd"),
}
NEWER = (CHECKING, REFUSED)  # say more than the verdict of what came before
PARTIAL = N_("Deels goed. Stuur nog wat ontbreekt.")
SENT = "vault:"  # begins the token of a file that came from there


def items(person: Relation) -> list[tuple[str, str, dict[str, Any]]]:
    """What the vault says of the stukken of everything this person applied for (U-035): the stukken of his own and
    those of nobody in particular, never those of the other applicant."""
    mine = select(Dossier).where(or_(Dossier.relation_id == person.id, Dossier.partner_id == person.id))
    found = []
    for dossier in db.session.scalars(mine.order_by(Dossier.id)).unique():
        for place, request in enumerate(queries.requests_of(dossier.id)):
            if request.relation_id in (None, person.id) and (says := content(dossier, request, place)):
                found.append(("request", f"{PREFIX}{request.id}", says))
    return found


def content(dossier: Dossier, request: DocumentRequest, place: int) -> dict[str, Any] | None:
    """Item `request` of the vault protocol; None for what the client does not see. The dienst is not named
    (U-080)."""
    view = request.client_view
    if view is None:
        return None
    files = [about for file in reversed(request.files) for about in told(file)]
    state = state_of(request, view, files)
    return {
        "title": request.title.removesuffix(f" – {request.person.name}") if request.person else request.title,
        "group": request.product.title if request.product else dossier.type_title,
        "explanation": request.explained,
        "until": request.due_on.isoformat() if request.due_on else "",
        "place": place,
        "state": state,
        "words": WORDS[state] if state in NEWER else PARTIAL if state == "partial" else view.text,
        "message": view.message,
        "by": looked_at_by(request),
        "may_upload": view.may_upload and dossier.is_open,
        "accepts": request.type.endings.split(",") if request.type.formats else [],
        "files": files,
    }


def state_of(request: DocumentRequest, view: states.ClientView, files: Sequence[dict[str, Any]]) -> str:
    """Where a stuk stands: of what is still to be delivered, a file that is being checked now or cannot be used says
    more than the verdict of what came before it."""
    if view.status in states.TO_DELIVER and files and files[-1]["state"] in NEWER:
        return files[-1]["state"]
    if view.status == states.REJECTED and request.office_verdict == states.PARTLY:
        return "partial"
    return STATES[view.status]


def looked_at_by(request: DocumentRequest) -> str:
    """Who reviews it: who opened the review, else the adviser."""
    who = request.reviewer or request.dossier.adviser
    return who.name if who else ""


def told(file: RequestFile) -> Iterator[dict[str, Any]]:
    """What the client reads of a file that he sent himself; of others he reads nothing."""
    for version in file.document.versions:
        if version.token and version.token.startswith(SENT):
            state, why = checked(file, version)
            name, words = version.filename, WORDS[file.verdict if state == CHECKED and file.verdict else state]
            yield {
                "upload": version.token.removeprefix(SENT), "name": name, "state": state, "words": words, "why": why,
                "may_withdraw": not giving.is_looked_at(file),
            }  # fmt: skip


def checked(file: RequestFile, version: DocumentVersion) -> tuple[str, str]:
    """Where the check of a file that came in stands; of one that is of no use, why and what to do."""
    if version.reason:
        return REFUSED, version.refusal
    if not version.shown_as:
        return CHECKING, ""
    if file.is_unfit and not file.came_in_at:
        return REFUSED, f"Dit soort bestand past hier niet. Stuur het als {file.request.type.format_names}."
    return CHECKED, ""


def take_in(person: Relation, name: str, file_name: str, file: StoredFile, token: str) -> bool:
    """A file that this person sent for one of his stukken becomes a document of the dossier, given for the stuk
    (U-030); told again it is the same one. A stuk that takes none any more leaves it in the dossier."""
    request = asked_of(person, name)
    if request is None:
        return False
    if sent_before(token):
        return True
    about = ("dossier", request.dossier_id)
    document = receive_document(about, file_name, file, None, source="client", token=token, sender=person.name)
    with suppress(Refused):
        giving.give(request, document, None)
    return True


def asked_of(person: Relation, name: str) -> DocumentRequest | None:
    """The stuk of this name, when it is asked of this person."""
    number = name.removeprefix(PREFIX)
    request = db.session.get(DocumentRequest, int(number)) if number.isdecimal() and name.startswith(PREFIX) else None
    if request is None or request.relation_id not in (None, person.id):
        return None
    return request if person in request.dossier.applicants else None


def take_back(person: Relation, name: str, token: str) -> bool:
    """This person wants a file back that he sent: until somebody looked at it, it goes; later it stays, and he reads
    so."""
    request = asked_of(person, name)
    if request is None:
        return False
    sent = (file for file in request.files if any(one.token == token for one in file.document.versions))
    if file := next(sent, None):
        with suppress(Refused):
            giving.take_back(file, None)
    return True

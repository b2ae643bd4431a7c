"""Stukken in the client's vault: what each applicant sees of them, and files that come in from there."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select

from crm.plugin import Dossier, Refused, Relation, StoredFile, db, receive_document, sent_before
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
CHECKED, CHECKING, REFUSED = "Gecontroleerd", "Ontvangen. Nu controleren wij het bestand.", "Niet te gebruiken"
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
    is_partly = view.status == states.REJECTED and request.office_verdict == states.PARTLY
    return {
        "title": request.title,
        "group": request.product.title if request.product else dossier.type_title,
        "explanation": request.explained,
        "until": request.due_on.isoformat() if request.due_on else "",
        "place": place,
        "state": "partial" if is_partly else STATES[view.status],
        "words": view.text,
        "message": view.message,
        "may_upload": view.may_upload and dossier.is_open,
        "accepts": request.type.endings.split(",") if request.type.formats else [],
        "files": [about for file in request.shown_files for about in told(file)],
    }


def told(file: RequestFile) -> Iterator[dict[str, str]]:
    """What the client reads of a file that he sent himself; of others he reads nothing."""
    for version in file.document.versions:
        if version.token and version.token.startswith(SENT):
            words = CHECKED if version is file.document.current else CHECKING if not version.reason else REFUSED
            yield {"upload": version.token.removeprefix(SENT), "name": version.filename, "words": words}


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
    try:
        giving.give(request, document, None)
    except Refused:
        return True
    return True


def asked_of(person: Relation, name: str) -> DocumentRequest | None:
    """The stuk of this name, when it is asked of this person."""
    number = name.removeprefix(PREFIX)
    request = db.session.get(DocumentRequest, int(number)) if number.isdecimal() and name.startswith(PREFIX) else None
    if request is None or request.relation_id not in (None, person.id):
        return None
    return request if person in request.dossier.applicants else None

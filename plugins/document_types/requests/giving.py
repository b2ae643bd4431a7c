"""Verbs of the files of stukken: give one, let it count once it was checked, take it back."""

from collections.abc import Sequence

from crm.plugin import N_, Document, Refused, User, db, delete, remove_document, save, utcnow
from plugins.document_types.requests import queries, states
from plugins.document_types.requests.holding import hold
from plugins.document_types.requests.models import DocumentRequest, RequestFile
from plugins.document_types.requests.operations import as_new, move


def give(request: DocumentRequest, document: Document, user: User | None, *, was_there: bool = False) -> RequestFile:
    """A document of the dossier is what was asked (U-030); it counts once it was checked. Raises Refused.

    Given twice it stays one. A document without a type gets that of the stuk. `was_there` as in RequestFile.
    """
    request = hold(request)
    refuse_unfit(request, document)
    for file in request.files:
        if file.document_id == document.id:
            return file
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
    held = hold(request)
    for one in documents:
        refuse_unfit(held, one)
    return [give(request, one, user, was_there=True) for one in documents]


def give_to(document: Document, requests: Sequence[DocumentRequest], user: User) -> list[RequestFile]:
    """The same the other way round: one document is what several stukken ask."""
    if not requests:
        raise Refused("Kies ten minste één stuk.")
    for one in requests:
        refuse_unfit(hold(one), document)
    return [give(one, document, user, was_there=True) for one in requests]


def refuse_unfit(request: DocumentRequest, document: Document) -> None:
    """Raises Refused for a document that cannot be given for this stuk. Of several, all are asked before the first is
    given: the page that says why shows what is there."""
    if document.subject_ref != ("dossier", request.dossier_id):
        raise Refused("Dit document hoort bij een ander dossier.")
    refuse_full(request)
    if document.current is None and not document.is_checking:
        raise Refused("%(name)s is geweigerd: er is niets van bewaard.", name=document.name)
    if document.current is not None and not request.type.takes(document.current):
        said = N_("%(name)s past niet bij %(title)s. Daarvoor is %(formats)s nodig: vraag het bestand in die vorm.")
        raise Refused(said, name=document.name, title=request.title, formats=request.type.format_names)


def refuse_full(request: DocumentRequest) -> None:
    """Raises Refused for a stuk that takes no files: approved, or off the list."""
    if not states.allowed("submit", request.status):
        said = N_("%(title)s is %(status)s. Vraag het eerst opnieuw; daarna kan er een bestand bij.")
        raise Refused(said, title=request.title, status=request.state.title)


def came_in(document: Document, user: User | None) -> None:
    """A file was checked and may be seen: the stukken it was given for are submitted, with nothing said of it yet
    (U-038). A newer version of a file counts as a new file, also one that somebody adds to the PDF of photos. What is
    of a kind that the type does not take stays in the dossier and submits nothing, unless it is a newer version of what
    came in: somebody has to look at that."""
    for file in queries.files_of(document.id):
        if file.is_combined and file.parts:
            continue
        if file.is_combined:
            file.is_combined = False
            save(file, user)
        if file.came_in_at or not file.is_unfit:
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
    elif request.status == states.WITHDRAWN:
        request.status_before = states.SUBMITTED
        save(request, user)


def take_back(file: RequestFile, user: User | None) -> DocumentRequest:
    """Who gave a file takes it back before anybody judged it: the file goes, and without another the stuk is asked
    again. A document that was there before stays, so that anybody may take it back. Raises Refused."""
    request = hold(file.request)
    if file.is_combined:
        raise Refused("Dit is de pdf van de foto's. Neem een foto terug, dan wordt hij opnieuw gemaakt.")
    if is_looked_at(file):
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


def is_looked_at(file: RequestFile) -> bool:
    """Did somebody judge it, or begin to review its stuk?"""
    return bool(file.verdict) or file.request.status not in (states.SUBMITTED, *states.TO_DELIVER)


def let_go(dossier_id: int, user: User | None) -> None:
    """Stukken of which the last file went are asked again."""
    for request in queries.without_files(dossier_id):
        move(request, "take_back", user)

"""Photos given for a stuk become one PDF, in the order they came: that is what one reviews, and what lenders take.

A job makes it, and makes it anew when a photo comes or goes before anybody judged it. The photos themselves stay until
the stuk is approved. Each step looks at what there is, so that it may be done twice, or late.
"""

from collections.abc import Sequence

from crm.plugin import (
    N_,
    Document,
    DocumentVersion,
    Job,
    User,
    db,
    enqueue,
    join_versions,
    post,
    remove_document,
    save,
    utcnow,
)
from plugins.document_types.requests import queries, states
from plugins.document_types.requests.holding import hold
from plugins.document_types.requests.models import DocumentRequest, RequestFile

COMBINE, DROP = "document_types.combine_photos", "document_types.drop_photos"


def jobs() -> list[Job]:
    """Making the PDF, and letting the photos go."""
    return [Job(COMBINE, combine), Job(DROP, drop)]


def came_in(file: RequestFile) -> None:
    """A file of a stuk may be seen: a photo goes into the PDF, and what was a photo before leaves it."""
    if file.is_photo or open_pdf(file.request):
        enqueue(COMBINE, file.request_id)


def went(dossier_id: int) -> None:
    """A document of a dossier was taken away: perhaps a photo."""
    for request in queries.with_open_pdf(dossier_id):
        if outdated(request):
            enqueue(COMBINE, request.id)


def outdated(request: DocumentRequest) -> bool:
    """Is the PDF that nobody judged made of other photos than there are now?"""
    pdf = open_pdf(request)
    return [one.id for one in pages(photos(request))] != (pdf.document.newest.parts if pdf else [])


def photos(request: DocumentRequest) -> list[RequestFile]:
    """The photos to review, the first that came in front, after those of which somebody said that they are good; none
    when there is none to review."""
    mine = [
        file
        for file in reversed(request.files)
        if file.is_photo and file.came_in_at and file.verdict in ("", states.PARTLY)
    ]
    return mine if any(not file.verdict for file in mine) else []


def pages(files: Sequence[RequestFile]) -> list[DocumentVersion]:
    """What is seen of these files."""
    return [file.document.current for file in files if file.document.current]


def open_pdf(request: DocumentRequest) -> RequestFile | None:
    """The PDF of photos that nobody judged yet."""
    return next((file for file in request.files if file.is_combined and not file.verdict), None)


def combine(request_id: int) -> None:
    """Job: make one PDF of the photos of a stuk. Done twice it changes nothing."""
    request = whole(request_id)
    if request is None or not outdated(request):
        return
    mine, pdf = photos(request), open_pdf(request)
    if not mine:
        if pdf:
            remove_document(pdf.document, None, told=False)
        return
    about, user = pdf.document if pdf else ("dossier", request.dossier_id), mine[-1].document.author
    made = join_versions(about, pages(mine), request.title, user, request.type.key)
    if pdf is None:
        save(RequestFile(request_id=request.id, document_id=made.id, is_combined=True), user)


def whole(request_id: int) -> DocumentRequest | None:
    """A stuk with its files, held: whoever else wants to change it waits."""
    known = db.session.get(DocumentRequest, request_id)
    return queries.whole_request(hold(known).id) if known else None


def pdf_is_made(document: Document, user: User | None) -> None:
    """A document may be seen: when it is the PDF of photos, it counts as they do."""
    for file in queries.files_of(document.id):
        if file.is_combined:
            arrive(file, user)


def arrive(pdf: RequestFile, user: User | None) -> None:
    """What was said of its photos meanwhile is said of the PDF; it submits nothing, as they did."""
    request = pdf.request
    said = {file.verdict for file in within(request, pdf)}
    pdf.came_in_at, pdf.verdict = utcnow(), said.pop() if len(said) == 1 else ""
    save(pdf, user)
    if request.status == states.APPROVED:
        let_go(request)


def within(request: DocumentRequest, pdf: RequestFile) -> list[RequestFile]:
    """The photos that are pages of a PDF."""
    return [file for file in request.files if file.is_photo and file.version_id in pdf.parts]


def let_go(request: DocumentRequest) -> None:
    """The stuk is approved: its photos may go."""
    if any(file.is_combined for file in request.files):
        enqueue(DROP, request.id)


def drop(request_id: int) -> None:
    """Job: take away the photos of an approved stuk that are in its PDF.

    What was in the dossier before, what is Publiek and what another stuk has too stays.
    """
    request = whole(request_id)
    if request is None or request.status != states.APPROVED:
        return
    mine = [file for pdf in request.files if pdf.is_combined for file in within(request, pdf)]
    gone = {file.document_id: file.document for file in mine if not file.was_there and not file.document.is_public}
    alone = [document for document in gone.values() if len(queries.files_of(document.id)) == 1]
    for document in alone:
        remove_document(document, None, told=False)
    stay_as_they_are(request)
    if alone:
        said = N_("Losse foto's weggedaan, ze staan in de pdf van %(title)s: %(count)s")
        about, values = ("dossier", request.dossier_id), {"title": request.title, "count": len(alone)}
        post(about, "document_request", None, said, values, icon="photo", request=request.id)


def stay_as_they_are(request: DocumentRequest) -> None:
    """The PDFs are files as any other from now on: nothing makes them anew of photos that are gone."""
    for pdf in request.files:
        if pdf.is_combined and pdf.document.current is pdf.document.newest:
            pdf.is_combined = False
            save(pdf, None)

"""Windows of documents: the list in a record's page, uploads, one document, its files."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import quote, unquote

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm import records
from crm.access import allowed
from crm.documents import operations, queries, storage
from crm.documents.checking import SUFFIXES, largest
from crm.documents.forms import DocumentForm
from crm.documents.models import READY, Document, DocumentVersion, StoredFile
from crm.documents.names import title_of
from crm.documents.reasons import REASONS, REMOVED
from crm.formats import file_size, short_date, today, whole
from crm.records import Refused, commit
from crm.texts import gettext as _
from crm.texts import when
from crm.ui import Highlight, RecordPage
from crm.web import counts_itself, get_or_404, requires, subject_or_404, url_of

pages = Blueprint("documents", __name__)

# A file is only ever data: not run, not framed, not guessed at, not kept by a proxy.
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


def context(subject: Any, before: int | None = None) -> dict[str, Any]:
    """What `documents/_documents.html` needs for a record the caller was allowed to load."""
    found = list(queries.documents_of((subject.kind, subject.id), before))
    return {
        "subject": subject,
        "documents": found[: queries.PAGE],
        "more": found[queries.PAGE - 1].id if len(found) > queries.PAGE else None,
        "types": queries.type_names() if any(document.document_type for document in found) else {},
        "joinable": joinable_count(found[: queries.PAGE]),
        "checking": any(document.is_checking for document in found[: queries.PAGE]),
        "reasons": REASONS,
        "largest": largest(),
    }


def joinable_count(documents: list[Document]) -> int:
    """How many may become one PDF: none while the list still changes, or for who only reads."""
    if not allowed(current_user, "documents.write") or any(document.is_checking for document in documents):
        return 0
    return sum(bool(document.current and document.current.is_joinable) for document in documents)


@pages.get("/documents/<kind>/<int:id>")
@requires("documents.read", in_background=True)
def listed(kind: str, id: int) -> str:
    """The list alone, as it is now (htmx): while files are checked, and after an upload."""
    subject = subject_or_404(kind, id)
    return render_template("documents/_list.html", **context(subject, request.args.get("before", type=int)))


@pages.post("/documents/<kind>/<int:id>/upload")
@requires("documents.write")
@counts_itself
def upload(kind: str, id: int) -> Any:
    """Take files in: one as the body of a request by our script, or those of a plain form."""
    subject = subject_or_404(kind, id)
    return take_in_about(subject, url_of(subject, tab="documents"))


def take_in_about(subject: Any, back: str, given: Callable[[Document], Any] | None = None) -> Any:
    """The answer to an upload (`documents/_upload.html`) of files about a record; `given` is told of each document.

    For a view marked `counts_itself`. What was loaded before is loaded anew by `given`: a transaction ends in between.
    """
    about = (subject.kind, subject.id)

    def receive(filename: str, file: StoredFile, token: str | None) -> Document:
        document = operations.receive(about, filename, file, current_user, token=token)
        if given:
            given(document)
        return document

    return take_in(receive, back)


@pages.post("/documents/<kind>/<int:id>/join")
@requires("documents.write")
def join(kind: str, id: int) -> AnyResponse:
    """*Samenvoegen*: one PDF of what was ticked, the oldest in front."""
    subject = subject_or_404(kind, id)
    ids = sorted(set(request.form.getlist("document", type=whole)))[: queries.PAGE]
    found = records.find_all((("document", one) for one in ids), current_user)
    chosen = [found["document", one] for one in ids if ("document", one) in found]
    try:
        made = operations.join([one for one in chosen if one.subject_ref == (kind, id)], joined_name(), current_user)
    except Refused as refusal:
        flash(str(refusal), "error")
        return redirect(url_of(subject, tab="documents"), 303)
    return redirect(url_of(made), 303)


def joined_name() -> str:
    """What a joined document is called until somebody says otherwise."""
    return _("Samengevoegd %(day)s", day=short_date(today()))


@pages.post("/documents/<int:id>/versions")
@requires("documents.write")
@counts_itself
def add_version(id: int) -> Any:
    """A newer file of a document."""
    document: Document = get_or_404("document", id)

    def receive(filename: str, file: StoredFile, token: str | None) -> Document:
        found: Document = get_or_404("document", id)
        operations.add_version(found, filename, file, current_user, token=token)
        return found

    return take_in(receive, url_of(document))


Receive = Callable[[str, StoredFile, str | None], Document]


def take_in(receive: Receive, back: str) -> Any:
    """Keep the files of this request and `receive` each; the answer is for a script or leads `back`.

    The transaction ends before a byte is read: a slow line holds no lock.
    """
    if request.mimetype == "multipart/form-data":
        return take_in_form(receive, back)
    sealer, most = storage.sealer(), largest()
    commit()
    try:
        file = sealer.keep(at_most(request.stream, most, request.content_length))
    except Refused as refusal:
        return jsonify(message=str(refusal)), 422
    try:
        document = receive(unquote(request.headers.get("X-File-Name", "")), file, sending())
    except Refused as refusal:
        return jsonify(message=str(refusal)), 422
    same = queries.same_file(file, document.subject_ref or ("", 0))
    return jsonify(id=document.id, name=document.name, url=url_of(document), same=same.name if same else "")


def sending() -> str | None:
    """The name of this sending: one's own and for this address, so that nobody is answered with what another sent."""
    name = request.headers.get("X-Upload", "")[:64]
    return f"{current_user.id}:{request.path}:{name}" if name else None


def take_in_form(receive: Receive, back: str) -> AnyResponse:
    """The same for a form without script: what is refused is said, the others are kept."""
    sealer, most, kept = storage.sealer(), largest(), []
    files = [file for file in request.files.getlist("files") if file.filename]
    commit()
    for file in files:
        try:
            kept.append((file.filename or "", sealer.keep(at_most(file.stream, most))))
        except Refused as refusal:
            flash(f"{file.filename}: {refusal}", "error")
    for filename, stored in kept:
        receive(filename, stored, None)
    if not files:
        flash(_("Kies eerst een bestand."), "error")
    return redirect(back, 303)


def at_most(stream: Any, most: int, announced: int | None = None) -> Iterator[bytes]:
    """The bytes of an upload, piece by piece. Raises Refused for none and for more than `most`."""
    read = 0
    if announced is not None and announced > most:
        raise too_large(most)
    while piece := stream.read(1 << 20):
        read += len(piece)
        if read > most:
            raise too_large(most)
        yield piece
    if not read:
        reason = REASONS["empty"]
        raise Refused(reason)
    if announced is not None and read != announced:  # the browser went away
        raise Refused("De verbinding viel weg. Probeer het opnieuw.")


def too_large(most: int) -> Refused:
    return Refused(
        "Dit bestand is te groot: het mag %(most)s zijn. Maak het kleiner of splits het.", most=file_size(most)
    )


@pages.get("/documents/<int:id>")
@requires("documents.read")
def show(id: int) -> str:
    document: Document = get_or_404("document", id)
    page = RecordPage(
        document, current_user, document.name, _("Document"), "file-text", highlights(document),
        tab=request.args.get("tab", ""),
    )  # fmt: skip
    return render_template("documents/show.html", page=page)


@pages.get("/documents/<int:id>/checked")
@requires("documents.read", in_background=True)
def checked(id: int) -> Response:
    """Asked by a page that shows a document while it is checked (htmx): it is drawn anew when that is done."""
    document: Document = get_or_404("document", id)
    return Response(status=204, headers={} if document.is_checking else {"HX-Refresh": "true"})


def subject_of(document: Document) -> Any:
    """The record that a document is about."""
    return records.find(document.subject_ref, current_user)


def highlights(document: Document) -> list[Highlight]:
    """The facts under the title."""
    newest, subject = document.newest, subject_of(document)
    found = [
        Highlight(_("Toegevoegd"), when(document.created_at)),
        Highlight(_("Door"), document.author.name if document.author else "Sleutel"),
        Highlight(_("Grootte"), file_size(newest.size)),
    ]
    if document.document_type:
        names = queries.type_names()
        found.insert(0, Highlight(_("Soort"), names.get(document.document_type, document.document_type)))
    if subject is not None:
        found.insert(0, Highlight(_("Hoort bij"), records.title(subject), url_of(subject, tab="documents")))
    return found


def preview(document: Document) -> dict[str, Any]:
    """What `documents/_preview.html` needs."""
    return {"document": document, "version": document.current, "newest": document.newest, "reasons": REASONS,
            "removed": REMOVED}  # fmt: skip


def versions(document: Document) -> dict[str, Any]:
    """What `documents/_versions.html` needs."""
    return {"document": document, "reasons": REASONS, "largest": largest()}


@pages.get("/documents/<int:id>/file/<int:number>")
@requires("documents.read")
def file(id: int, number: int) -> Response:
    """The file that may be shown of a version; with `original` what came in, as the client sent it."""
    document: Document = get_or_404("document", id)
    version = queries.version_of(document, number)
    if version is None or version.state != READY:
        abort(404)
    original = "original" in request.args
    stored, mimetype = (version.original, version.mimetype) if original else (version.safe, version.shown_as)
    if stored is None:
        abort(404)
    return sent(version, stored, mimetype)


def sent(version: DocumentVersion, stored: StoredFile, mimetype: str) -> Response:
    """A stored file as a download under the name it came in with."""
    try:
        content = storage.content_of(stored)
        first = next(content)
    except FileNotFoundError:
        abort(404)
    name = title_of(version.filename) + SUFFIXES.get(mimetype, "")
    answer = Response(chain([first], content), mimetype=mimetype, headers=FILE_HEADERS)
    answer.content_length = stored.size
    answer.headers["Content-Disposition"] = attachment(name)
    return answer


def attachment(name: str) -> str:
    """A Content-Disposition for a name of any signs (RFC 6266, RFC 8187)."""
    plain = name.encode("ascii", "replace").decode().translate(str.maketrans('"\\', "__"))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@pages.post("/documents/<int:id>/public")
@requires("documents.write")
def set_public(id: int) -> AnyResponse:
    """Turn Publiek on or off (`on` is "1" or "0"): the wanted state, so that a double click does no harm."""
    document: Document = get_or_404("document", id)
    try:
        operations.set_public(document, request.form.get("on") == "1", current_user)
    except Refused as refusal:
        flash(str(refusal), "error")
    return redirect(back_to(document), 303)


def back_to(document: Document) -> str:
    """To the list the button stood in, or the document's own page."""
    subject = subject_of(document) if "list" in request.form else None
    return url_of(subject, tab="documents") if subject is not None else url_of(document)


@pages.route("/documents/<int:id>/edit", methods=["GET", "POST"])
@requires("documents.write")
def edit(id: int) -> Any:
    """*Bewerken*: name, type and date."""
    document: Document = get_or_404("document", id)
    form = DocumentForm(obj=document).fill_choices(queries.type_names())
    if form.submit(lambda: operations.edit(document, form.values(), current_user, form.version.data), "name"):
        flash(_("Het document is opgeslagen."), "message")
        return redirect(url_of(document), 303)
    return render_template("documents/edit.html", form=form, document=document), form.code


@pages.post("/documents/<int:id>/delete")
@requires("documents.write")
def delete(id: int) -> AnyResponse:
    document: Document = get_or_404("document", id)
    subject, name = subject_of(document), document.name
    operations.remove(document, current_user)
    flash(_("%(name)s is verwijderd.", name=name), "message")
    return redirect(url_of(subject, tab="documents"), 303)

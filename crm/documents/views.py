"""Windows of documents: the list in a record's page, one document, its files."""

from itertools import chain
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, flash, redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm import records
from crm.access import allowed
from crm.documents import operations, queries, storage
from crm.documents.checking import largest
from crm.documents.forms import DocumentForm
from crm.documents.models import READY, Document, DocumentVersion, StoredFile
from crm.documents.names import title_of
from crm.documents.reasons import REASONS, REMOVED
from crm.documents.sniff import ENDINGS, SUFFIXES
from crm.formats import file_size, short_date, today, whole
from crm.records import Refused
from crm.texts import gettext as _
from crm.texts import when
from crm.ui import Highlight, RecordPage
from crm.web import get_or_404, requires, say_no, subject_or_404, url_of

pages = Blueprint("documents", __name__)

# A file is only ever data: not run, not framed, not guessed at, not kept by a proxy.
ALL_ENDINGS = ",".join(ENDINGS.values())
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


def tab(subject: Any) -> dict[str, Any]:
    """What `documents/_documents.html` needs, at the page that the address names."""
    return context(subject, request.args.get("before", type=int))


def context(subject: Any, before: int | None = None) -> dict[str, Any]:
    """What `documents/_list.html` needs for a record the caller was allowed to load."""
    found = list(queries.documents_of((subject.kind, subject.id), before))
    page = found[: queries.PAGE]
    return {
        "subject": subject,
        "before": before,
        "documents": page,
        "more": found[queries.PAGE - 1].id if len(found) > queries.PAGE else None,
        "types": queries.type_names() if any(document.document_type for document in found) else {},
        "notes": queries.notes_of(page, current_user),
        "joinable": joinable_count(page),
        "checking": any(document.is_checking for document in page),
        "same": queries.names_of({one.newest.same_as_id for one in found if one.newest.same_as_id}),
        "reasons": REASONS,
        "largest": largest(),
        "endings": ALL_ENDINGS,
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
        say_no(refusal)
        return redirect(url_of(subject, tab="documents"), 303)
    return redirect(url_of(made), 303)


def joined_name() -> str:
    """What a joined document is called until somebody says otherwise."""
    return _("Samengevoegd %(day)s", day=short_date(today()))


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
        Highlight(_("Door"), document.by or "Sleutel"),
    ]
    if newest.size:  # of what was refused nothing is kept
        found.append(Highlight(_("Grootte"), file_size(newest.size)))
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
    return {"document": document, "reasons": REASONS, "largest": largest(), "endings": ALL_ENDINGS}


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
        say_no(refusal)
    return redirect(back_to(document), 303)


def back_to(document: Document) -> str:
    """To the button that was pressed: in the list, or on the document's own page."""
    subject, button = subject_of(document) if "list" in request.form else None, f"public-{document.id}"
    return url_of(subject, tab="documents", _anchor=button) if subject is not None else url_of(document, _anchor=button)


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

"""Windows of uploads: bytes first, then what they are for.

Files come in, one after another in a request, and belong to nothing yet (`send`); then the address of an upload form is
told which files are meant for it, as JSON. So several are written down in one transaction, and one that was told twice
is made once. A form without script sends both in one request.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import abort, flash, jsonify, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm.accounts.models import User
from crm.documents import operations, queries, storage
from crm.documents.blobs import blob_store
from crm.documents.checking import largest
from crm.documents.models import Document
from crm.documents.operations import Sent
from crm.documents.reasons import REASONS
from crm.documents.tickets import file_of, ticket_of
from crm.documents.views import pages
from crm.door import reads_body
from crm.formats import file_size
from crm.records import Refused, lock
from crm.texts import gettext as _
from crm.web import (
    answer_of_first,
    begin_writing,
    counts_itself,
    end_reading,
    get_or_404,
    requires,
    subject_or_404,
    url_of,
)

AT_ONCE = 50
PIECE = 1 << 20
Receive = Callable[[Sequence[Sent]], Sequence[Document]]


@pages.post("/documents/files")
@requires("documents.write")
@counts_itself
@reads_body
def send() -> Any:
    """Take in the bytes of files, one after another in the body; a file is swept away unless somebody says what it is
    for. The header X-Sizes tells their lengths in bytes, "17,4"; without it they are one file. Together they are no
    larger than one may be, so that whatever stands in front of us need not let through more.

    Answered with {"files": [{"key"} or {"message"}]} in the same order; 422 and {"message"} when none was taken in.
    No transaction is open while bytes come in: a slow line holds no lock.
    """
    sealer, most, user_id = storage.sealer(), largest(), current_user.id
    end_reading()
    sizes, empty = lengths(), REASONS["empty"]
    try:
        if sum(sizes) > most:
            raise too_large(most)
        if not any(sizes):
            raise Refused(empty)
        files = [sealer.keep(stretch(request.stream, size)) if size else None for size in sizes]
    except Refused as refusal:
        return jsonify(message=str(refusal)), 422
    return jsonify(files=[{"key": ticket_of(file, user_id)} if file else {"message": _(empty)} for file in files])


def lengths() -> list[int]:
    """Of each file in the body, in bytes. Aborts with 400 when they are not those of the body, with 411 when its own is
    not said."""
    whole_body = request.content_length or 0
    if "Transfer-Encoding" in request.headers:
        abort(411)
    said = request.headers.get("X-Sizes", str(whole_body)).split(",")
    sizes = [int(one) for one in said if one.isascii() and one.isdigit() and len(one) < 16]
    if len(sizes) != len(said) or len(sizes) > AT_ONCE or sum(sizes) != whole_body:
        abort(400)
    return sizes


@pages.post("/documents/<kind>/<int:id>/upload")
@requires("documents.write")
@counts_itself
def upload(kind: str, id: int) -> Any:
    """Files about a record."""
    subject = subject_or_404(kind, id)
    return take_in_about(subject, url_of(subject, tab="documents"))


@pages.post("/documents/<int:id>/versions")
@requires("documents.write")
@counts_itself
def add_version(id: int) -> Any:
    """A newer file of a document."""
    document: Document = get_or_404("document", id)

    def receive(sent: Sequence[Sent]) -> list[Document]:
        found: Document = get_or_404("document", id)
        for filename, file in sent:
            operations.add_version(found, filename, file, current_user)
        return [found] * len(sent)

    return take_in(receive, url_of(document))


def take_in_about(subject: Any, back: str, given: Callable[[Document], Any] | None = None) -> Any:
    """The answer to an upload (`documents/_upload.html`) of files about a record; `given` is told of each document.

    For a view marked `counts_itself`. What was loaded before is loaded anew by `given`: a transaction ends in between.
    """
    about = (subject.kind, subject.id)

    def receive(sent: Sequence[Sent]) -> list[Document]:
        documents = operations.receive_all(about, sent, current_user)
        if given:
            for document in documents:
                given(document)
        return documents

    return take_in(receive, back)


def take_in(receive: Receive, back: str) -> Any:
    """`receive` the files of this request; the answer is for a script or leads `back`."""
    return take_in_sent(receive) if request.is_json else take_in_form(receive, back)


def take_in_sent(receive: Receive) -> Any:
    """Files that came in before: {"files": [{"key", "name"}]}, by the tickets that `send` gave, is answered with as
    many of {"key", "url"} or {"key", "message"}."""
    names, user_id = asked(), current_user.id
    held = {ticket: file for ticket in names if (file := file_of(ticket, user_id))}
    begin_writing()
    files = {ticket: file for ticket, file in held.items() if blob_store().has(file.key)}  # asked in no transaction
    # The same told twice at once: the second waits, and finds what the first made.
    lock(User, user_id, beside=True)
    before = queries.sent_as([file.key for file in files.values()])
    found = {ticket: before[file.key].document for ticket, file in files.items() if file.key in before}
    dropped = queries.dropped_keys([file.key for file in files.values()])  # its document was taken away since
    # As they were chosen: photos become pages in this order.
    new = [ticket for ticket, file in files.items() if ticket not in found and file.key not in dropped]
    try:
        made = receive([(names[ticket], files[ticket]) for ticket in new]) if new else ()
    except Refused as refusal:
        return jsonify(message=str(refusal)), 422
    found |= dict(zip(new, made, strict=True))
    gone = _("Dit bestand is niet meer bij ons. Verstuur het opnieuw.")
    return jsonify(
        files=[
            {"key": key, "id": found[key].id, "name": found[key].name, "url": url_of(found[key])}
            if key in found
            else {"key": key, "message": gone}
            for key in names
        ]
    )


def asked() -> dict[str, str]:
    """{ticket of a file: what it is called}; what is not of that form is left out."""
    body = request.get_json(silent=True)
    files = body.get("files") if isinstance(body, dict) else None
    rows = [one for one in files if isinstance(one, dict)] if isinstance(files, list) else []
    return {str(one.get("key")): str(one.get("name", "")) for one in rows[:AT_ONCE]}


def take_in_form(receive: Receive, back: str) -> AnyResponse:
    """The same for a form without script: what is refused is said, the others are kept. Sent again it leads `back` too,
    and what came in with it is swept away."""
    sealer, most, kept = storage.sealer(), largest(), []
    begin_writing()
    files = [file for file in request.files.getlist("files") if file.filename]
    for file in files:
        try:
            kept.append((file.filename or "", sealer.keep(at_most(file.stream, most))))
        except Refused as refusal:
            flash(f"{file.filename}: {refusal}", "error")
    if earlier := answer_of_first():
        return earlier
    if kept:
        receive(kept)
    if not files:
        flash(_("Kies eerst een bestand."), "error")
    return redirect(back, 303)


def stretch(stream: Any, size: int) -> Iterator[bytes]:
    """The next `size` bytes, piece by piece. Raises Refused when the browser went away before."""
    left = size
    while left:
        piece = stream.read(min(PIECE, left))
        if not piece:
            raise Refused("De verbinding viel weg. Probeer het opnieuw.")
        left -= len(piece)
        yield piece


def at_most(stream: Any, most: int) -> Iterator[bytes]:
    """The bytes of an upload, piece by piece. Raises Refused for none and for more than `most`."""
    read = 0
    while piece := stream.read(PIECE):
        read += len(piece)
        if read > most:
            raise too_large(most)
        yield piece
    if not read:
        reason = REASONS["empty"]
        raise Refused(reason)


def too_large(most: int) -> Refused:
    return Refused(
        "Dit bestand is te groot: het mag %(most)s zijn. Maak het kleiner of splits het.", most=file_size(most)
    )

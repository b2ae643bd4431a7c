"""Windows of uploads: tus 1.0, core and creation. Every call carries the CSRF token in X-CSRFToken."""

from flask import Blueprint, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from crm.furniture import Refused, counts_itself, reads_body
from plugins.portal.doors.sessions import inhabitant
from plugins.portal.entrances import inside
from plugins.portal.uploads import operations, receiving, sealed
from plugins.portal.uploads.models import Upload
from plugins.portal.uploads.receiving import TUS, refused

pages = Blueprint("uploads", __name__, url_prefix="/uploads")
BYTES = "application/offset+octet-stream"


def mine(name: str) -> Upload:
    """An upload of who is logged in; any other does not exist."""
    found = operations.of_vault(inhabitant().vault, name)
    if found is None:
        raise NotFound
    return found


@pages.route("", methods=["OPTIONS"], provide_automatic_options=False)
@inside
def about() -> Response:
    return Response(status=204, headers=receiving.headers())


@pages.post("")
@inside
def begin() -> Response:
    """A new file for a request; its address is where the bytes go."""
    size, request_name = request.headers.get("Upload-Length", type=int), receiving.metadata("request")
    if size is None:
        return refused(400, "Upload-Length is needed")
    try:
        upload = operations.begin(inhabitant().vault, request_name, size, receiving.metadata("filename"))
    except Refused as refusal:
        return refused(422, str(refusal))
    return Response(status=201, headers={**TUS, "Location": url_for("uploads.add", name=upload.name)})


@pages.route("/<name>", methods=["HEAD"])
@inside
@counts_itself
def offset(name: str) -> Response:
    """How many bytes are here."""
    upload = mine(name)
    try:
        here = receiving.reached(upload)
    except sealed.Busy:
        return refused(423)
    return Response(headers={**TUS, "Upload-Offset": str(here), "Upload-Length": str(upload.size)})


@pages.patch("/<name>")
@inside
@counts_itself
@reads_body
def add(name: str) -> Response:
    """More bytes, from where the file is."""
    upload, offset = mine(name), request.headers.get("Upload-Offset", type=int)
    if request.mimetype != BYTES or offset is None:
        return refused(415 if request.mimetype != BYTES else 400)
    try:
        reached, _whole = receiving.take_in(upload, offset)
    except sealed.Busy:
        return refused(423)
    except Refused as refusal:
        return refused(409, str(refusal))
    return Response(status=204, headers={**TUS, "Upload-Offset": str(reached)})


@pages.delete("/<name>")
@inside
def give_up(name: str) -> Response:
    """A file that is not wanted after all, while it is not whole."""
    upload = mine(name)
    if upload.whole_at is not None:
        return refused(409)
    operations.withdraw(upload)
    return Response(status=204, headers=TUS)

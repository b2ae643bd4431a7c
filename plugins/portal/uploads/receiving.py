"""How the bytes of a file come in: by tus 1.0 (core, creation), or with a plain form."""

import base64
import binascii
from collections.abc import Iterable

from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from crm.furniture import Refused, begin_writing, clean, config, end_reading
from plugins.portal.uploads import operations, sealed
from plugins.portal.uploads.models import Upload

TUS = {"Tus-Resumable": "1.0.0", "Cache-Control": "no-store"}
CHUNK = 1 << 16


def headers() -> dict[str, str]:
    """What this portal says of itself in the words of tus."""
    extensions = {
        "Tus-Version": "1.0.0",
        "Tus-Extension": "creation",
        "Tus-Max-Size": str(config("KLUIS_LARGEST_FILE")),
    }
    return {**TUS, **extensions}


def metadata(name: str) -> str:
    """One value of Upload-Metadata; empty when it is not there or no text."""
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _space, value = pair.strip().partition(" ")
        if key == name:
            try:
                return clean(base64.b64decode(value, validate=True).decode())
            except (binascii.Error, UnicodeDecodeError):
                return ""
    return ""


def take_in(upload: Upload, offset: int | None = None, chunks: Iterable[bytes] | None = None) -> tuple[int, bool]:
    """Add the body of this request; gives how many bytes are here now, and whether those are all.

    Nothing is held in the database while bytes come in. Raises sealed.Busy, Refused for another `offset` than where
    the file is.
    """
    identity, size, about = upload.id, upload.size, upload.name.encode()
    path, key = operations.path(upload), operations.key_of(upload)
    end_reading()
    with sealed.incoming(path, size, key, about) as file:
        if offset is not None and offset != file.offset():
            raise Refused("Het bestand staat op een andere plaats.")
        reached = file.add(body() if chunks is None else chunks)
    if reached == size:
        begin_writing()
        operations.finish(identity)
    return reached, reached == size


def reached(upload: Upload) -> int:
    """How many of its bytes are here. Raises sealed.Busy while somebody sends it."""
    if upload.whole_at is not None:
        return upload.size
    with sealed.incoming(operations.path(upload), upload.size, operations.key_of(upload), upload.name.encode()) as file:
        return file.offset()


def share(upload: Upload) -> int:
    """How much of it is here, of a hundred; 0 while somebody sends it, whose page says it better."""
    try:
        return 100 * reached(upload) // upload.size
    except sealed.Busy:
        return 0


def body() -> Iterable[bytes]:
    """The bytes of this request as they come; a line that breaks ends them."""
    while True:
        try:
            chunk = request.stream.read(CHUNK)
        except (OSError, HTTPException):
            return
        if not chunk:
            return
        yield chunk


def refused(status: int, text: str = "") -> Response:
    """An answer in the words of tus."""
    return Response(text, status=status, headers=TUS, mimetype="text/plain")

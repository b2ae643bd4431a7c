"""The bytes of an upload as the CRM fetches them."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, request

from plugins.portal.uploads import operations
from plugins.portal.uploads.models import Upload

# A stranger's file is only ever data: not run, not framed, not guessed at, not kept by a proxy.
AS_DATA = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-store"}
FROM = re.compile(r"bytes=([0-9]{1,15})-")


def answer(upload: Upload) -> Response:
    """Whole, or from where the CRM left off; the digest is of the whole file."""
    asked = FROM.fullmatch(request.headers.get("Range", ""))
    start = int(asked[1]) if asked else 0
    if start >= upload.size:
        return Response(status=416, headers={"Content-Range": f"bytes */{upload.size}"})
    response = Response(
        after(operations.read(upload), start), mimetype="application/octet-stream", status=206 if asked else 200
    )
    response.headers.update(AS_DATA)
    digest = base64.b64encode(bytes.fromhex(upload.digest)).decode()
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(operations.told(upload), safe='')}"
    response.content_length = upload.size - start
    if asked:
        response.headers["Content-Range"] = f"bytes {start}-{upload.size - 1}/{upload.size}"
    return response


def after(pieces: Iterator[bytes], start: int) -> Iterator[bytes]:
    """What comes from this place on."""
    passed = 0
    for piece in pieces:
        if passed + len(piece) > start:
            yield piece[max(0, start - passed) :]
        passed += len(piece)

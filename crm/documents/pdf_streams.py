"""How much comes out of a PDF's streams: read piece by piece, so that a bomb is seen before it goes off."""

import base64
import binascii
import zlib
from collections.abc import Callable, Iterable, Iterator

import pikepdf

from crm.documents.refusal import Refusal

_STREAM_LIMIT = 256 * 1024 * 1024  # bytes; a page scanned in colour at 600 dpi is 100 MB
_PIECE = 1024 * 1024


def refuse_bombs(pdf: pikepdf.Pdf) -> None:
    """Raises Refusal("bomb") when a stream of `pdf` holds more than 256 MiB."""
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            for _ in decoded(thing):
                pass


def decoded(stream: pikepdf.Stream) -> Iterator[bytes]:
    """The content of a stream as it was before compression, in pieces; images stay JPEG, CCITT and the like.

    Raises Refusal("bomb") after 256 MiB. What cannot be decoded ends there, as it does in a viewer.
    """
    pieces: Iterable[bytes] = [stream.read_raw_bytes()]
    for name in _filters(stream):
        if name in ("/LZWDecode", "/RunLengthDecode"):
            pieces = _all_at_once(stream)  # rare, and kept in bounds by the memory of this process
            break
        if name not in _UNDO:
            break
        pieces = _UNDO[name](pieces)
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > _STREAM_LIMIT:
            raise Refusal("bomb")
        yield piece


def name_of(thing: object) -> str:
    """A name as text, "" for anything else and for names in an old code page, of which there are none that matter."""
    try:
        return str(thing) if isinstance(thing, pikepdf.Name) else ""
    except UnicodeDecodeError:
        return ""


def _filters(stream: pikepdf.Stream) -> list[str]:
    named = stream.get("/Filter")
    if named is None:
        return []
    return [name_of(one) for one in named] if isinstance(named, pikepdf.Array) else [name_of(named)]


def _all_at_once(stream: pikepdf.Stream) -> list[bytes]:
    try:
        return [stream.read_bytes(pikepdf.StreamDecodeLevel.specialized)]
    except pikepdf.PdfError:
        return [stream.read_raw_bytes()]


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    undo = zlib.decompressobj()
    for piece in pieces:
        left = piece
        while left and not undo.eof:
            try:
                out = undo.decompress(left, _PIECE)
            except zlib.error:
                return
            left = undo.unconsumed_tail
            yield out


def _from_hex(pieces: Iterable[bytes]) -> Iterator[bytes]:
    digits = b"".join(b"".join(pieces).partition(b">")[0].split())
    try:
        yield binascii.unhexlify(digits + b"0" * (len(digits) % 2))
    except binascii.Error:
        return


def _from_base_85(pieces: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield base64.a85decode(b"".join(pieces).strip().removeprefix(b"<~").partition(b"~")[0])
    except ValueError:
        return


_UNDO: dict[str, Callable[[Iterable[bytes]], Iterator[bytes]]] = {
    "/FlateDecode": _inflated,
    "/ASCIIHexDecode": _from_hex,
    "/ASCII85Decode": _from_base_85,
}

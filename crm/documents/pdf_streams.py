"""How much comes out of a PDF's streams: read piece by piece, so that a bomb is seen before it goes off."""

import zlib
from collections.abc import Iterable, Iterator

import pikepdf

from crm.documents.refusal import Refusal

_STREAM_LIMIT = 256 * 1024 * 1024  # bytes; a page scanned in colour at 600 dpi is 100 MB
_PIECE = 1024 * 1024


def refuse_bombs(pdf: pikepdf.Pdf) -> None:
    """Raises Refusal("bomb") when a stream of `pdf` holds more than 256 MiB."""
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            for _ in inflate(thing):
                pass


def inflate(stream: pikepdf.Stream) -> Iterator[bytes]:
    """The content of a stream with Flate undone, in pieces of at most 1 MiB; other filters stay as they are.

    Raises Refusal("bomb") after 256 MiB. What cannot be inflated ends there, as it does in a viewer.
    """
    pieces: Iterable[bytes] = [stream.read_raw_bytes()]
    for name in _filters(stream):
        if name != "/FlateDecode":
            break
        pieces = _inflated(pieces)
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > _STREAM_LIMIT:
            raise Refusal("bomb")
        yield piece


def _filters(stream: pikepdf.Stream) -> list[str]:
    named = stream.get("/Filter")
    if named is None:
        return []
    return [str(one) for one in named] if isinstance(named, pikepdf.Array) else [str(named)]


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

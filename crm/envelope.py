"""How a file or a secret is sealed at rest: AES-256-GCM in pieces, so that it is read and written as a stream.

A sealed file is HEAD (a mark with the version of this format, and seven random bytes), then pieces of at most PIECE
bytes, each followed by its tag. A piece's nonce is those seven bytes, its number and whether it is the last (the STREAM
construction); its associated data are the mark and what the file is `about`. So a byte changed, pieces swapped or cut
off, and a file put in another's place all fail to open.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MARK = b"SLTL\x02"
PREFIX = 7
HEAD = len(MARK) + PREFIX
PIECE = 1 << 16
PIECES = {MARK: PIECE, b"SLTL\x01": 1 << 20}  # what was sealed before is read as it was written
TAG = 16
ROOM = HEAD + 4 * (PIECE + TAG)  # written at once: each write lets another thread go first

Piece = bytes | memoryview


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Broken(Exception):
    """These bytes are not what was sealed, or not with this key."""


def new_key() -> bytes:
    """A key for one file, or for wrapping others: 32 random bytes."""
    return AESGCM.generate_key(256)


def wrap(key: bytes, outer: bytes, about: bytes) -> bytes:
    """A key locked with another one."""
    nonce = os.urandom(12)
    return nonce + AESGCM(outer).encrypt(nonce, key, about)


def unwrap(wrapped: bytes, outer: bytes, about: bytes) -> bytes:
    """The key within. Raises Broken."""
    try:
        return AESGCM(outer).decrypt(wrapped[:12], wrapped[12:], about)
    except (InvalidTag, ValueError) as error:
        raise Broken("a key that does not open") from error


def seal(content: Iterable[bytes], key: bytes, about: bytes) -> bytes:
    """The sealed form of a stream of bytes in chunks of any size."""
    return b"".join(map(bytes, seal_stream(content, key, about)))


def seal_stream(content: Iterable[bytes], key: bytes, about: bytes) -> Iterator[memoryview]:
    """As `seal`, some pieces at a time. They are given in the same memory each time: each is good until the next is
    asked for."""
    cipher, prefix, room = AESGCM(key), os.urandom(PREFIX), memoryview(bytearray(ROOM))
    room[:HEAD] = MARK + prefix
    filled = HEAD
    for number, (piece, last) in enumerate(with_last(in_pieces(content))):
        if filled + PIECE + TAG > ROOM:
            yield room[:filled]
            filled = 0
        end = filled + len(piece) + TAG
        cipher.encrypt_into(nonce(prefix, number, last), piece, MARK + about, room[filled:end])
        filled = end
    yield room[:filled]


def with_last(pieces: Iterator[Piece]) -> Iterator[tuple[Piece, bool]]:
    """Each piece, and whether it is the last."""
    piece = next(pieces)
    for following in pieces:
        yield piece, False
        piece = following
    yield piece, True


def unseal(sealed: Readable, size: int, key: bytes, about: bytes) -> Iterator[bytes]:
    """The content, of `size` bytes, of a sealed file that is read from its start; each piece only once it is proved.

    Raises Broken, also when the file is shorter than it was.
    """
    cipher, head = AESGCM(key), exactly(sealed, HEAD)
    mark, prefix = head[: len(MARK)], head[len(MARK) :]
    if mark not in PIECES or len(head) != HEAD:
        raise Broken("not a sealed file")
    most = PIECES[mark]
    count = max(1, -(-size // most))
    for number in range(count):
        piece = exactly(sealed, min(most, size - number * most) + TAG)
        try:
            yield cipher.decrypt(nonce(prefix, number, last=number == count - 1), piece, mark + about)
        except (InvalidTag, ValueError) as error:
            raise Broken(f"piece {number} is not what was sealed") from error


def exactly(sealed: Readable, size: int) -> bytes:
    """So many bytes, or what there is: a store gives fewer at the end of what it fetched at once."""
    read = bytes(sealed.read(size))
    while len(read) < size and (more := bytes(sealed.read(size - len(read)))):
        read += more
    return read


def nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)


def in_pieces(content: Iterable[bytes]) -> Iterator[Piece]:
    """The same bytes in pieces of PIECE bytes and a last one of what is left; one empty piece for no bytes."""
    rest, given = b"", False
    for chunk in content:
        held = memoryview(rest + chunk if rest else chunk)
        whole = len(held) - len(held) % PIECE
        for start in range(0, whole, PIECE):
            given = True
            yield held[start : start + PIECE]
        rest = bytes(held[whole:])
    if rest or not given:
        yield rest

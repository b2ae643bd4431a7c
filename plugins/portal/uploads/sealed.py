"""A file that is sealed while it comes in, piece by piece, in the house's format (crm/envelope.py).

What lies on the disk opens as a sealed file once it is whole; until then only whole pieces count, and nothing of it
ever lies open.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crm.furniture import envelope

SEALED_PIECE = envelope.PIECE + envelope.TAG
SYNC_EVERY = 4 << 20  # bytes


class Busy(Exception):
    """Somebody else is sending this file at the moment."""


class Incoming:
    """A sealed file that bytes are added to; `about` is what it is sealed for, `size` how many bytes it will have."""

    def __init__(self, file: BinaryIO, size: int, key: bytes, about: bytes) -> None:
        self.file, self.size, self.about, self.cipher = file, size, about, AESGCM(key)
        self.prefix = self.begin()

    def begin(self) -> bytes:
        """The seven bytes this file's nonces begin with; written when it is new."""
        head = self.file.read(envelope.HEAD)
        if len(head) < envelope.HEAD:
            head = envelope.MARK + os.urandom(envelope.PREFIX)
            self.file.seek(0)
            self.file.truncate()
            self.file.write(head)
        return head[len(envelope.MARK) :]

    @property
    def pieces(self) -> int:
        """How many whole pieces lie here."""
        return max(0, (os.fstat(self.file.fileno()).st_size - envelope.HEAD) // SEALED_PIECE)

    def offset(self) -> int:
        """How many bytes are here for good. The last piece is opened first: what was written but not flushed when the
        machine stopped may be zeros."""
        whole = envelope.HEAD + sealed_size(self.size)
        if os.fstat(self.file.fileno()).st_size == whole and self.opens(count(self.size) - 1):
            return self.size
        pieces = self.pieces
        while pieces and not self.opens(pieces - 1):
            pieces -= 1
        return pieces * envelope.PIECE

    def opens(self, number: int) -> bool:
        """Is this piece what was sealed here?"""
        self.file.seek(envelope.HEAD + number * SEALED_PIECE)
        piece, last = self.file.read(SEALED_PIECE), number == count(self.size) - 1
        try:
            self.cipher.decrypt(envelope.nonce(self.prefix, number, last), piece, envelope.MARK + self.about)
        except (InvalidTag, ValueError):
            return False
        return True

    def add(self, chunks: Iterable[bytes]) -> int:
        """Seal what comes in after what is here; gives the new offset. More than `size` bytes are left unread.

        A line that breaks raises what it raises: whole pieces that came before stay.
        """
        offset = self.offset()
        number = offset // envelope.PIECE
        if offset == self.size:
            return offset
        self.file.truncate(envelope.HEAD + number * SEALED_PIECE)
        self.file.seek(0, os.SEEK_END)
        held, synced = bytearray(), offset
        try:
            for chunk in chunks:
                held += chunk[: self.size - offset - len(held)]
                while len(held) >= envelope.PIECE or (held and offset + len(held) == self.size):
                    piece = bytes(held[: envelope.PIECE])
                    del held[: envelope.PIECE]
                    offset += len(piece)
                    self.write(piece, number, last=offset == self.size)
                    number += 1
                if offset - synced >= SYNC_EVERY:
                    self.sync()
                    synced = offset
        finally:
            self.sync()
        return offset

    def write(self, piece: bytes, number: int, last: bool) -> None:
        """One piece, sealed."""
        nonce = envelope.nonce(self.prefix, number, last)
        self.file.write(self.cipher.encrypt(nonce, piece, envelope.MARK + self.about))

    def sync(self) -> None:
        """Bytes written so far outlive a power cut."""
        self.file.flush()
        os.fsync(self.file.fileno())


def count(size: int) -> int:
    """How many pieces a file of so many bytes has."""
    return max(1, -(-size // envelope.PIECE))


def sealed_size(size: int) -> int:
    """How many bytes the pieces of a file of `size` bytes take."""
    return size + count(size) * envelope.TAG


@contextmanager
def incoming(path: Path, size: int, key: bytes, about: bytes) -> Iterator[Incoming]:
    """The file at this place, to be added to by one sender at a time. Raises Busy."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        yield Incoming(file, size, key, about)

"""Asks ClamAV whether a file is known as harmful, through clamd's INSTREAM (man page clamd(8)).

Only the answer "OK", whole and in time, is Clean. clamd itself must say where it did not look (`AlertExceedsMax yes`)
and must take files of our size (`StreamMaxLength`).
"""

import re
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

_MIB = 1024 * 1024
_CHUNK = 64 * 1024
_ANSWER = 4096  # bytes


@dataclass(frozen=True)
class Clean:
    """The scanner looked and knows nothing against the file."""


@dataclass(frozen=True)
class Found:
    """The scanner knows it: `name` is that of the signature."""

    name: str

    @property
    def reason(self) -> str:
        """A key of `crm.documents.reasons.REASONS`: not all that the scanner reports is a virus."""
        if self.name.startswith("Heuristics.Limits.Exceeded"):
            return "bomb"
        return "password" if self.name.startswith("Heuristics.Encrypted") else "virus"


@dataclass(frozen=True)
class NotScanned:
    """Nobody looked: the file stays unseen. `why` is for the log."""

    why: str


def scan(file: Path, address: str, timeout: float = 120.0, largest: int = 25 * _MIB) -> Clean | Found | NotScanned:
    """What clamd at `address` ("/run/clamav/clamd.ctl" or "host:3310") says of `file`.

    `timeout` is in seconds, for all of it; `largest` in bytes is clamd's own StreamMaxLength.
    """
    if file.stat().st_size > largest:
        return NotScanned("larger than the scanner takes")
    try:
        answer = _ask(file, address, time.monotonic() + timeout)
    except (OSError, ValueError) as error:
        return NotScanned(type(error).__name__)
    if answer == b"stream: OK\0":
        return Clean()
    if found := re.fullmatch(rb"stream: ([\x21-\x7e]{1,200}) FOUND\0", answer):
        return Found(found[1].decode())
    return NotScanned(answer.decode("ascii", "replace").strip("\0 ")[:200] or "no answer")


def _ask(file: Path, address: str, until: float) -> bytes:
    with _connect(address, until) as link, file.open("rb") as content:
        link.sendall(b"zINSTREAM\0")
        while chunk := content.read(_CHUNK):
            link.settimeout(_left(until))
            link.sendall(struct.pack(">L", len(chunk)) + chunk)
        link.sendall(bytes(4))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _ANSWER:
            link.settimeout(_left(until))
            if not (piece := link.recv(_ANSWER)):
                break
            answer += piece
        return answer


def _connect(address: str, until: float) -> socket.socket:
    """Raises OSError, or ValueError at an address without a port."""
    if not address.startswith("/"):
        host, _, port = address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=_left(until))
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(_left(until))
    try:
        link.connect(address)
    except OSError:
        link.close()
        raise
    return link


def _left(until: float) -> float:
    """Seconds left; raises TimeoutError when there are none."""
    if (left := until - time.monotonic()) <= 0:
        raise TimeoutError
    return left

"""Takes an e-mail that Outlook saved (.msg) apart, in the child process; as `crm.documents.inspect_mail` does an .eml.

Such a file is a compound file (MS-CFB) with a storage for each attachment and a stream for each property (MS-OXMSG),
named after its number and its type (MS-OXPROPS).
"""

import struct
from functools import cached_property
from pathlib import Path
from typing import Any

import olefile

from crm.documents.refusal import Refusal

_PARTS = 50
_DEPTH = 5  # e-mails within e-mails
_LONGEST = 500
_ENTRIES = 20_000  # of the directory; Outlook writes some fifty for an attachment
_LONG_TEXT = 1 << 16  # bytes; of what is no longer than a line

_CLASS, _SUBJECT, _HTML = 0x001A, 0x0037, 0x1013
_SENDER_NAME, _SENDER_TYPE, _SENDER_ADDRESS, _SENDER_SMTP = 0x0C1A, 0x0C1E, 0x0C1F, 0x5D01
_DATA, _METHOD, _LONG_NAME, _SHORT_NAME, _TITLE = 0x3701, 0x3705, 0x3707, 0x3704, 0x3001
_MIMETYPE, _CONTENT_ID, _FLAGS, _HIDDEN = 0x370E, 0x3712, 0x3714, 0x7FFE
_CODE_PAGES = 0x3FFD, 0x3FDE
_BY_VALUE, _EMBEDDED = 1, 5
_IN_HTML = 4  # of _FLAGS
_PROPERTIES = "__properties_version1.0"
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emz", ".wmz", ".svg", ".webp")

Place = list[str]


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """As `crm.documents.inspect_mail.unpack`. Raises Refusal, or whatever the parser raises."""
    with _Compound(source, raise_defects=olefile.DEFECT_INCORRECT) as ole:
        box = _Box(ole, source.stat().st_size)
        if not box.has([_PROPERTIES]) or not box.text([], _CLASS).upper().startswith(("IPM.", "REPORT.")):
            raise Refusal("no_mail")
        parts: list[dict[str, Any]] = []
        _gather(box, [], folder, parts, "", 0)
        if not parts and not box.left_out:
            raise Refusal("no_attachments")
        head = {"title": box.text([], _SUBJECT), "sender": _sender(box)}
        return {**head, "parts": parts, "left_out": box.left_out[:_PARTS]}


class _Compound(olefile.OleFileIO):
    """olefile compares each entry of the directory with all others: no more of them than an e-mail may have."""

    def loaddirectory(self, sect: int) -> None:
        following, count = sect, 0
        while following < len(self.fat):
            following, count = self.fat[following], count + self.sector_size // 128
            if count > _ENTRIES:
                raise Refusal("too_many_parts")
        super().loaddirectory(sect)


class _Box:
    """A compound file: what is in its storages, asked by place and number of the property."""

    def __init__(self, ole: Any, size: int) -> None:
        self.ole, self.left = ole, size
        self.left_out: list[str] = []
        self.within: dict[tuple[str, ...], list[str]] = {}
        for place in ole.listdir(streams=False, storages=True):
            self.within.setdefault(tuple(place[:-1]), []).append(place[-1])

    def has(self, place: Place) -> bool:
        return self.ole.get_type(place) == olefile.STGTY_STREAM

    def attachments(self, at: Place) -> list[Place]:
        found = self.within.get(tuple(at), [])
        return [[*at, name] for name in sorted(found) if name.lower().startswith("__attach_version1.0_")]

    def is_storage(self, place: Place) -> bool:
        return self.ole.get_type(place) == olefile.STGTY_STORAGE

    def content(self, at: Place, number: int) -> bytes:
        """The content of a property of bytes; none when it is not there.

        Two streams may be said to lie in the same place: raises Refusal("bomb") when all together are more than the
        file.
        """
        place = [*at, f"__substg1.0_{number:04X}0102"]
        self.left -= self.size(place)
        if self.left < 0:
            raise Refusal("bomb")
        return self.read(place)

    def text(self, at: Place, number: int) -> str:
        """A property that is text, in Unicode or in the code page of the e-mail; "" when it is not there."""
        for kind, encoding in (("001F", "utf-16-le"), ("001E", self.encoding)):
            place = [*at, f"__substg1.0_{number:04X}{kind}"]
            if 0 < self.size(place) < _LONG_TEXT:
                return self.read(place).decode(encoding, "replace").rstrip("\0")[:_LONGEST]
        return ""

    def size(self, place: Place) -> int:
        return int(self.ole.get_size(place)) if self.has(place) else 0

    def read(self, place: Place) -> bytes:
        if not self.size(place):
            return b""
        with self.ole.openstream(place) as stream:
            return bytes(stream.read())

    @cached_property
    def encoding(self) -> str:
        """How texts that are not Unicode are written."""
        numbers = self.numbers([])
        page = next((numbers[code] for code in _CODE_PAGES if numbers.get(code)), 1252)
        name = {65001: "utf-8", 20127: "ascii", 28591: "latin-1"}.get(page, f"cp{page}")
        try:
            b"".decode(name)
        except LookupError:
            return "cp1252"
        return name

    def numbers(self, at: Place) -> dict[int, int]:
        """Properties of at most four bytes, which stand together in one stream."""
        place = [*at, _PROPERTIES]
        rows = self.read(place) if self.size(place) < _LONG_TEXT else b""
        start = 8 if at and at[-1].lower().startswith("__attach") else 24 if at else 32
        whole = rows[start : start + (len(rows) - start) // 16 * 16] if len(rows) > start else b""
        return {number: value for _kind, number, _flags, value, _more in struct.iter_unpack("<HHLLL", whole)}


def _gather(box: _Box, at: Place, folder: Path, parts: list[dict[str, Any]], within: str, depth: int) -> None:
    attachments, text = box.attachments(at), None
    if len(parts) + len(attachments) > _PARTS * 4:
        raise Refusal("too_many_parts")
    for place in attachments:
        numbers, inner = box.numbers(place), [*place, f"__substg1.0_{_DATA:04X}000D"]
        if box.is_storage(inner) and numbers.get(_METHOD, _EMBEDDED) == _EMBEDDED:
            if depth == _DEPTH:
                raise Refusal("bomb")
            _gather(box, inner, folder, parts, box.text(inner, _SUBJECT) or "–", depth + 1)
            continue
        content = box.content(place, _DATA)
        if not content or numbers.get(_METHOD, _BY_VALUE) != _BY_VALUE:
            name = _name(box, place)  # a picture in Outlook's own text, or a link to a file elsewhere
            box.left_out += [name] if name else []
            continue
        if len(parts) == _PARTS:
            raise Refusal("too_many_parts")
        if text is None:
            text = box.content(at, _HTML)
        file = folder / f"part-{len(parts)}.bin"
        file.write_bytes(content)
        row = {"file": file.name, "name": _name(box, place), "in_text": _is_in_text(box, place, numbers, text)}
        parts.append(row | {"within": within})


def _name(box: _Box, place: Place) -> str:
    """What the attachment is called: in full, or as it is shown, or in eight and three letters."""
    return next((name for one in (_LONG_NAME, _TITLE, _SHORT_NAME) if (name := box.text(place, one))), "")


def _is_in_text(box: _Box, place: Place, numbers: dict[int, int], text: bytes) -> bool:
    """Is it a picture that the text shows? A name for that alone does not say so: some give one to every file."""
    content_id = box.text(place, _CONTENT_ID).strip("<>")
    is_picture = box.text(place, _MIMETYPE).lower().startswith("image/") or _name(box, place).lower().endswith(
        _PICTURES
    )
    if not content_id or not is_picture:
        return False
    said = bool(numbers.get(_HIDDEN, 0) & 1 or numbers.get(_FLAGS, 0) & _IN_HTML)
    return said or f"cid:{content_id}".encode() in text


def _sender(box: _Box) -> str:
    """Who sent it; within one organisation Outlook writes addresses that only its own server knows."""
    name, address = box.text([], _SENDER_NAME), box.text([], _SENDER_SMTP)
    if not address and box.text([], _SENDER_TYPE).upper() in ("", "SMTP"):
        address = box.text([], _SENDER_ADDRESS)
    if not address or address == name:
        return name or address
    return f"{name} <{address}>" if name else address

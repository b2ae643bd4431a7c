"""Takes Outlook's winmail.dat (MS-OXTNEF) apart, in the child process: the files that are in it."""

import struct
from collections.abc import Iterator

from crm.documents.refusal import Refusal

SIGNATURE = b"\x78\x9f\x3e\x22"
_NEW, _TITLE, _DATA, _PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_LONG_NAME = 0x3707
_WIDTHS = {2: 4, 3: 4, 4: 4, 10: 4, 11: 4, 5: 8, 6: 8, 7: 8, 20: 8, 64: 8, 72: 16}
_TEXTS = {0x1E: "cp1252", 0x1F: "utf-16-le"}
_LISTS = (0x1E, 0x1F, 0x0D, 0x102)
_MOST = 5000  # attributes


def files(content: bytes) -> list[tuple[str, bytes]]:
    """(name, content) of each file in it. Raises Refusal("too_many_parts"), or struct.error when it is cut off."""
    found: list[tuple[str, bytes]] = []
    for number, data in attributes(content):
        if number == _NEW:
            found.append(("", b""))
        elif found:
            name, kept = found[-1]
            if number == _TITLE:
                found[-1] = name or data.split(b"\0")[0].decode("cp1252", "replace"), kept
            elif number == _DATA:
                found[-1] = name, data
            elif number == _PROPERTIES:
                found[-1] = long_name(data) or name, kept
    return found


def attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, value) of each attribute."""
    place, count = 6, 0
    while place + 9 <= len(content):
        _level, number, _kind, length = struct.unpack_from("<BHHL", content, place)
        if place + 9 + length > len(content):
            raise struct.error("cut off")
        yield number, content[place + 9 : place + 9 + length]
        place, count = place + 9 + length + 2, count + 1
        if count > _MOST:
            raise Refusal("too_many_parts")


def long_name(data: bytes) -> str:
    """The name in full among the properties of a file; "" when there is none or they cannot be read."""
    try:
        (count,) = struct.unpack_from("<L", data)
        place = 4
        for _ in range(min(count, _MOST)):
            kind, number = struct.unpack_from("<HH", data, place)
            place += 4
            if number >= 0x8000:
                place = behind_name(data, place)
            if kind in _LISTS:
                place += 4
                (length,) = struct.unpack_from("<L", data, place)
                value = data[place + 4 : place + 4 + length]
                if number == _LONG_NAME and kind in _TEXTS:
                    return value.decode(_TEXTS[kind], "replace").rstrip("\0")
                place += 4 + length + -length % 4
            else:
                place += _WIDTHS[kind]
    except (struct.error, KeyError):
        return ""
    return ""


def behind_name(data: bytes, place: int) -> int:
    """The place behind the name of a property that has one of its own."""
    kind, length = struct.unpack_from("<LL", data, place + 16)
    return place + 24 + (length + -length % 4 if kind else 0)

"""A CSV file as people make it, read as a stream: any usual encoding and separator, and what is wrong by row number."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from crm import formats
from crm.imports import letters

BLOCK = 65536
LONGEST_LINE = 100_000
LONGEST_CELL = 5_000
DELIMITERS = ";,\t|"
UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
LINE_END = re.compile(r"\r+\n|\r|\n")
SAID = re.compile(rb"\"?sep=([;,\t|:^~])\"?[;,\t ]*\r*\n", re.IGNORECASE)
UNREADABLE = "\ufffd"
NOT_CSV = "Dit is geen CSV-bestand. Open het in Excel, kies Opslaan als en dan CSV UTF-8, en upload dat bestand."


class Unreadable(Exception):
    """A file that can't be used at all; the message says what to do."""


@dataclass(frozen=True)
class Row:
    """One row. `number` counts as a spreadsheet does (the header is 1), `end` is the byte behind it.

    `problem` says what is wrong with the row as a whole; then `cells` is empty.
    """

    number: int
    end: int
    cells: list[str]
    problem: str = ""


def copy_as_utf8(source: BinaryIO, target: Path, encoding: str = "") -> dict[str, str]:
    """Write a file as UTF-8 without a byte order mark, from an encoding or the likeliest one.

    Gives {encoding: words as it reads them} when several may be meant, else nothing. Line ends of old Macs (CR alone)
    become those of today. Raises Unreadable.
    """
    found, skip, doubt = encoding_of(source)
    encoding, doubt = (encoding, {}) if encoding else (found, doubt)
    source.seek(skip)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    of_mac: bool | None = None
    with target.open("wb") as out:
        while block := source.read(BLOCK):
            text = decoder.decode(block)
            if "\0" in text:
                raise Unreadable(NOT_CSV)
            of_mac = ends_like_a_mac(text) if of_mac is None else of_mac
            out.write((text.replace("\r", "\n") if of_mac else text).encode())
        out.write(decoder.decode(b"", final=True).encode())
    return doubt


def ends_like_a_mac(start: str) -> bool:
    """True when the first line, outside quotes, ends in CR alone."""
    end = LINE_END.search(unquoted(start))
    return end is not None and end[0] == "\r"


def unquoted(text: str) -> str:
    """What stands outside quotes."""
    return "".join(text.split('"')[::2])


def encoding_of(source: BinaryIO) -> tuple[str, int, dict[str, str]]:
    """(encoding, bytes of its mark, what else may be meant as `letters.choose` gives it) by looking at the whole file.
    Raises Unreadable for what is no text."""
    source.seek(0)
    start = source.read(BLOCK)
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\0 \r\n\t;,"):
        raise Unreadable(
            "Dit bestand is leeg. Kies een bestand met een rij kolomnamen en daaronder een rij per relatie."
        )
    if start.startswith(b"PK\x03\x04") or start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("Dit is een Excel-bestand. Kies in Excel Opslaan als en dan CSV UTF-8, en upload dat bestand.")
    if start[:2] in UTF16:
        return UTF16[start[:2]], 2, {}
    if wide := wide_without_mark(start):
        return wide, 0, {}
    if b"\0" in start:
        raise Unreadable(NOT_CSV)
    source.seek(0)
    good, bad = count_utf8(source)
    mark = 3 if start.startswith(codecs.BOM_UTF8) else 0
    if not bad or good > bad or mark:
        return "utf-8", mark, {}
    source.seek(0)
    encoding, doubt = letters.choose(letters.words_in(iter(lambda: source.read(BLOCK), b"")))
    return encoding, 0, doubt


def wide_without_mark(start: bytes) -> str:
    """UTF-16 that does not say so shows a zero in every other byte."""
    pairs = len(start) // 2
    for encoding, odd in (("utf-16-le", 1), ("utf-16-be", 0)):
        if pairs > 2 and start[odd::2].count(0) > 0.8 * pairs and start[1 - odd :: 2].count(0) == 0:
            return encoding
    return ""


def count_utf8(source: BinaryIO) -> tuple[int, int]:
    """(letters that are well written as UTF-8 beyond ASCII, bytes that are not UTF-8)."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    while block := source.read(BLOCK):
        text = decoder.decode(block)
        if not text.isascii():
            wrong = text.count(UNREADABLE)
            bad += wrong
            good += sum(1 for letter in text if letter > "\x7f") - wrong
    return good, bad + decoder.decode(b"", final=True).count(UNREADABLE)


def said_separator(path: Path) -> tuple[str, int]:
    """(separator, byte behind it) of a first line `sep=;`, which Excel reads and does not show; ("", 0) without one."""
    with path.open("rb") as file:
        found = SAID.match(file.readline(LONGEST_LINE))
    return (found[1].decode(), found.end()) if found else ("", 0)


def delimiter_of(path: Path) -> str:
    """What parts the columns: what a line `sep=;` says, else the separator that occurs most in the header, outside
    quotes. Raises Unreadable."""
    if said := said_separator(path)[0]:
        return said
    with path.open("rb") as file:
        header = file.readline(LONGEST_LINE)
        while header.count(b'"') % 2 and len(header) < LONGEST_LINE and (line := file.readline(LONGEST_LINE)):
            header += line
    bare = unquoted(header.decode(errors="replace"))
    best = max(DELIMITERS, key=bare.count)
    if bare.count(best) == 0:
        raise Unreadable("Rij 1 heeft maar één kolom. Zet de kolomnamen in rij 1, met een puntkomma ertussen.")
    return best


class Lines:
    """Lines of a UTF-8 file for csv.reader, one at a time, with the byte where each ends."""

    def __init__(self, file: BinaryIO, offset: int = 0) -> None:
        self.file, self.end, self.too_long = file, offset, False
        file.seek(offset)

    def __iter__(self) -> Iterator[str]:
        while line := self.file.readline(LONGEST_LINE):
            self.end += len(line)
            while not line.endswith(b"\n") and (more := self.file.readline(LONGEST_LINE)):
                self.too_long = True
                self.end += len(more)
                line = line[:200] + more[-1:] if more.endswith(b"\n") else line[:200]
            yield line.decode(errors="replace")


def header_of(path: Path, delimiter: str) -> tuple[list[str], int]:
    """(the names in row 1, the byte where row 2 begins). Raises Unreadable."""
    first = next(rows(path, delimiter, said_separator(path)[1]), None)
    if first is None or first.problem or not any(first.cells):
        raise Unreadable("In rij 1 staan geen kolomnamen. " + (first.problem if first else ""))
    names = [" ".join(cell.split()) for cell in first.cells]
    double = {name for name in names if name and names.count(name) > 1}
    if double:
        raise Unreadable(
            f"In rij 1 staat de kolomnaam {sorted(double)[0]!r} twee keer. Geef elke kolom een eigen naam."
        )
    return names, first.end


def rows(path: Path, delimiter: str, offset: int = 0, number: int = 1, columns: int = 0) -> Iterator[Row]:
    """The rows from a byte on, the first of them called `number`; blank ones are passed over but counted.

    With `columns`, a row with another number of cells is a problem. A quote that is never closed spoils its own row
    only: reading goes on at the next line.
    """
    with path.open("rb") as file:
        while True:
            lines = Lines(file, offset)
            source = iter(lines)
            first = next(source, None)
            if first is None:
                return
            row_end = lines.end
            cells, problem = parse(first, source, lines, delimiter)
            if problem:
                offset = row_end
                yield Row(number, offset, [], problem)
            else:
                offset = lines.end
                if any(cell.strip() for cell in cells):
                    yield checked(Row(number, offset, [formats.clean(cell) for cell in cells]), columns)
            number += 1


def parse(first: str, source: Iterator[str], lines: Lines, delimiter: str) -> tuple[list[str], str]:
    """(cells, problem) of the record that begins with line `first`; takes more lines while a quote is open."""
    if lines.too_long:
        return [], f"is langer dan {LONGEST_LINE} tekens. Haal de lange tekst weg of sluit het aanhalingsteken."
    if '"' not in first:
        return first.rstrip("\r\n").split(delimiter), ""
    length = 0

    def record() -> Iterator[str]:
        nonlocal length
        line: str | None = first
        while line is not None:
            length += len(line)
            if length > LONGEST_LINE or lines.too_long:
                raise csv.Error("unexpected end of data")
            yield line
            line = next(source, None)

    try:
        return next(csv.reader(record(), delimiter=delimiter, strict=True)), ""
    except csv.Error as error:
        if "expected after" in str(error):
            return [], 'heeft een aanhalingsteken midden in een cel. Verdubbel het ("") of haal het weg.'
        return [], "heeft een aanhalingsteken dat niet wordt gesloten. Sluit het of haal het weg."


def checked(row: Row, columns: int) -> Row:
    """The row, or what is wrong with it as a whole."""
    problem = ""
    if columns and len(row.cells) != columns and any(cell.strip() for cell in row.cells[columns:]):
        problem = f"heeft {len(row.cells)} kolommen in plaats van {columns}. Staat er een scheidingsteken te veel?"
    elif columns and len(row.cells) < columns:
        problem = f"heeft {len(row.cells)} kolommen in plaats van {columns}. Vul de lege cellen aan."
    elif any(len(cell) > LONGEST_CELL for cell in row.cells):
        problem = f"heeft een cel van meer dan {LONGEST_CELL} tekens. Kort die in."
    elif any(UNREADABLE in cell for cell in row.cells):
        problem = "heeft tekens die niet te lezen zijn. Bewaar het bestand in Excel als CSV UTF-8."
    return Row(row.number, row.end, [], problem) if problem else row

"""What a file is, by its bytes and never by its name: an allow-list of what an office takes in.

Only the door: that a file really is what its first bytes say is proven by parsing it (`crm.documents.inspector`).
"""

import struct
import zipfile
import zlib
from pathlib import Path

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
WEBP = "image/webp"
TIFF = "image/tiff"
HEIC = "image/heic"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

IMAGES = frozenset({JPEG, PNG, WEBP, TIFF, HEIC})
OFFICE = frozenset({DOCX, XLSX})
ACCEPTED = frozenset({PDF, *IMAGES, *OFFICE})

# Each kind in a word, and how the names of such files end: the first is ours, all are for the choosers of browsers.
_KINDS = (
    (PDF, "pdf", (".pdf",)),
    (JPEG, "jpeg", (".jpg", ".jpeg")),
    (PNG, "png", (".png",)),
    (HEIC, "heic", (".heic", ".heif")),
    (WEBP, "webp", (".webp",)),
    (TIFF, "tiff", (".tif", ".tiff")),
    (DOCX, "docx", (".docx",)),
    (XLSX, "xlsx", (".xlsx",)),
)
FORMATS = {mimetype: word for mimetype, word, _endings in _KINDS}
ENDINGS = {word: ",".join(endings) for _mimetype, word, endings in _KINDS}
SUFFIXES = {mimetype: endings[0] for mimetype, _word, endings in _KINDS}
MIMETYPES = {suffix: mimetype for mimetype, suffix in SUFFIXES.items()}

# A PDF may have anything in front, such as a byte order mark or a line end of a scanner: readers look for its head in
# so many bytes (ISO 32000-1, annex H.3, note 13). What begins as another kind is that kind.
_PDF_HEAD = b"%PDF-"
_PDF_WITHIN = 1024
_MAGIC = {
    _PDF_HEAD: PDF,
    b"\xff\xd8\xff": JPEG,
    b"\x89PNG\r\n\x1a\n": PNG,
    b"II*\x00": TIFF,
    b"MM\x00*": TIFF,
}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
# The main part is found by its kind in [Content_Types].xml, whatever it is called (Word Online: word/document2.xml);
# by its usual name where that says nothing.
_MAIN = (("wordprocessingml.", DOCX), ("ms-word.", DOCX), ("spreadsheetml.", XLSX), ("ms-excel.", XLSX))
_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}
_TYPES = "[Content_Types].xml"
_TYPES_LIMIT = 1024 * 1024  # bytes, unpacked
_DIRECTORY_LIMIT = 2 * 1024 * 1024  # bytes; what zipfile makes of it takes ten times that


def sniff(path: Path) -> str | None:
    """The mimetype of a file that is of an accepted kind, or None. Reads at most 2 MiB of it."""
    with path.open("rb") as file:
        head = file.read(_PDF_WITHIN)
    for magic, mimetype in _MAGIC.items():
        if head.startswith(magic):
            return mimetype
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and (head[8:12] in _HEIF_BRANDS):
        return HEIC
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    return PDF if _PDF_HEAD in head else None


def _office(path: Path) -> str | None:
    """DOCX or XLSX when the zip has one's main part; None for any other zip, and where bytes follow the zip's end."""
    with path.open("rb") as file:
        file.seek(-min(22, path.stat().st_size), 2)
        end = file.read()
    if len(end) != 22 or end[:4] != b"PK\x05\x06" or struct.unpack("<L", end[12:16])[0] > _DIRECTORY_LIMIT:
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kinds = _main_parts(archive) if _TYPES in names else set()
    except (zipfile.BadZipFile, ValueError, RuntimeError, EOFError, zlib.error):
        return None
    return kinds.pop() if len(kinds) == 1 else None


def _main_parts(archive: zipfile.ZipFile) -> set[str]:
    """The kinds of the main parts that the zip has. Raises what zipfile raises."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    names = {name.lower() for name in archive.namelist()}
    try:
        with archive.open(_TYPES) as file:
            parts = list(fromstring(file.read(_TYPES_LIMIT), forbid_dtd=True))
    except (DefusedXmlException, ParseError, ValueError, LookupError, RuntimeError):  # RuntimeError: it has a password
        parts = []
    kinds = set()
    for one in parts:
        said, name = one.get("ContentType", ""), one.get("PartName", "").lstrip("/").lower()
        if said.lower().endswith(".main+xml") and name in names:
            kinds |= {kind for word, kind in _MAIN if word in said.lower()}
    return kinds or {kind for part, kind in _PARTS.items() if part in names}

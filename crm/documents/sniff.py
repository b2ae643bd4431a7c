"""What a file is, by its bytes and never by its name: an allow-list of what an office takes in.

Only the door: that a file really is what its first bytes say is proven by parsing it (`crm.documents.inspector`).
"""

import struct
import zipfile
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

_MAGIC = {
    b"%PDF-": PDF,
    b"\xff\xd8\xff": JPEG,
    b"\x89PNG\r\n\x1a\n": PNG,
    b"II*\x00": TIFF,
    b"MM\x00*": TIFF,
}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}
_DIRECTORY_LIMIT = 2 * 1024 * 1024  # bytes; what zipfile makes of it takes ten times that


def sniff(path: Path) -> str | None:
    """The mimetype of a file that is of an accepted kind, or None. Reads at most 2 MiB of it."""
    with path.open("rb") as file:
        head = file.read(32)
    for magic, mimetype in _MAGIC.items():
        if head.startswith(magic):
            return mimetype
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and (head[8:12] in _HEIF_BRANDS):
        return HEIC
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    return None


def _office(path: Path) -> str | None:
    """DOCX or XLSX when the zip has their parts; None for any other zip, and where bytes follow the zip's end."""
    with path.open("rb") as file:
        file.seek(-min(22, path.stat().st_size), 2)
        end = file.read()
    if len(end) != 22 or end[:4] != b"PK\x05\x06" or struct.unpack("<L", end[12:16])[0] > _DIRECTORY_LIMIT:
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, RuntimeError):
        return None
    kinds = [kind for part, kind in _PARTS.items() if part in names]
    return kinds[0] if "[Content_Types].xml" in names and len(kinds) == 1 else None

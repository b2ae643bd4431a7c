"""Word and Excel files, in the child process: parts listed and parsed, refused when they act, packed anew."""

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any
from xml.sax.handler import ContentHandler

from defusedxml import sax

from crm.documents.refusal import Refusal

_PARTS = 5_000
_UNPACKED = 256 * 1024 * 1024  # bytes, all parts together
# Links within the file to what acts, whatever its place and name; a workbook or document within one is pulled out.
_ACTING = {"oleobject", "control", "vbaproject", "xlmacrosheet", "xlintlmacrosheet"}
_ACTIVE = ("vbaproject", "vbadata", "activex", "macrosheets", "dialogsheets")
_ACTIVE_KINDS = ("macroenabled", "vbaproject", "activex", "macrosheet")
# Fetched on opening, without a question; Excel asks before it reads another workbook.
_FETCHED = {"attachedTemplate", "oleObject", "frame", "subDocument", "image"}


def inspect(source: Path, mimetype: str, folder: Path) -> dict[str, Any]:
    """As `crm.documents.inspector.inspect`, for DOCX and XLSX; files within them are given as attachments."""
    with zipfile.ZipFile(source) as archive:
        parts = archive.infolist()
        _check(parts)
        name = "safe.docx" if mimetype.endswith("wordprocessingml.document") else "safe.xlsx"
        attachments: list[str] = []
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as safe:
            for part in parts:
                if part.is_dir():
                    continue
                _check_content(archive, part)
                with archive.open(part) as old, safe.open(part.filename, "w") as new:
                    shutil.copyfileobj(old, new)
                if "/embeddings/" in part.filename.lower():
                    attachments.append(_pull_out(archive, part, folder, len(attachments) + 1))
    return {"pages": 0, "safe": name, "thumbnail": "", "removed": [], "attachments": attachments}


def _check(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
        raise Refusal("bomb")
    if len({part.filename.lower() for part in parts}) != len(parts):
        raise Refusal("unreadable")
    for part in parts:
        path = PurePosixPath(part.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in part.filename or ":" in part.filename:
            raise Refusal("unreadable")
        if stat.S_ISLNK(part.external_attr >> 16):
            raise Refusal("unreadable")
        if part.flag_bits & 0x1:
            raise Refusal("password")
        lowered = part.filename.lower()
        is_object = "/embeddings/" in lowered and not lowered.endswith((".docx", ".xlsx", ".pptx"))
        if is_object or any(word in lowered for word in _ACTIVE):
            raise Refusal("macros")


def _check_content(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Every XML part is parsed, without entities or DTD; kinds and links that act are refused."""
    if not part.filename.lower().endswith((".xml", ".rels")):
        return
    reader = _Reader()
    with archive.open(part) as content:
        sax.parse(content, reader, forbid_dtd=True)
    if reader.refused:
        raise Refusal(reader.refused)


class _Reader(ContentHandler):
    """Looks for kinds with macros ([Content_Types].xml) and for what is fetched from elsewhere (.rels)."""

    refused = ""

    def startElement(self, name: str, attrs: Any) -> None:
        tag = name.rpartition(":")[2]
        kind = attrs.get("ContentType", "").lower()
        if any(word in kind for word in _ACTIVE_KINDS) or tag == "ddeLink":
            self.refused = "macros"
        # A link that somebody may click on stays.
        is_elsewhere = tag == "Relationship" and attrs.get("TargetMode", "").lower() == "external"
        link = attrs.get("Type", "").rpartition("/")[2]
        if is_elsewhere and link in _FETCHED:
            self.refused = self.refused or "external"
        elif tag == "Relationship" and not is_elsewhere and _acts(link.lower(), attrs.get("Target", "").lower()):
            self.refused = "macros"


def _acts(link: str, target: str) -> bool:
    """Does a link within the file lead to what acts, or to a file that is not pulled out?"""
    return link in _ACTING or (link == "package" and "/embeddings/" not in f"/{target}")


def _pull_out(archive: zipfile.ZipFile, part: zipfile.ZipInfo, folder: Path, number: int) -> str:
    target = folder / f"attachment-{number}"
    with archive.open(part) as old, target.open("wb") as new:
        shutil.copyfileobj(old, new)
    return target.name

"""Takes an e-mail of a stranger apart, in the child process: its attachments, also those of e-mails within it."""

import base64
import binascii
import codecs
import re
import struct
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from crm.documents import inspect_tnef
from crm.documents.refusal import Refusal

_PARTS = 50
_DEPTH = 5  # e-mails within e-mails
_LONGEST = 500
_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} (?P<name>[^\r\n]+)\r?\n(?P<lines>.*?)^[` ]?\r?\n?end\b", re.MULTILINE | re.DOTALL
)
_HEADERS = ("From", "Subject", "Date", "Message-ID")


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Writes what is attached to the e-mail in `source` to files in `folder`.

    Gives its title and sender, the names of what nothing could be made of (`left_out`), and parts: for each the file,
    the name it has in the e-mail, whether it is a picture in the text, and the title of the e-mail within this one that
    it came with ("": this one). Raises Refusal, or whatever the parser raises.
    """
    message = _read(source.read_bytes())
    if not _is_mail(message):
        raise Refusal("no_mail")
    parts: list[dict[str, Any]] = []
    left_out: list[str] = []
    _Mail(message, folder, parts, left_out, "", 0).gather()
    if not parts and not left_out:
        raise Refusal("no_attachments")
    head = {"title": _header(message, "Subject"), "sender": _header(message, "From")}
    return {**head, "parts": parts, "left_out": left_out[:_PARTS]}


def _read(content: bytes) -> Any:
    """The e-mail in these bytes, whatever mark or empty line stands in front; headers in raw UTF-8 are read as such."""
    content = content.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    message: Any = BytesParser(EmailMessage, policy=policy.default).parsebytes(content)
    for part in message.walk():
        for name, value in list(part.raw_items()):
            if not str(value).isascii():
                raw = " ".join(str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace").split())
                del part[name]
                part[name] = raw
    return message


def _is_mail(message: Any) -> bool:
    return sum(name in message for name in _HEADERS) >= 2


class _Mail:
    """One e-mail, the one that was brought in or one within it; gathers into `parts`, which they share."""

    def __init__(
        self, message: Any, folder: Path, parts: list[dict[str, Any]], left_out: list[str], within: str, depth: int
    ) -> None:
        if depth > _DEPTH:
            raise Refusal("bomb")
        self.folder, self.parts, self.left_out, self.within, self.depth = folder, parts, left_out, within, depth
        self.leaves = list(_leaves(message))
        self.text = "".join(_text(part) for part in self.leaves if part.get_content_type() == "text/html")

    def gather(self) -> None:
        for part in self.leaves:
            if part.get_content_type() == "message/rfc822":
                self.gather_within(part)
            else:
                self.gather_leaf(part)

    def gather_within(self, part: Any) -> None:
        """An e-mail that is attached as one; some programs write it in base64, which RFC 2046 §5.2.1 has not."""
        for inner in part.get_payload() if part.is_multipart() else ():
            if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
                inner = _read(_decoded(str(inner.get_payload())))
            if _is_mail(inner):
                self.inner(inner).gather()
            else:
                self.left_out.append(_filename(part) or _header(inner, "Subject") or "–")

    def inner(self, message: Any) -> "_Mail":
        return _Mail(
            message, self.folder, self.parts, self.left_out, _header(message, "Subject") or "–", self.depth + 1
        )

    def gather_leaf(self, part: Any) -> None:
        name, disposition = _filename(part), str(part.get_content_disposition() or "")
        content = part.get_payload(decode=True)
        if not name and disposition != "attachment" and part.get_content_maintype() in ("text", "message"):
            self.gather_text(_text(part))
        elif not content:
            self.left_out += [name] if name else []
        elif content.startswith(inspect_tnef.SIGNATURE):
            self.gather_winmail(name, content)
        elif name.lower().endswith(".eml") and _is_mail(inner := _read(content)):
            self.inner(inner).gather()
        else:
            self.write(name, content, self.is_shown(part))

    def gather_text(self, text: str) -> None:
        """What the e-mail says; old programs write files into it (uuencode)."""
        for found in _UUENCODED.finditer(text):
            lines = found["lines"].encode("ascii", "ignore").splitlines()
            try:
                self.write(found["name"].strip(), b"".join(binascii.a2b_uu(line) for line in lines), False)
            except binascii.Error:
                self.left_out.append(found["name"].strip())

    def gather_winmail(self, name: str, content: bytes) -> None:
        """The files in Outlook's own wrapping; one that cannot be read stays whole."""
        try:
            found = inspect_tnef.files(content)
        except struct.error:
            found = []
        for inner, inside in found or [(name, content)]:
            if inside:
                self.write(inner, inside, False)
            else:
                self.left_out.append(inner or name)

    def is_shown(self, part: Any) -> bool:
        """Is it a picture that the text shows? "inline" alone does not say so: an iPhone says it of every photo."""
        content_id = str(part["Content-ID"] or "").strip().strip("<>")
        if part.get_content_maintype() != "image" or not content_id:
            return False
        said = part.get_content_disposition() == "inline" and not _filename(part)
        return said or f"cid:{content_id}".lower() in unquote(self.text).lower()

    def write(self, name: str, content: bytes, shown: bool) -> None:
        if len(self.parts) == _PARTS:
            raise Refusal("too_many_parts")
        file = self.folder / f"part-{len(self.parts)}.bin"
        file.write_bytes(content)
        self.parts.append({"file": file.name, "name": name[:_LONGEST], "in_text": shown, "within": self.within})


def _leaves(part: Any) -> Iterator[Any]:
    """The parts of an e-mail that have no parts of their own; an e-mail within it is one."""
    if part.is_multipart() and part.get_content_type() != "message/rfc822":
        for inner in part.get_payload():
            yield from _leaves(inner)
    else:
        yield part


def _text(part: Any) -> str:
    """What a part says."""
    charset = str(part.get_content_charset() or "utf-8")
    content = part.get_payload(decode=True) or b""
    try:
        return str(content.decode(charset, "replace"))
    except LookupError:
        return str(content.decode("utf-8", "replace"))


def _decoded(text: str) -> bytes:
    """Base64 as bytes; nothing when it is none."""
    try:
        return base64.b64decode(text.encode("ascii", "ignore"))
    except binascii.Error:
        return b""


def _filename(part: Any) -> str:
    """The name as the e-mail gives it; a header that cannot be read gives none."""
    try:
        return str(part.get_filename() or "")[:_LONGEST]
    except Exception:
        return ""


def _header(message: Any, name: str) -> str:
    """A header as people read it; one that cannot be read gives nothing."""
    try:
        return str(message[name] or "")[:_LONGEST]
    except Exception:
        return ""

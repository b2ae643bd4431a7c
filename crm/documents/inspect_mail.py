"""Takes an e-mail of a stranger apart, in the child process: its attachments, also those of e-mails within it."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from crm.documents.refusal import Refusal

_PARTS = 50
_DEPTH = 5  # e-mails within e-mails
_LONGEST = 500
_HEADERS = ("From", "Subject", "Date", "Message-ID")


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Writes what is attached to the e-mail in `source` to files in `folder`.

    Gives its title and sender, and parts: for each the file, the name it has in the e-mail, whether it is a picture in
    the text, and the title of the e-mail within this one that it came with ("": this one). Raises Refusal, or whatever
    the parser raises.
    """
    with source.open("rb") as file:
        message: Any = BytesParser(EmailMessage, policy=policy.default).parse(file)
    if sum(name in message for name in _HEADERS) < 2:
        raise Refusal("no_mail")
    parts: list[dict[str, Any]] = []
    _gather(message, folder, parts, "", 0)
    if not parts:
        raise Refusal("no_attachments")
    return {"title": _header(message, "Subject"), "sender": _header(message, "From"), "parts": parts}


def _gather(part: Any, folder: Path, parts: list[dict[str, Any]], within: str, depth: int) -> None:
    if part.get_content_type() == "message/rfc822":
        if depth == _DEPTH:
            raise Refusal("bomb")
        for inner in part.get_payload() if part.is_multipart() else ():
            _gather(inner, folder, parts, _header(inner, "Subject") or "–", depth + 1)
    elif part.is_multipart():
        for inner in part.get_payload():
            _gather(inner, folder, parts, within, depth)
    else:
        _write(part, folder, parts, within)


def _write(part: Any, folder: Path, parts: list[dict[str, Any]], within: str) -> None:
    name, disposition = _filename(part), str(part.get_content_disposition() or "")
    if not name and disposition != "attachment" and part.get_content_maintype() in ("text", "message"):
        return  # what the e-mail says
    content = part.get_payload(decode=True)
    if not content:
        return
    if len(parts) == _PARTS:
        raise Refusal("too_many_parts")
    file = folder / f"part-{len(parts)}.bin"
    file.write_bytes(content)
    shown = disposition == "inline" and part.get_content_maintype() == "image"
    parts.append({"file": file.name, "name": name, "in_text": shown, "within": within})


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

"""One e-mail as bytes, made once: what is previewed is what is sent.

Only two moments are put right at *Versturen*, the Date and the DTSTAMP of the calendar; what is shown from then on are
the very bytes that are sent.
"""

import datetime as dt
import re
from base64 import encodebytes
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import format_datetime, make_msgid
from typing import Any

from crm import addresses
from crm.mail import markup

MOST = 20
STAMP = re.compile(rb"(?m)^DTSTAMP:[0-9TZ]+")
Mailbox = tuple[str, str]


@dataclass(frozen=True)
class File:
    """A file that goes along."""

    name: str
    mimetype: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """What goes into a mail. Mailboxes are (name, address); `calendar` are bytes with their `method`."""

    sender: Mailbox
    to: Sequence[Mailbox]
    subject: str
    body: str
    message_id: str
    date: dt.datetime
    cc: Sequence[Mailbox] = ()
    reply_to: Mailbox | None = None
    method: str = ""
    calendar: bytes = b""
    files: Sequence[File] = ()


@dataclass
class Parts:
    """A mail taken apart again, for looking at."""

    sender: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    html: str = ""
    calendar: str = ""
    files: list[File] = field(default_factory=list)


def mailboxes(text: str) -> list[Mailbox]:
    """(name, address) of each address in a field, in any notation. Raises ValueError with a Dutch sentence."""
    if len(text.splitlines()) > 1:
        raise ValueError("Zet de adressen op één regel, met komma's ertussen.")
    found: dict[str, Mailbox] = {}
    for name, address in addresses.split(text):
        try:
            plain = addresses.for_servers(address)
        except addresses.NoAddress as error:
            why = f" {error}" if str(error) == addresses.NOT_ASCII else ""
            raise ValueError(f"“{(address or name)[:80]}” is geen e-mailadres.{why}") from None
        found.setdefault(plain.lower(), (" ".join(name.split()), plain))
    if len(found) > MOST:
        raise ValueError(f"Een e-mail gaat naar ten hoogste {MOST} adressen.")
    return list(found.values())


def address(text: str) -> str:
    """The one address in a text as mail servers write it; empty when there is none."""
    try:
        found = mailboxes(text)
    except ValueError:
        return ""
    return found[0][1] if found else ""


def join(mailboxes: Collection[Mailbox]) -> str:
    """Mailboxes as one field shows them: "Jan Bos <jan@bos.nl>, info@bos.nl"; each address once."""
    once: dict[str, Mailbox] = {}
    for mailbox in mailboxes:
        once.setdefault(mailbox[1].lower(), mailbox)
    return ", ".join(str(header(mailbox)) for mailbox in once.values())


def new_message_id(sender_address: str) -> str:
    """A name for a mail that it keeps however often it is tried, so that mail servers know it again."""
    return make_msgid(domain=sender_address.rpartition("@")[2] or "sleutel.invalid")


def build(letter: Letter) -> bytes:
    """The mail's bytes: plain text, HTML and the calendar, then files. Raises ValueError for a line end in a header."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = header(letter.sender)
    message["To"] = [header(mailbox) for mailbox in letter.to]
    if letter.cc:
        message["Cc"] = [header(mailbox) for mailbox in letter.cc]
    if letter.reply_to and letter.reply_to[1].lower() != letter.sender[1].lower():
        message["Reply-To"] = header(letter.reply_to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = letter.message_id
    message.set_content(markup.to_text(letter.body), cte="quoted-printable")
    message.add_alternative(markup.page(letter.body, letter.subject), subtype="html", cte="quoted-printable")
    if letter.calendar:
        message.add_alternative(
            letter.calendar.decode(), subtype="calendar", params={"method": letter.method}, cte="base64"
        )
    for file in letter.files:
        kind, _slash, subtype = file.mimetype.partition("/")
        message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
    return message.as_bytes()


def dated(mime: bytes, moment: dt.datetime) -> bytes:
    """The same mail as of this moment: only its Date and the DTSTAMP of its calendar differ."""
    message = message_from_bytes(mime, policy=policy.SMTP)
    message.replace_header("Date", format_datetime(moment))
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            stamp = f"DTSTAMP:{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}".encode()
            text: Any = part.get_payload(decode=True)
            part.set_payload(encodebytes(STAMP.sub(stamp, text)).decode())
    return message.as_bytes()


def header(mailbox: Mailbox) -> Address:
    """A mailbox as a header writes it."""
    return Address(display_name=" ".join(mailbox[0].split()), addr_spec=mailbox[1])


def sender_of(mime: bytes) -> str:
    """The address a mail comes from, without reading its files."""
    head = BytesHeaderParser(policy=policy.default).parsebytes(mime)
    return str(head["From"].addresses[0].addr_spec)


def take_apart(mime: bytes) -> Parts:
    """Headers and parts of a mail's bytes."""
    message = message_from_bytes(mime, policy=policy.default)
    parts = Parts(message["From"].addresses[0].addr_spec, [(name, str(value)) for name, value in message.items()])
    for part in message.walk():
        if part.get_content_disposition() == "attachment":
            content: Any = part.get_payload(decode=True)
            parts.files.append(File(part.get_filename() or "", part.get_content_type(), content))
        elif part.get_content_type() == "text/plain":
            parts.text = part.get_content()
        elif part.get_content_type() == "text/html":
            parts.html = part.get_content()
        elif part.get_content_type() == "text/calendar":
            parts.calendar = part.get_content()
    return parts

"""Opens the file of a document request of HDN safely: its XML as elements, bare or out of a record of HDN's platform.

Nothing in a file can make it open another one, and what is beyond measure is refused before it is understood.
"""

import base64
import binascii
import io
import json
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from crm.plugin import N_, Refused, clean

LARGEST = 5_000_000  # bytes of XML
LARGEST_RECORD = 8_000_000  # bytes of the JSON around it: base64 makes a third more
DEEPEST = 30
MOST_ELEMENTS = 50_000  # with their attributes; 999 rows with all there is are 20,000


class Unreadable(Refused):
    """A file that is no document request, or is made to do harm; the text tells the user what to do."""


def opened(data: bytes) -> tuple[dict[str, Any], bytes]:
    """(what the record says of the message, the message itself). Raises Unreadable."""
    if len(data) > LARGEST_RECORD:
        raise Unreadable(N_("Het bestand is te groot voor een documentaanvraag."))
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(N_("Dit JSON-bestand is beschadigd. Haal het bericht opnieuw op.")) from error
    if isinstance(record, list) and len(record) == 1:
        record = record[0]
    message = record.get("message") if isinstance(record, dict) else None
    coded = message.get("data") if isinstance(message, dict) else None
    if not isinstance(coded, str):
        raise Unreadable(N_("In dit JSON-bestand staat geen bericht van HDN."))
    header = flat_record(record)
    kind = header.get("messagetype", "")
    if kind and not kind.upper().startswith("DA"):
        raise Unreadable(N_("Dit is geen documentaanvraag (DA), maar %(kind)s."), kind=kind[:60])
    try:
        return header, base64.b64decode("".join(coded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable(N_("Het bericht in dit JSON-bestand is beschadigd. Haal het opnieuw op.")) from error


def flat_record(record: Mapping[str, Any]) -> dict[str, str]:
    """The texts and numbers of the record's header and miscellaneous part, by name in small letters."""
    found: dict[str, str] = {}
    for part in (record.get("header"), record.get("miscellaneous")):
        for name, value in part.items() if isinstance(part, dict) else ():
            inner = value.items() if isinstance(value, dict) else [(name, value)]
            found |= {key.lower(): tidy(str(one)) for key, one in inner if isinstance(one, str | int)}
    return found


def tree(xml: bytes) -> Element:
    """The message as elements. Raises Unreadable for what is no XML, has a DTD or entities, or is beyond measure."""
    if len(xml) > LARGEST:
        raise Unreadable(N_("Het bestand is te groot voor een documentaanvraag."))
    depth = count = 0
    root: Element | None = None
    try:
        for event, element in iterparse(io.BytesIO(xml), ("start", "end"), forbid_dtd=True):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            count += 1 + len(element.attrib) if event == "start" else 0
            if depth > DEEPEST or count > MOST_ELEMENTS:
                raise Unreadable(N_("Dit bestand zit anders in elkaar dan een documentaanvraag."))
    except DefusedXmlException as error:
        raise Unreadable(N_("In dit bestand staat iets wat niet in een bericht van HDN hoort (een DTD).")) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable(N_("Dit XML-bestand is beschadigd. Haal het bericht opnieuw op.")) from error
    if root is None:
        raise Unreadable(N_("Dit XML-bestand is leeg."))
    return root


def tidy(text: str | None) -> str:
    """A text with single spaces, without signs that cannot be kept."""
    return " ".join(clean(text or "").split())

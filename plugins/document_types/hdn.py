"""Reads a document request of HDN (DA): what a lender asks and what it found of what it got (domain.md §3).

The current XSD is not public, so this accepts what it understands, keeps what it does not, never loses a row and says
where it doubts. Knows no database and no network; nothing in a message can make it open anything.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from crm.plugin import N_
from plugins.document_types.hdn_file import LARGEST_RECORD, Unreadable, opened, tidy, tree

__all__ = ["LARGEST_RECORD", "Request", "Row", "Unreadable", "read"]

MOST_ROWS = 999  # HDN's own limit of DocumentKenmerk
FURTHEST = 20  # references that lead to one another
NUMBER, NAME, TEXT = 100, 200, 2000  # signs that are kept of a number or reference, of what is called so, of a text
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CODED = re.compile(r"([0-9A-Z]{1,3})(?:\s+(.*))?")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
ROOTS = {"documentaanvraagbericht", "documentaanvraag"}
ROW, PARTY = "documentkenmerk", "partijnawdata"
# Messages of HDN that have rows of the same name and mean something else.
OTHERS = {"documentbericht", "offerteaanvraag", "offerte", "statusmelding", "validatiemelding"}
STATUSES = {"01", "02", "03", "04", "06", "07", "08"}
NEED_TEXT = {"07", "08"}  # rejected and cancelled: the lender says why
# What one name means is also written as another; the first is ours.
DESCRIPTION = ("soortdocumentomschr", "soortdocumentomsch", "soortdocumentomschrijving")
ORIGINALS = ("orginelenaanleverenjn", "originelenaanleverenjn")
KNOWN = {
    *DESCRIPTION, *ORIGINALS, "aanlevermoment", "soortdocument", "documentmijnr", "documentstatus",
    "documentstatusomschr", "documentstatusdt", "documentstatustijd", "uitersteaanleverdt", "opgevraagdviabronjn",
}  # fmt: skip
APART = {ROW, "statusketenpartij", "hypotheekgever", "refhypotheekgever", "object", "refobject"}


@dataclass(frozen=True)
class Coded:
    """A value of a list: "07 Afgekeurd" is code "07" and text "Afgekeurd". Without a code all is text."""

    code: str = ""
    text: str = ""


@dataclass(frozen=True)
class Party:
    """A person of the application (PartijNAWData); empty where the message does not say."""

    ref: str = ""
    surname: str = ""
    prefix: str = ""
    initials: str = ""
    birth_date: dt.date | None = None


@dataclass(frozen=True)
class Row:
    """One document that is asked (DocumentKenmerk).

    `number` (DocumentMijNr) is the lender's own within the dossier. `status_at` is in UTC. `party` is who it is of,
    None for the whole dossier; `party_ref` and `object_ref` are the references as written. `from_source`: the lender
    gets it elsewhere (OpgevraagdViaBronJN), nothing is asked of the client. `unknown` is what we do not know, by name.
    """

    number: str
    kind: Coded
    description: str
    status: Coded
    status_text: str = ""
    status_at: dt.datetime | None = None
    due_on: dt.date | None = None
    moment: Coded = Coded()
    originals: bool = False
    from_source: bool = False
    party: Party | None = None
    party_ref: str = ""
    object_ref: str = ""
    unknown: tuple[tuple[str, str], ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sender:
    """Who sent what to whom: of the Header in the message, else of the record around it.

    `application` is the AanvraagVolgNr, the leading key; `trace` the requestTraceNr of the record.
    """

    number: str = ""
    name: str = ""
    receiver: str = ""
    application: str = ""
    version: str = ""
    trace: str = ""
    sent_at: dt.datetime | None = None


@dataclass(frozen=True)
class Request:
    """A document request. `reference` is the lender's Kenmerk; `digest` the SHA-256 of the XML, the same for the same
    message; `doubts` are Dutch sentences for who handles it."""

    sender: Sender
    reference: str
    rows: tuple[Row, ...]
    parties: tuple[Party, ...]
    digest: str
    xml: bytes
    doubts: tuple[str, ...] = ()


def read(data: bytes) -> Request:
    """The document request in a file: bare XML, or a record of HDN's platform in JSON. Raises Unreadable."""
    start = data[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1]
    if start in (b"{", b"["):
        header, xml = opened(data)
    elif start == b"<":
        header, xml = {}, data
    else:
        raise Unreadable(N_("Dit is geen bericht van HDN. Kies het XML- of JSON-bestand van de documentaanvraag."))
    return understood(tree(xml), header, xml)


# --- Understanding it ----------------------------------------------------------------------------------------


def name_of(element: Element) -> str:
    """An element's name without namespace, in small letters; of a comment nothing."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def cut(text: str, most: int) -> str:
    """At most so many signs of a text; what was left out is marked."""
    return text if len(text) <= most else text[: most - 1] + "…"


def below(element: Element, apart: bool = True) -> Iterator[Element]:
    """All elements within, nearest first; not those within the groups that are APART."""
    for child in element:
        yield child
    for child in element:
        if not apart or name_of(child) not in APART:
            yield from below(child, apart)


def texts(element: Element) -> dict[str, str]:
    """{name: text} of what is within, the nearest of each name."""
    found: dict[str, str] = {}
    for child in below(element):
        if len(child) == 0 and name_of(child) not in APART:
            found.setdefault(name_of(child), tidy(child.text))
    return found


def coded(text: str) -> Coded:
    """ "07 Afgekeurd" taken apart (domain.md §3.5 no. 4)."""
    found = CODED.fullmatch(text)
    return Coded(found[1], cut(found[2] or "", NAME)) if found else Coded("", cut(text, NAME))


def is_yes(text: str) -> bool:
    """True for "J Ja" and the like."""
    return coded(text.upper()).code in ("J", "1", "JA") or text.lower() == "true"


def day(text: str) -> dt.date | None:
    """A date as yyyy-mm-dd (with a time behind it or not) or dd-mm-yyyy; None for anything else."""
    if found := re.match(r"(\d{4})-(\d{2})-(\d{2})", text):
        year, month, number = found.groups()
    elif found := re.fullmatch(r"(\d{2})-(\d{2})-(\d{4})", text):
        number, month, year = found.groups()
    else:
        return None
    try:
        made = dt.date(int(year), int(month), int(number))
    except ValueError:
        return None
    return made if 1900 <= made.year <= 2100 else None


def moment(date: str, time: str) -> dt.datetime | None:
    """The moment, in UTC, of a Dutch date and time; at midnight without a time, None without a date."""
    found, clock = day(date), CLOCK.search(time or date[10:])
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    try:
        at = dt.time(hour, minute, second)
    except ValueError:
        at = dt.time()
    return dt.datetime.combine(found, at, AMSTERDAM).astimezone(dt.UTC)


class Links:
    """Who is behind the references (ID, IDREF) of a message; each is looked up once, and a circle leads nowhere."""

    def __init__(self, root: Element) -> None:
        self.elements = {ref: one for one in root.iter() if (ref := attribute(one, "id"))}
        self.found: dict[str, Party | None] = {}

    def party(self, ref: str, steps: int = 0) -> Party | None:
        """The person a reference leads to, perhaps by way of others."""
        if ref not in self.found and steps <= FURTHEST:
            self.found[ref] = None
            element = self.elements.get(ref)
            if element is not None and not any(name_of(one) == ROW for one in element.iter()):
                self.found[ref] = self.party_in(element, steps)
        return self.found.get(ref)

    def party_in(self, element: Element, steps: int = 0) -> Party | None:
        """The person an element holds or refers to."""
        if name_of(element) == PARTY or "geboorteachternaam" in texts(element):
            return party_of(element)
        return next((found for ref in refs_of(element) if (found := self.party(ref, steps + 1))), None)


def refs_of(element: Element) -> list[str]:
    """What an element refers to, the nearest first; its own text when that is all there is."""
    found = [ref for one in (element, *below(element, apart=False)) if (ref := attribute(one, "idref"))]
    return found or [text for text in [tidy(element.text)] if text and len(element) == 0]


def understood(root: Element, header: Mapping[str, str], xml: bytes) -> Request:
    """What the message says. Raises Unreadable when it is another one, or asks nothing."""
    every = [root, *root.iter()]
    names = {name_of(one) for one in every}
    if name_of(root) in OTHERS or (names & OTHERS and not names & ROOTS):
        raise Unreadable(N_("Dit is geen documentaanvraag (DA), maar %(kind)s."), kind=root.tag.rpartition("}")[2][:60])
    rows = [one for one in root.iter() if name_of(one) == ROW]
    if not rows:
        raise Unreadable(N_("In dit bericht wordt geen enkel document gevraagd."))
    if len(rows) > MOST_ROWS:
        raise Unreadable(N_("In dit bericht staan meer dan %(most)s documenten; dat mag niet van HDN."), most=MOST_ROWS)
    links = Links(root)
    doubts = [] if names & ROOTS else [N_("Het bericht heet anders dan een documentaanvraag.")]
    sender = sender_of(root, header)
    if not sender.application:
        doubts.append(N_("Het aanvraagvolgnummer ontbreekt: kies zelf bij welk dossier dit hoort."))
    made = tuple(row_of(one, links) for one in rows)
    numbers = [row.number for row in made if row.number]
    if len(numbers) != len(set(numbers)):
        doubts.append(N_("Twee documenten hebben hetzelfde nummer van de maatschappij."))
    data = next((texts(one) for one in root.iter() if name_of(one) == "documentdata"), {})
    parties = tuple(party_of(one) for one in root.iter() if name_of(one) == PARTY)
    digest = hashlib.sha256(xml).hexdigest()
    return Request(sender, cut(data.get("kenmerk", ""), NUMBER), made, parties, digest, xml, tuple(doubts))


def attribute(element: Element, name: str) -> str:
    """An attribute's value, whatever its namespace and capitals."""
    return next((tidy(value) for key, value in element.items() if key.rpartition("}")[2].lower() == name), "")


def sender_of(root: Element, record: Mapping[str, str]) -> Sender:
    """Who sent it: the Header's own words before those of the record."""
    header = next((texts(one) for one in root.iter() if name_of(one) == "header"), {})
    return Sender(
        number=cut(header.get("verzendernrhdn") or record.get("sender", ""), NUMBER),
        name=cut(header.get("verzendernaam") or record.get("sendername", ""), NAME),
        receiver=cut(header.get("ontvangernrhdn") or record.get("receiver", ""), NUMBER),
        application=cut(header.get("aanvraagvolgnr", ""), NUMBER),
        version=cut(header.get("aanvraagversie") or record.get("requestversion", ""), NUMBER),
        trace=cut(record.get("requesttracenr", ""), NUMBER),
        sent_at=moment(header.get("verzenddt", ""), header.get("verzendtijd", "")),
    )


def row_of(element: Element, links: Links) -> Row:
    """One document, with what is doubtful about it."""
    said = texts(element)
    kind, status = coded(said.get("soortdocument", "")), coded(said.get("documentstatus", ""))
    status_text = cut(said.get("documentstatusomschr", ""), TEXT)
    person = group(element, "hypotheekgever")
    party_ref = next(iter(refs_of(person)), "") if person is not None else ""
    party = links.party_in(person) if person is not None else None
    home = group(element, "object")
    checks = (
        (not said.get("documentmijnr"), N_("Het nummer van de maatschappij ontbreekt.")),
        (not kind.code, N_("De code van het soort document ontbreekt.")),
        (status.code not in STATUSES, N_("De status is onbekend.")),
        (status.code in NEED_TEXT and not status_text, N_("De maatschappij zegt niet waarom.")),
        (is_wrong_day(said.get("documentstatusdt", "")), N_("De datum van de status is niet te lezen.")),
        (is_wrong_day(said.get("uitersteaanleverdt", "")), N_("De uiterste datum is niet te lezen.")),
        (person is not None and party is None, N_("De persoon bij dit document staat niet in het bericht.")),
        (is_cut(said), N_("Een tekst bij dit document is te lang; een deel is weggelaten.")),
    )
    return Row(
        number=cut(said.get("documentmijnr", ""), NUMBER),
        kind=kind,
        description=cut(first(said, DESCRIPTION) or kind.text, NAME),
        status=status,
        status_text=status_text,
        status_at=moment(said.get("documentstatusdt", ""), said.get("documentstatustijd", "")),
        due_on=day(said.get("uitersteaanleverdt", "")),
        moment=coded(said.get("aanlevermoment", "")),
        originals=is_yes(first(said, ORIGINALS)),
        from_source=is_yes(said.get("opgevraagdviabronjn", "")),
        party=party,
        party_ref=party_ref,
        object_ref=next(iter(refs_of(home)), "") if home is not None else "",
        unknown=tuple((cut(name, NAME), cut(text, TEXT)) for name, text in said.items() if name not in KNOWN and text),
        doubts=tuple(text for wrong, text in checks if wrong),
    )


def first(said: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The text under the first of these names that is there."""
    return next((said[name] for name in names if said.get(name)), "")


def is_cut(said: Mapping[str, str]) -> bool:
    """True when a text of a row is longer than what is kept of it."""
    longest = {"documentmijnr": NUMBER, "documentstatusomschr": TEXT} | dict.fromkeys(DESCRIPTION, NAME)
    return any(len(said.get(name, "")) > most for name, most in longest.items())


def is_wrong_day(text: str) -> bool:
    """True for a date that is written and can't be read."""
    return bool(text) and day(text) is None


def group(element: Element, name: str) -> Element | None:
    """The group of this name in a row, or the reference to one."""
    return next((one for one in below(element) if name_of(one) in (name, f"ref{name}")), None)


def party_of(element: Element) -> Party:
    """A person of the application."""
    said = texts(element)
    return Party(
        ref=cut(attribute(element, "id"), NUMBER),
        surname=cut(said.get("geboorteachternaam") or said.get("correspondentienaam", ""), NAME),
        prefix=cut(first(said, ("geboortetussenvoegsels", "correspondentietussenvoegsels")), NAME),
        initials=cut(said.get("voorletters", ""), NAME),
        birth_date=day(said.get("geboortedt", "")),
    )

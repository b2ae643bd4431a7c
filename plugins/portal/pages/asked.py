"""What a client was asked for, as pages show it: pure functions over what the CRM put and what is on its way."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.furniture import N_, said, utcnow
from plugins.portal.uploads.models import Upload
from plugins.portal.vaults.queries import Content

OTHER = "other"
DONE, SENDING, CHECKING, REFUSED = "approved", "sending", "checking", "refused"
FIRST = ("rejected", REFUSED, "partial", "expired")  # what is not right yet comes before what is new
TO_DO = (*FIRST, "open", SENDING)  # what waits for the client
# A state's look: the icon, and the class of its colour. Received is never green: it is not good yet.
LOOKS = {
    "open": ("circle-dashed", ""),
    SENDING: ("upload", "st-part"),
    CHECKING: ("inbox", "st-in"),
    "received": ("inbox", "st-in"),
    "in_review": ("eye", "st-in"),
    DONE: ("circle-check", "st-ok"),
    "partial": ("circle-half-2", "st-part"),
    "rejected": ("circle-x", "st-no"),
    REFUSED: ("file-x", "st-no"),
    "expired": ("clock-exclamation", "st-part"),
}
# The look of a file that was sent.
OF_FILES = {CHECKING: LOOKS[CHECKING], "checked": ("check", "st-in"), REFUSED: LOOKS[REFUSED]}
RECEIVED = N_("Ontvangen. Nu controleren wij het bestand.")
TAKEN_BACK = N_("Wordt teruggenomen")
ON_ITS_WAY = N_("Het verzenden is nog niet klaar.")
# Who has it now, by name; without a name the CRM's own words say enough.
WITH_NAME = {
    "received": N_("Gecontroleerd. %(name)s bekijkt het."),
    "in_review": N_("Wordt bekeken door %(name)s."),
}
# The way of a document, and how far it is in each state.
WAY = (N_("Verzenden"), N_("Ontvangen"), N_("Gecontroleerd"), N_("Wordt bekeken"), N_("Goedgekeurd"))
REACHED = {SENDING: 0, CHECKING: 2, "received": 3, "in_review": 3, DONE: len(WAY)}
# The CRM's next word of a request comes well within this, once it took a file.
A_MOMENT = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Asked:
    """One request with the uploads for it that the CRM does not speak of itself: `waiting` are whole, `unfinished` are
    not."""

    name: str
    says: dict[str, Any]
    waiting: Sequence[Upload] = ()
    unfinished: Sequence[Upload] = ()
    leaving: Collection[str] = ()  # names of uploads that the client took back just now

    @property
    def state(self) -> str:
        """Where it stands: what the CRM said last, or what was sent since."""
        known: str = self.says.get("state", "open")
        if known not in TO_DO:
            return known
        return CHECKING if self.waiting else SENDING if self.unfinished else known

    @property
    def words(self) -> str:
        """What the client reads of how it stands."""
        if self.state == CHECKING:
            return said(RECEIVED)
        if self.state == SENDING:
            return said(ON_ITS_WAY)
        name = self.says.get("by", "")
        if name and self.state in WITH_NAME:
            return said(WITH_NAME[self.state], name=name)
        return said(str(self.says.get("words", "")))

    @property
    def look(self) -> tuple[str, str]:
        return LOOKS.get(self.state, LOOKS["open"])

    @property
    def comes_first(self) -> bool:
        return self.state in FIRST

    @property
    def is_other(self) -> bool:
        """Is this the place for what nobody asked for? It is counted nowhere."""
        return self.says.get("state") == OTHER

    @property
    def is_to_do(self) -> bool:
        """Does it wait for the client?"""
        return self.state in TO_DO

    @property
    def files(self) -> list[dict[str, Any]]:
        """What the client sent and the CRM speaks of; what he took back a moment ago says so."""
        return [file | self.told(file) for file in self.says.get("files", [])]

    def told(self, file: dict[str, Any]) -> dict[str, Any]:
        """What is said of a file in the client's language."""
        is_leaving = file.get("upload") in self.leaving
        return {
            "words": said(TAKEN_BACK if is_leaving else str(file.get("words", ""))),
            "why": said(str(file.get("why", ""))),
            "may_withdraw": bool(file.get("may_withdraw")) and not is_leaving,
        }

    def may_withdraw(self, upload: str) -> bool:
        """May the client have this file back: not whole yet, not known to the CRM, or not looked at there?"""
        mine = [one.name for one in (*self.waiting, *self.unfinished)]
        return upload in mine or any(one.get("upload") == upload and one.get("may_withdraw") for one in self.files)

    @property
    def why(self) -> str:
        """Why what was sent last cannot be used, and what to do."""
        files = self.files
        return str(files[-1]["why"]) if self.state == REFUSED and files else ""

    @property
    def until(self) -> dt.date | None:
        """The day on which it should be here."""
        text = self.says.get("until")
        return dt.date.fromisoformat(text) if text else None

    @property
    def way(self) -> list[tuple[str, str]]:
        """Where what was sent is: each step with `done`, `now` or `later`; nothing while there is nothing to follow."""
        reached = REACHED.get(self.state)
        if reached is None:
            return []
        return [
            (step, "done" if place < reached else "now" if place == reached else "later")
            for place, step in enumerate(WAY)
        ]


@dataclass
class Group:
    """Requests under one product or heading (U-034), and how many of them all are good."""

    name: str
    requests: list[Asked] = field(default_factory=list)
    done: int = 0
    count: int = 0


def requests(contents: Iterable[Content], uploads: Iterable[Upload]) -> list[Asked]:
    """Every request of a vault in the CRM's order."""
    sent: dict[str, list[Upload]] = {}
    for upload in uploads:
        sent.setdefault(upload.request, []).append(upload)
    found = [asked(content, sent.get(content.name, [])) for content in contents]
    return sorted(found, key=lambda one: (one.says.get("place", 0), one.says.get("title", "")))


def asked(content: Content, uploads: Sequence[Upload]) -> Asked:
    """One request; an upload that the CRM speaks of itself, or took a while ago, is no longer told by us."""
    known = {file.get("upload") for file in content.says.get("files", [])}
    new = [upload for upload in uploads if upload.name not in known]
    lately = utcnow() - A_MOMENT
    waiting = [
        one
        for one in new
        if one.whole_at and one.withdrawn_at is None and (one.wiped_at is None or one.wiped_at > lately)
    ]
    leaving = {one.name for one in uploads if one.withdrawn_at and one.withdrawn_at > lately}
    return Asked(content.name, content.says, waiting, [one for one in new if one.whole_at is None], leaving)


def groups(known: Iterable[Asked], shown: Iterable[Asked]) -> list[Group]:
    """Those of the requests that are shown under their headings, in order; what is `known` is counted."""
    found: dict[str, Group] = {}
    for one in known:
        group = found.setdefault(heading(one), Group(heading(one)))
        group.count += 1
        group.done += one.state == DONE
    for one in shown:
        found[heading(one)].requests.append(one)
    return [group for group in found.values() if group.requests]


def heading(asked: Asked) -> str:
    return str(asked.says.get("group", ""))

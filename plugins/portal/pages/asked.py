"""What a client was asked for, as pages show it: pure functions over what the CRM put and what is on its way."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crm.furniture import N_
from plugins.portal.uploads.models import Upload
from plugins.portal.vaults.queries import Content

DONE = "approved"
FIRST = ("rejected", "partial", "expired")  # what is not right yet comes before what is new
# A state's look: the icon, and the class of its colour. Received is never green: it is not good yet.
LOOKS = {
    "open": ("circle-dashed", ""),
    "received": ("inbox", "st-in"),
    "in_review": ("eye", "st-in"),
    "approved": ("circle-check", "st-ok"),
    "partial": ("circle-half-2", "st-part"),
    "rejected": ("circle-x", "st-no"),
    "expired": ("clock-exclamation", "st-part"),
}
RECEIVED = N_("Ontvangen. Nu controleren wij het bestand.")
ON_ITS_WAY = N_("Het verzenden is nog niet klaar.")


@dataclass(frozen=True)
class Asked:
    """One request with the uploads for it that the CRM does not know of yet."""

    name: str
    says: dict[str, Any]
    waiting: Sequence[Upload]
    unfinished: Sequence[Upload]

    @property
    def state(self) -> str:
        known: str = self.says.get("state", "open")
        return "received" if self.waiting and known in ("open", *FIRST) else known

    @property
    def words(self) -> str:
        """What the client reads of how it stands."""
        if self.waiting:
            return RECEIVED
        return ON_ITS_WAY if self.unfinished else str(self.says.get("words", ""))

    @property
    def look(self) -> tuple[str, str]:
        return LOOKS.get(self.state, LOOKS["open"])

    @property
    def comes_first(self) -> bool:
        return self.state in FIRST

    @property
    def until(self) -> dt.date | None:
        """The day on which it should be here."""
        text = self.says.get("until")
        return dt.date.fromisoformat(text) if text else None


def requests(contents: Iterable[Content], uploads: Iterable[Upload]) -> list[Asked]:
    """Every request of a vault in the CRM's order."""
    sent: dict[str, list[Upload]] = {}
    for upload in uploads:
        sent.setdefault(upload.request, []).append(upload)
    found = [asked(content, sent.get(content.name, [])) for content in contents]
    return sorted(found, key=lambda one: (one.says.get("place", 0), one.says.get("title", "")))


def asked(content: Content, uploads: Sequence[Upload]) -> Asked:
    """One request; an upload that the CRM speaks of itself is no longer told by us."""
    known = {file.get("upload") for file in content.says.get("files", [])}
    new = [upload for upload in uploads if upload.name not in known]
    waiting = [upload for upload in new if upload.whole_at is not None]
    return Asked(content.name, content.says, waiting, [upload for upload in new if upload.whole_at is None])


def groups(requests: Iterable[Asked]) -> dict[str, list[Asked]]:
    """Requests under their product or heading (U-034), in order."""
    found: dict[str, list[Asked]] = {}
    for one in requests:
        found.setdefault(str(one.says.get("group", "")), []).append(one)
    return found

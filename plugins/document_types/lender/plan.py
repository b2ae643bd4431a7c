"""What a message would do to the stukken of a dossier, row by row, before anything is done (domain.md §3.5)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from crm.plugin import N_, Relation, fold
from plugins.document_types.hdn import Request, Row
from plugins.document_types.lender.queries import person_of
from plugins.document_types.models import DocumentType
from plugins.document_types.requests import states
from plugins.document_types.requests.models import DocumentRequest
from plugins.document_types.requests.wanting import Wanted, title_of

VERDICTS = {
    "01": states.NONE,
    "02": states.IN_REVIEW,
    "03": states.RECEIVED,
    "04": states.APPROVED,
    "06": states.PROVISIONAL,
    "07": states.REJECTED,
    "08": states.CANCELLED,
}
NEW, CHANGED, SAME, OLDER, SKIPPED = "new", "changed", "same", "older", "skipped"
ACTIONS = {
    NEW: N_("Nieuw"),
    CHANGED: N_("Gewijzigd"),
    SAME: N_("Ongewijzigd"),
    OLDER: N_("Ouder dan wat er staat"),
    SKIPPED: N_("Overgeslagen"),
}
OTHER = "other_document"


@dataclass
class Step:
    """What one row would do. `request` is the stuk it is about, None for a new one; `wanted` is what would be asked.

    `verdict` is a key of states.LENDER_VERDICTS, None for a status we do not know. `client_text` is what the client
    would read of a rejection, for the adviser to put in other words. `doubts` are Dutch sentences. `was_said_before`:
    of what was there before a newer file came in.
    """

    number: int
    row: Row
    action: str
    wanted: Wanted
    verdict: str | None
    request: DocumentRequest | None = None
    doubts: list[str] = field(default_factory=list)
    was_said_before: bool = False

    @property
    def is_rejection(self) -> bool:
        """Will the client be told that he has to send something again?"""
        is_news = self.action in (NEW, CHANGED) and not self.was_said_before
        return self.verdict == states.REJECTED and is_news

    @property
    def client_text(self) -> str:
        return self.row.status_text

    @property
    def status_title(self) -> str:
        """The lender's status in our words, or in its own."""
        if self.verdict is None:
            return f"{self.row.status.code} {self.row.status.text}".strip()
        if self.verdict == states.NONE:
            return states.STATUSES[states.OPEN].title
        return states.LENDER_VERDICTS[self.verdict]


def steps(
    message: Request,
    requests: Sequence[DocumentRequest],
    people: Sequence[Relation],
    types: Mapping[str, DocumentType],
    product_id: int | None = None,
) -> list[Step]:
    """What a message about a product would do in a dossier with these stukken and applicants; a stuk is of one row at
    most."""
    split = Counter((row.kind.code, row.party_ref) for row in message.rows)
    free = list(requests)
    found = []
    for number, row in enumerate(message.rows):
        several = split[row.kind.code, row.party_ref] > 1
        step = step_of(number, row, free, people, types, product_id, several)
        if step.request is not None:
            free.remove(step.request)
        found.append(step)
    return found


def step_of(
    number: int,
    row: Row,
    requests: Sequence[DocumentRequest],
    people: Sequence[Relation],
    types: Mapping[str, DocumentType],
    product_id: int | None,
    is_one_of_several: bool,
) -> Step:
    """One row. `is_one_of_several`: told apart from others of its kind by the lender's words (HDN 17)."""
    document_type, doubts = type_of(row, types), list(row.doubts)
    if document_type.key == OTHER:
        doubts.append(N_("Deze soort kennen wij niet: het stuk komt op de lijst onder de naam van de maatschappij."))
    person = person_of(row.party, people) if row.party else None
    if row.party and person is None:
        doubts.append(N_("Deze persoon hoort niet bij het dossier: het stuk geldt voor het hele dossier."))
    item = row.description if is_one_of_several or document_type.key == OTHER else ""
    title = row.description if item else title_of(document_type, person, "")
    wanted = Wanted(document_type, person, item, title or document_type.name)
    request = request_of(row, wanted, requests, product_id)
    verdict = VERDICTS.get(row.status.code)
    was_said_before = request is not None and is_told_before(row, request, verdict)
    if was_said_before:
        doubts.append(N_("De maatschappij schreef dit al voordat het nieuwste bestand binnenkwam."))
    return Step(number, row, action_of(row, request, verdict), wanted, verdict, request, doubts, was_said_before)


def type_of(row: Row, types: Mapping[str, DocumentType]) -> DocumentType:
    """The office's type with this code of HDN, of several the one whose name is most like the lender's words."""
    fitting = [one for one in types.values() if one.is_active and row.kind.code and row.kind.code in one.hdn_codes]
    said = fold(row.description)
    if not fitting:
        return types[OTHER]
    return max(fitting, key=lambda one: SequenceMatcher(None, fold(one.name), said).ratio())


def request_of(
    row: Row, wanted: Wanted, requests: Sequence[DocumentRequest], product_id: int | None
) -> DocumentRequest | None:
    """The stuk a row is about: by the lender's number, else the same type, person and item that no lender asked yet."""
    numbered = (one for one in requests if row.number and is_numbered(one, row, product_id))
    same = (one for one in requests if one.key == wanted.key and not one.lender_ref)
    return next(numbered, None) or next(same, None)


def is_numbered(request: DocumentRequest, row: Row, product_id: int | None) -> bool:
    """Has a stuk the row's number, of the same lender? Two lenders of one dossier may give out the same number; where
    the product says nothing, the kind of document does."""
    if request.lender_ref != row.number:
        return False
    both_known = request.product_id is not None and product_id is not None
    return request.product_id == product_id if both_known else request.hdn_code == row.kind.code


def action_of(row: Row, request: DocumentRequest | None, verdict: str | None) -> str:
    """What happens to the stuk."""
    if verdict == states.CANCELLED and (request is None or request.status == states.WITHDRAWN):
        return SKIPPED
    if request is None:
        return NEW
    known = request.lender_status_at
    if known and row.status_at and row.status_at < known:
        return OLDER
    return SAME if is_as_said(row, request, verdict) else CHANGED


def is_as_said(row: Row, request: DocumentRequest, verdict: str | None) -> bool:
    """Does the stuk stand already as this row says?"""
    said = (verdict, said_by(row)) == (request.lender_verdict, request.lender_text)
    told = verdict is None or said or is_told_before(row, request, verdict)
    kept = (request.lender_ref, request.lender_has_it) == (row.number or request.lender_ref, row.from_source)
    return told and kept and row.due_on in (None, request.due_on)


def is_told_before(row: Row, request: DocumentRequest, verdict: str | None) -> bool:
    """Is this a word on a file after which a newer one came in? A lender repeats all rows with each message. A yes
    without a day is said in the same words each time, so nobody can tell: it counts."""
    told = (request.lender_status_at, request.lender_text) == (row.status_at, said_by(row))
    can_tell = verdict == states.REJECTED or (verdict in states.LENDER_SAYS_YES and row.status_at is not None)
    return told and can_tell and request.lender_verdict == states.NONE


def said_by(row: Row) -> str:
    """What the lender says of a document: its own words, else those of the status."""
    return row.status_text or row.status.text or row.status.code

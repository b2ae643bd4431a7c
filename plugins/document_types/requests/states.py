"""The state machine of a stuk as data (domain.md §5.3), and what the client sees of it. Knows no database."""

from dataclasses import dataclass

from crm.plugin import N_

OPEN, SUBMITTED, IN_REVIEW, APPROVED = "open", "submitted", "in_review", "approved"
REJECTED, EXPIRED, WITHDRAWN = "rejected", "expired", "withdrawn"


@dataclass(frozen=True)
class Status:
    """How a status is shown: title, Tabler colour and icon; what the client reads, and on which tab of the vault."""

    title: str
    colour: str
    icon: str
    client: str
    tab: str


REQUESTS, DONE = "requests", "completed"
STATUSES = {
    OPEN: Status(N_("Aan te leveren"), "secondary", "clock", N_("Nog aanleveren"), REQUESTS),
    SUBMITTED: Status(N_("Ontvangen"), "azure", "inbox", N_("Ontvangen, wordt bekeken"), REQUESTS),
    IN_REVIEW: Status(N_("In beoordeling"), "azure", "eye", N_("Wordt bekeken"), REQUESTS),
    APPROVED: Status(N_("Goedgekeurd"), "green", "circle-check", N_("Goedgekeurd"), DONE),
    REJECTED: Status(N_("Afgekeurd"), "red", "alert-circle", N_("Afgekeurd, opnieuw aanleveren"), REQUESTS),
    EXPIRED: Status(N_("Verlopen"), "orange", "alert-triangle", N_("Niet meer geldig, opnieuw aanleveren"), REQUESTS),
    WITHDRAWN: Status(N_("Vervallen"), "secondary", "x", "", ""),
}
TO_REVIEW = (SUBMITTED, IN_REVIEW)
COME_IN = (*TO_REVIEW, APPROVED)
TO_DELIVER = (OPEN, REJECTED, EXPIRED)

# What office and lender think of a stuk, apart. PARTLY: what came in is good and kept, but something is missing.
NONE, PARTLY, RECEIVED, PROVISIONAL, CANCELLED = "none", "partly", "received", "provisionally_approved", "cancelled"
OFFICE_VERDICTS = {
    NONE: N_("Nog niet"),
    APPROVED: N_("Goedgekeurd"),
    PARTLY: N_("Deels goed"),
    REJECTED: N_("Afgekeurd"),
}
LENDER_VERDICTS = {
    NONE: N_("Nog niet"),
    RECEIVED: N_("Ontvangen"),
    IN_REVIEW: N_("In behandeling"),
    PROVISIONAL: N_("Voorlopig akkoord"),
    APPROVED: N_("Akkoord"),
    REJECTED: N_("Afgekeurd"),
    CANCELLED: N_("Vervallen"),
}
OFFICE_SAYS_NO = (REJECTED, PARTLY)
LENDER_SAYS_YES = (PROVISIONAL, APPROVED)
LENDER_HAS_IT = (RECEIVED, IN_REVIEW)
LENDER_SAYS_OF_FILE = (REJECTED, *LENDER_SAYS_YES)

ORIGINS = {"checklist": N_("Stukkenlijst"), "manual": N_("Met de hand"), "hdn": N_("HDN-documentaanvraag")}


@dataclass(frozen=True)
class Event:
    """What can happen with a stuk: from which statuses, to which, and what the dossier's feed calls it."""

    title: str
    origins: tuple[str, ...]
    target: str


EVERY = tuple(STATUSES)
THERE = tuple(key for key in STATUSES if key != WITHDRAWN)
EVENTS = {
    "submit": Event(N_("Aangeleverd"), (*TO_DELIVER, *TO_REVIEW), SUBMITTED),
    "renew": Event(N_("Nieuwe versie aangeleverd"), (APPROVED,), SUBMITTED),
    "take_back": Event(N_("Bestand teruggenomen"), TO_REVIEW, OPEN),
    "begin_review": Event(N_("Beoordeling begonnen"), (SUBMITTED,), IN_REVIEW),
    "approve": Event(N_("Goedgekeurd"), TO_REVIEW, APPROVED),
    "reject": Event(N_("Afgekeurd"), COME_IN, REJECTED),
    "partly": Event(N_("Deels goed"), COME_IN, REJECTED),
    "look_again": Event(N_("Oordeel teruggenomen"), (APPROVED, REJECTED), IN_REVIEW),
    "expire": Event(N_("Verlopen"), (APPROVED,), EXPIRED),
    "reopen": Event(N_("Opnieuw gevraagd"), (APPROVED, REJECTED, EXPIRED), OPEN),
    "restore": Event(N_("Terug op de lijst"), (WITHDRAWN,), OPEN),
    "withdraw": Event(N_("Vervallen"), THERE, WITHDRAWN),
    # The maatschappij is told of what came in by other ways too, so its word counts whatever we know.
    "lender_none": Event(N_("Opnieuw gevraagd door de maatschappij"), COME_IN, OPEN),
    "lender_received": Event(N_("Ontvangen door de maatschappij"), THERE, SUBMITTED),
    "lender_in_review": Event(N_("In behandeling bij de maatschappij"), THERE, IN_REVIEW),
    "lender_provisionally_approved": Event(N_("Voorlopig akkoord van de maatschappij"), THERE, APPROVED),
    "lender_approved": Event(N_("Akkoord van de maatschappij"), THERE, APPROVED),
    "lender_rejected": Event(N_("Afgekeurd door de maatschappij"), THERE, REJECTED),
    "lender_cancelled": Event(N_("Vervallen bij de maatschappij"), THERE, WITHDRAWN),
}


def allowed(event: str, status: str) -> bool:
    """May this happen with a stuk of this status?"""
    return status in EVENTS[event].origins


def after_restore(office_verdict: str, lender_verdict: str) -> str:
    """The status of a stuk that is asked again after it was withdrawn, when nothing of it is unseen: what was thought
    of it still counts."""
    if office_verdict in OFFICE_SAYS_NO or lender_verdict == REJECTED:
        return REJECTED
    if office_verdict == APPROVED or lender_verdict in LENDER_SAYS_YES:
        return APPROVED
    return EVENTS[f"lender_{lender_verdict}"].target if lender_verdict in LENDER_HAS_IT else OPEN


def after_lender(verdict: str, office_verdict: str) -> str:
    """The status that a verdict of the maatschappij leads to: a rejection by either wins (domain.md §5.3)."""
    target = EVENTS[f"lender_{verdict}"].target
    return REJECTED if office_verdict in OFFICE_SAYS_NO and target != WITHDRAWN else target


@dataclass(frozen=True)
class ClientView:
    """What the client sees of a stuk: status in words, the tab it stands on, may he upload, what was said to him."""

    status: str
    text: str
    tab: str
    may_upload: bool
    message: str


def client_view(status: str, is_shown: bool, message: str = "") -> ClientView | None:
    """What the client sees of a stuk with this status; None when it is not in his vault (U-037, withdrawn)."""
    known = STATUSES[status]
    if not is_shown or not known.tab:
        return None
    said = message if status in TO_DELIVER else ""
    return ClientView(status, known.client, known.tab, status in (*TO_DELIVER, SUBMITTED), said)

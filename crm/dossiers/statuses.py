"""The status path of a dossier and who may take which step (domain.md §5.1), as one table."""

from dataclasses import dataclass

from crm.texts import N_

ORIENTING, INTAKE, ADVICE, AFTERCARE = "orienting", "intake", "advice", "aftercare"
CLOSED, CANCELLED, DECLINED = "closed", "cancelled", "declined"
BEFORE_TALK = (ORIENTING, INTAKE)
ENDED = (CLOSED, CANCELLED)

# What a step takes.
APPOINTMENT = "appointment"  # an appointment is planned
NO_APPOINTMENT = "no_appointment"  # the appointment was cancelled and there is no new one
ASSISTANT = "assistant"  # the definite assistent is chosen (O-038)
CONFIRMATION = "confirmation"  # steps are passed over, and that is meant
REASON = "reason"  # with a reason
ADMIN = "admin"  # beheerder only


@dataclass(frozen=True)
class Status:
    """A status; `phase` is the arrow of the path it lies in."""

    key: str
    title: str
    phase: str = ""


STATUSES = {
    status.key: status
    for status in (
        Status(ORIENTING, N_("Oriënteren"), N_("Oriënteren")),
        Status(INTAKE, N_("Intake"), N_("Intake")),
        Status(ADVICE, N_("Advies"), N_("Advies")),
        Status("application", N_("Aanvraag"), N_("Aanvraag")),
        Status("interest_offer", N_("Renteaanbod"), N_("Offerte")),
        Status("collecting", N_("Stukken compleet maken"), N_("Offerte")),
        Status("binding_offer", N_("Bindende offerte"), N_("Offerte")),
        Status("final_approval", N_("Finaal akkoord"), N_("Offerte")),
        Status("closing", N_("Passeren"), N_("Passeren")),
        Status(AFTERCARE, N_("Nazorg"), N_("Nazorg")),
        Status(CLOSED, N_("Afgesloten"), N_("Nazorg")),
        Status(DECLINED, N_("Afgewezen")),
        Status(CANCELLED, N_("Niet doorgegaan")),
    )
}
PATH = [key for key, status in STATUSES.items() if status.phase]
CHAIN = PATH[PATH.index(ADVICE) :]
AT_LENDER = PATH[PATH.index("application") : PATH.index("final_approval") + 1]
OPEN = [key for key in STATUSES if key not in ENDED]

# from, to, what it takes. Together with FORWARD and BACK below this is every step there is.
TRANSITIONS: list[tuple[list[str] | tuple[str, ...], str, set[str]]] = [
    ([ORIENTING], INTAKE, {APPOINTMENT}),
    ([INTAKE], ORIENTING, {NO_APPOINTMENT}),
    ([ORIENTING, INTAKE], ADVICE, {ASSISTANT}),
    ([ADVICE], INTAKE, {REASON}),
    (AT_LENDER, DECLINED, {REASON}),
    ([DECLINED], ADVICE, set()),
    (OPEN, CANCELLED, {REASON}),
    (ENDED, INTAKE, {ADMIN, REASON}),
]
NEXT: set[str] = set()  # from advies on, the next one by hand
FORWARD = {CONFIRMATION}  # from advies on, passing over one or more
BACK = {REASON}  # from advies on, one back


def needs(origin: str, to: str) -> set[str] | None:
    """What the step from one status to another takes; None when there is no such step."""
    for origins, target, takes in TRANSITIONS:
        if origin in origins and to == target:
            return takes
    if origin in CHAIN and to in CHAIN:
        distance = CHAIN.index(to) - CHAIN.index(origin)
        return NEXT if distance == 1 else FORWARD if distance > 1 else BACK if distance == -1 else None
    return None


def steps_from(origin: str) -> list[tuple[Status, set[str]]]:
    """Every step from here, in the order of the path: (status, what it takes)."""
    found = [(status, needs(origin, key)) for key, status in STATUSES.items()]
    return [(status, takes) for status, takes in found if takes is not None]


def title(key: str) -> str:
    """What a status is called."""
    return STATUSES[key].title if key in STATUSES else key


def phases(now: str) -> list[tuple[str, str, str]]:
    """The arrows of the path for a dossier with status `now`: (label, "done", "now" or "later", status it leads to).

    A phase of several statuses shows the one the dossier is in.
    """
    seen: dict[str, list[str]] = {}
    for key in PATH:
        seen.setdefault(STATUSES[key].phase, []).append(key)
    here = PATH.index(now) if now in PATH else -1
    arrows = []
    for phase, keys in seen.items():
        if now in keys:
            arrows.append((title(now), "now", now))
        else:
            arrows.append((phase, "done" if PATH.index(keys[-1]) < here else "later", keys[0]))
    return arrows


def is_ahead(now: str, to: str) -> bool:
    """Does this status lie further on the path?"""
    return now in PATH and to in PATH and PATH.index(to) > PATH.index(now)

"""Questions about planning: the call script, whether a run can still be undone, what it made."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, and_, literal, or_, select
from sqlalchemy.orm import aliased

from crm import formats
from crm.accounts.models import User
from crm.activities import office
from crm.activities.queries import CALL_BACK_AFTER, calendar
from crm.db import db, utcnow
from crm.dossiers import queries as dossiers
from crm.dossiers.models import Dossier
from crm.mail.models import Message
from crm.planning.models import PlanningRun
from crm.relations import queries as relations
from crm.relations.models import HouseholdMember, Relation
from crm.service_requests.models import ServiceRequest
from crm.service_requests.queries import visible_requests
from crm.settings import setting

BEFORE = (
    "Alles moet vóór het gesprek ingevuld en geüpload zijn, uiterlijk {}. "
    "Dan kan de adviseur zich voorbereiden en bent u sneller geholpen."
)
MOVED = "Zijn de gegevens er één werkdag voor het gesprek niet? Dan verzetten wij de afspraak naar later."
SOON = (
    "Het gesprek is al snel: vul in en upload wat u hebt, zo snel als het lukt. "
    "Wat nog ontbreekt, kunt u bij het gesprek laten zien."
)
MOVED_SOON = "Ontbreekt er te veel? Dan bellen wij u om de afspraak te verzetten."


@dataclass(frozen=True)
class Point:
    """Something to tell the client; `key` is what a run remembers when it was ticked."""

    key: str
    text: str


def script(starts_at: dt.datetime | None, now: dt.datetime | None = None) -> list[Point]:
    """What to tell the client (O-006 … O-011), with the real last moment when that of the talk is known; `now` is when
    he is told, else this moment. For a talk that is too soon to prepare for nothing is promised."""
    soon = starts_at is not None and office.is_too_soon(starts_at, now)
    return [
        Point("confirmation", "U krijgt een e-mail als bevestiging van de afspraak."),
        Point("introduction", "In dezelfde e-mail staat de uitnodiging om de kennismaking in te vullen."),
        Point("personal_data", "Daar vult u uw persoonlijke gegevens aan."),
        Point("documents", "En u uploadt er de documenten die nodig zijn."),
        Point("before", SOON if soon else BEFORE.format(last_moment(starts_at))),
        Point("moved", MOVED_SOON if soon else MOVED),
    ]


def last_moment(starts_at: dt.datetime | None) -> str:
    """By when all must be in: "vrijdag 7 mei 2027 om 09.00 uur", in general terms while there is no talk."""
    return formats.day_and_time(office.deadline(starts_at)) if starts_at else "één werkdag voor het gesprek"


def call_back_on(starts_at: dt.datetime) -> dt.date:
    """The day of *Klant nabellen*: a week after the talk, on a working day (O-068)."""
    return calendar().next(formats.local(starts_at).date() + CALL_BACK_AFTER)


@dataclass(frozen=True)
class Caller:
    """Who a talk is planned for: the client, the present partner, the client's dossiers (newest first), and the request
    that was asked for. Of a new client there is only a request, or nothing."""

    relation: Relation | None = None
    partner: Relation | None = None
    dossiers: tuple[Dossier, ...] = ()
    request: ServiceRequest | None = None


def caller(
    user: User, relation_id: int | None = None, dossier_id: int | None = None, request_id: int | None = None
) -> Caller:
    """The client of this id, else of this dossier, else of this request, as far as this user may see; one statement."""
    if not (relation_id or dossier_id or request_id):
        return Caller()
    asked = who(user, relation_id, dossier_id, request_id).subquery()
    mine, other, partner = aliased(HouseholdMember), aliased(HouseholdMember), aliased(Relation)
    together = (
        other.household_id == mine.household_id,
        other.relation_id != Relation.id,
        mine.role.in_(relations.PAIR),
    )
    theirs = or_(Dossier.relation_id == Relation.id, Dossier.partner_id == Relation.id)
    its = (ServiceRequest.id == asked.c.request_id, ServiceRequest.branch_id.in_(user.branch_ids))
    query = (
        select(Relation, partner, Dossier, ServiceRequest, mine.household_id)
        .select_from(asked)
        .outerjoin(Relation, and_(Relation.id == asked.c.relation_id, relations.in_sight(user)))
        .outerjoin(mine, and_(mine.relation_id == Relation.id, still_there(mine)))
        .outerjoin(other, and_(*together, other.role.in_(relations.PAIR), still_there(other)))
        .outerjoin(partner, partner.id == other.relation_id)
        .outerjoin(Dossier, and_(theirs, dossiers.in_sight(user)))
        .outerjoin(ServiceRequest, and_(*its))
        .options(*dossiers.beside())
        .order_by(other.id.is_(None), mine.household_id.desc(), other.id, Dossier.id.desc())
        .limit(dossiers.PAGE)
    )
    rows = db.session.execute(query).unique().all()
    if not rows:
        return Caller()
    first = rows[0]
    same = [row[2] for row in rows if row[4] == first[4] and row[1] is first[1] and row[2]]
    return Caller(first[0], first[1], tuple(same), first[3])


def who(user: User, relation_id: int | None, dossier_id: int | None, request_id: int | None) -> Any:
    """One row: the client's id and the request's."""
    request = literal(request_id, Integer).label("request_id")
    if relation_id:
        return select(literal(relation_id, Integer).label("relation_id"), request)
    if dossier_id:
        return select(Dossier.relation_id, request).where(Dossier.id == dossier_id, dossiers.in_sight(user))
    mine = visible_requests(user).where(ServiceRequest.id == request_id)
    return mine.with_only_columns(ServiceRequest.relation_id, ServiceRequest.id.label("request_id"))


def still_there(member: Any) -> Any:
    """Condition: in the household today."""
    return or_(member.until_on.is_(None), member.until_on > formats.today())


def visible_runs(user: User) -> Select[Any]:
    """A user's own runs."""
    return select(PlanningRun).where(PlanningRun.user_id == user.id)


def undo_until(run: PlanningRun, message: Message | None) -> dt.datetime:
    """Until when a run can be undone: when its mail goes, or as long after it when there is none."""
    if message and message.send_at:
        return message.send_at
    return run.created_at + dt.timedelta(seconds=float(setting("mail.send_delay")))


def can_undo(run: PlanningRun, message: Message | None) -> bool:
    """True while nothing of a run is final yet."""
    if run.status != "planned":
        return False
    return message.status == "queued" if message else undo_until(run, None) > utcnow()


def first_adviser(ids: Collection[int], wanted: int | None) -> int | None:
    """The adviser to start with: the wanted one when he may be planned for, else the only one."""
    if wanted in ids:
        return wanted
    return next(iter(ids)) if len(ids) == 1 else None


def message_of(run: PlanningRun) -> Message | None:
    """The confirmation of a run."""
    return db.session.get(Message, run.message_id) if run.message_id else None

"""Questions of the morning: what is mine to do, what happens today, which talks are not ready."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload, lazyload

from crm import formats
from crm.accounts.models import User
from crm.activities import office
from crm.activities.models import OPEN_STATUSES, Appointment, Task
from crm.activities.queries import TaskFilters, task_query, visible_appointments
from crm.db import db, utcnow
from crm.dossiers.models import Dossier
from crm.dossiers.preparing import preparations
from crm.dossiers.queries import is_reusable, visible_dossiers
from crm.records import Ref, find_all, ref
from crm.relations.models import Relation
from crm.relations.queries import in_sight

SHOWN = 8
MOST = 200
AHEAD = 3  # working days
LONGEST_WEEKEND = dt.timedelta(days=14)


@dataclass(frozen=True)
class Unready:
    """A talk for which something is missing; `missing` names it."""

    appointment: Appointment
    dossier: Dossier
    missing: list[str]

    @property
    def due(self) -> office.Due:
        """When all must be in (O-011)."""
        return office.due(self.appointment.starts_at)


@dataclass(frozen=True)
class Morning:
    """What the start page tells one user; `subjects` are the visible records by (kind, id)."""

    tasks: Sequence[Task]
    today: list[Appointment]
    unready: list[Unready]
    subjects: Mapping[Ref, Any]


def morning(user: User) -> Morning:
    """Everything for the start page, in four statements however much there is (one more per kind of other subject)."""
    first, today = formats.at(formats.today(), dt.time.min), formats.today()
    last = formats.at(office.calendar().add(today, AHEAD) + dt.timedelta(days=1), dt.time.min)
    mine = tasks_with_people(user)
    tasks, people = [task for task, _person in mine], {ref(person): person for _task, person in mine if person}
    coming = db.session.scalars(
        visible_appointments(user)
        .where(Appointment.starts_at >= first, Appointment.starts_at < last, Appointment.status != "cancelled")
        .order_by(Appointment.starts_at)
        .limit(MOST)
    ).all()
    rows: list[Task | Appointment] = [*tasks, *coming]
    refs = {one for row in rows if (one := row.subject_ref)}
    dossiers = with_ticks(visible_dossiers(user), refs)
    others = people | find_all((one for one in refs if one[0] != "dossier" and one not in people), user)
    of_today = [one for one in coming if formats.local(one.starts_at).date() == today]
    return Morning(tasks, of_today, unready(coming, dossiers), {**dossiers, **others})


def tasks_with_people(user: User) -> list[tuple[Task, Relation | None]]:
    """The most urgent of a user's own tasks, each with the relation it is about, as far as he may see it; one
    statement."""
    about = and_(Task.subject_kind == "relation", Task.subject_id == Relation.id, in_sight(user))
    query = task_query(user, TaskFilters()).outerjoin(Relation, about).add_columns(Relation)
    return [(row[0], row[1]) for row in db.session.execute(query.options(lazyload(Relation.branch)).limit(SHOWN))]


def with_ticks(visible: Any, refs: Iterable[Ref]) -> dict[Ref, Any]:
    """The dossiers among these references, with what was ticked off by hand, in one statement."""
    ids = [identity for kind, identity in refs if kind == "dossier"]
    if not ids:
        return {}
    query = visible.where(Dossier.id.in_(ids)).options(joinedload(Dossier.ticks))
    return {("dossier", dossier.id): dossier for dossier in db.session.scalars(query).unique()}


def unready(appointments: Iterable[Appointment], dossiers: Mapping[Ref, Any]) -> list[Unready]:
    """Those talks still to come that need preparation and lack some."""
    coming = [
        (one, dossier)
        for one in appointments
        if (dossier := dossiers.get(one.subject_ref) if one.subject_ref else None) and awaits_preparation(one, dossier)
    ]
    missing = missing_of([dossier for _one, dossier in coming])
    return [Unready(one, dossier, missing[dossier.id]) for one, dossier in coming if missing[dossier.id]]


def awaits_preparation(appointment: Appointment, dossier: Dossier) -> bool:
    """True for a talk still to come that is prepared for (O-010), in a dossier that is still before it."""
    still_to_come = appointment.is_open and appointment.starts_at > utcnow()
    return bool(still_to_come and office.is_prepared(appointment.category) and is_reusable(dossier))


def missing_of(dossiers: Collection[Dossier]) -> dict[int, list[str]]:
    """What is not in yet in each of these dossiers, by id, in words."""
    return {
        identity: [f"{item.title} ({item.detail})" if item.detail else item.title for item in items if not item.done]
        for identity, items in preparations(dossiers).items()
    }


def due_talks(now: dt.datetime) -> list[tuple[Appointment, Dossier]]:
    """Every talk of the office whose preparation must be complete by now, with its dossier."""
    prepared = [category.key for category in office.categories().values() if category.prepared]
    query = select(Appointment).where(
        Appointment.status.in_(OPEN_STATUSES),
        Appointment.category.in_(prepared),
        Appointment.subject_kind == "dossier",
        Appointment.starts_at > now,
        Appointment.starts_at < now + LONGEST_WEEKEND,
    )
    due = [one for one in db.session.scalars(query.order_by(Appointment.id)) if office.deadline(one.starts_at) <= now]
    dossiers = with_ticks(select(Dossier), (about for one in due if (about := one.subject_ref)))
    pairs = ((one, dossiers[one.subject_ref]) for one in due if one.subject_ref in dossiers)
    return [(one, dossier) for one, dossier in pairs if awaits_preparation(one, dossier)]

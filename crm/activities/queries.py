"""Questions about appointments, tasks and the agenda."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from crm import formats
from crm.accounts.models import Branch, User
from crm.accounts.queries import advisers, visible_branches
from crm.activities import office
from crm.activities.free import (
    LONGEST,
    MANY,
    Remark,
    Slot,
    absences,
    clashes,
    free_slots,
    moment,
    period,
    remarks,
    taken,
)
from crm.activities.models import OPEN_STATUSES, Absence, Appointment, Task
from crm.activities.office import CALL_BACK_AFTER as CALL_BACK_AFTER
from crm.activities.office import calendar
from crm.activities.office import categories as categories
from crm.activities.office import make_title as make_title
from crm.db import db, rows, utcnow
from crm.host import ask, hook
from crm.records import Ref, find_all, title
from crm.statements import names_of, prepared, this_day
from crm.ui import AppointmentOption

__all__ = ["Remark", "Slot", "clashes", "free_slots", "moment", "period", "remarks", "taken"]

PAGE = 50
AGENDA_LIMIT = 500


# --- What one may choose from --------------------------------------------------------------------------------


def people_to_plan(user: User, also: int | None = None) -> list[User]:
    """The advisers this user may plan for; `also` is the id of one that was chosen before, wherever he works."""
    found = list(advisers(user))
    if also and also not in {person.id for person in found}:
        found += filter(None, [db.session.get(User, also)])
    return found


def places(user: User, also: Branch) -> list[Branch]:
    """The vestigingen where this user may plan, by name; `also` is the record's own."""
    own = [branch for branch in user.branches if branch.is_active]
    every = visible_branches(user).where(Branch.is_active).order_by(Branch.name)
    found = list(db.session.scalars(every)) if user.is_admin else own
    return found if also in found else [also, *found]


def options(subject: Any, user: User) -> list[AppointmentOption]:
    """What else may happen when an appointment of this record is saved."""
    return ask(hook.appointment_options, subject=subject, user=user)


# --- Appointments --------------------------------------------------------------------------------------------


@prepared("id", "branch_ids")
def visible_appointments(user: User) -> Select[Appointment]:
    """Appointments of the user's own vestigingen and in his own agenda."""
    return select(Appointment).where(
        or_(Appointment.branch_id.in_(user.branch_ids), Appointment.assigned_to_id == user.id)
    )


def appointments_of(ref: Ref) -> Sequence[Appointment]:
    """The newest appointments of a record the caller was allowed to load, latest start first."""
    query = about(Appointment, ref).order_by(Appointment.starts_at.desc()).limit(MANY)
    return db.session.scalars(query).all()


def known_appointments(subject: Any) -> Sequence[Appointment]:
    """Those of a record, latest start first; no statement for one that brings them along (a dossier)."""
    if not hasattr(subject, "appointments"):
        return appointments_of((subject.kind, subject.id))
    return sorted(subject.appointments, key=lambda one: one.starts_at, reverse=True)


def coming_first(appointments: Sequence[Appointment]) -> list[Appointment]:
    """Those still to take place, soonest first; then the others, latest first."""
    coming = [one for one in reversed(appointments) if one.is_open]
    return coming + [one for one in appointments if not one.is_open]


def next_appointment(ref: Ref) -> Appointment | None:
    """The first appointment of this record that is still to take place, or None."""
    query = about(Appointment, ref).where(Appointment.status.in_(OPEN_STATUSES), Appointment.ends_at > utcnow())
    return db.session.scalars(query.order_by(Appointment.starts_at).limit(1)).first()


def about(model: type[Any], ref: Ref) -> Select[Any]:
    """Rows of `model` that belong to this record."""
    return select(model).where(model.subject_kind == ref[0], model.subject_id == ref[1])


def due(appointment: Appointment) -> office.Due | None:
    """When everything must be in for a talk still to come; None for one that needs no preparation, is over or off."""
    awaited = appointment.is_open and not appointment.has_begun and office.is_prepared(appointment.category)
    return office.due(appointment.starts_at) if awaited else None


class AsTold:
    """An appointment as the client knows it: what he was told last, and for the rest the appointment itself."""

    def __init__(self, appointment: Appointment, told: dict[str, Any]) -> None:
        self.appointment = appointment
        self.starts_at, self.ends_at = formats.moment(told["starts_at"]), formats.moment(told["ends_at"])
        self.by_video, self.teams_url = told["by_video"], told["teams_url"]
        self.branch = db.session.get(Branch, told["branch_id"]) or appointment.branch
        self.assigned_to = db.session.get(User, told["assigned_to_id"]) or appointment.assigned_to

    def __getattr__(self, name: str) -> Any:
        return getattr(self.appointment, name)


def as_told(appointment: Appointment) -> Any:
    """An appointment as the client knows it; as it is when he was never told."""
    return AsTold(appointment, appointment.told) if appointment.told else appointment


# --- The agenda ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One line of somebody's agenda. `kind`: appointment, busy (another vestiging's, only its time is told), absence.

    `subject` is who or what the appointment is about (a record's `family` when it has one); `was_told` says that the
    client knows of it.
    """

    kind: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    id: int | None = None
    version: int | None = None
    status: str = ""
    subject: str = ""
    was_told: bool = False
    is_open: bool = False


def agenda_people(user: User) -> list[User]:
    """Whose agenda this user may look at: the advisers of his vestigingen, and his own."""
    found = list(advisers(user))
    return found if user in found else [*found, user]


def agenda(person: User, starts_at: dt.datetime, ends_at: dt.datetime, user: User) -> list[Entry]:
    """What stands in somebody's agenda between two moments, earliest first; at most 500 appointments."""
    query = select(Appointment).where(
        Appointment.assigned_to_id == person.id,
        Appointment.status != "cancelled",
        Appointment.starts_at > starts_at - LONGEST,
        Appointment.starts_at < ends_at,
        Appointment.ends_at > starts_at,
    )
    planned = db.session.scalars(query.order_by(Appointment.starts_at).limit(AGENDA_LIMIT)).all()
    mine = [appointment for appointment in planned if is_visible(appointment, user)]
    subjects = find_all((appointment.subject_ref for appointment in mine), user)
    found = [entry_of(appointment, subjects) if appointment in mine else busy(appointment) for appointment in planned]
    found += [absent(absence, user) for absence in absences(person.id, starts_at, ends_at)]
    return sorted(found, key=lambda entry: (entry.starts_at, entry.kind))


def is_visible(appointment: Appointment, user: User) -> bool:
    """Whether `visible_appointments` holds this one, without asking the database again."""
    return appointment.assigned_to_id == user.id or appointment.branch_id in user.branch_ids


def entry_of(appointment: Appointment, subjects: dict[Ref, Any]) -> Entry:
    """An appointment this user may open."""
    subject = subjects.get(appointment.subject_ref) if appointment.subject_ref else None
    return Entry(
        "appointment",
        appointment.title,
        appointment.starts_at,
        appointment.ends_at,
        appointment.id,
        appointment.version,
        appointment.status,
        (getattr(subject, "family", "") or title(subject)) if subject else "",
        appointment.status in ("confirmed", "rescheduled"),
        appointment.is_open,
    )


def busy(appointment: Appointment) -> Entry:
    """An appointment of another vestiging: only that the time is taken."""
    return Entry("busy", "Bezet", appointment.starts_at, appointment.ends_at)


def absent(absence: Absence, user: User) -> Entry:
    """An absence; its reason is for the person and the beheerder."""
    reason = absence.reason if user.is_admin or absence.user_id == user.id else ""
    text = f"Afwezig: {reason}" if reason else "Afwezig"
    return Entry("absence", text, absence.starts_at, absence.ends_at, absence.id)


def closures(from_day: dt.date, until_day: dt.date) -> dict[dt.date, str]:
    """Days from `from_day` before `until_day`, weekends aside, on which the office is closed, and why."""
    days = (from_day + dt.timedelta(days=offset) for offset in range((until_day - from_day).days))
    office = calendar()
    return {day: reason for day in days if day.weekday() < 5 and (reason := office.closing_reason(day))}


def coming_absences(people: Sequence[User]) -> Sequence[Absence]:
    """Absences of these users that are not over, first one first."""
    ids = [user.id for user in people]
    query = select(Absence).where(Absence.user_id.in_(ids), Absence.ends_at > utcnow())
    return db.session.scalars(query.order_by(Absence.starts_at).limit(MANY)).all()


# --- Tasks ---------------------------------------------------------------------------------------------------


@prepared("id", "branch_ids")
def visible_tasks(user: User) -> Select[Task]:
    """Tasks of the user's own vestigingen and his own."""
    return select(Task).where(or_(Task.branch_id.in_(user.branch_ids), Task.assigned_to_id == user.id))


@dataclass(frozen=True)
class TaskFilters:
    """What the task list is narrowed to. `whose`: mine or branch; `status`: open, done, cancelled; `page` from 1."""

    whose: str = "mine"
    status: str = "open"
    task_kind: str = ""
    page: int = 1


def task_list(user: User, filters: TaskFilters) -> Sequence[Task]:
    """One page of the list, overdue first, and one more when there is a next page."""
    query = task_query(user, filters).limit(PAGE + 1).offset((filters.page - 1) * PAGE)
    return db.session.scalars(query).all()


def task_query(user: User, filters: TaskFilters) -> Select[Task]:
    """All tasks of the list, overdue first."""
    query = visible_tasks(user).where(Task.status == filters.status)
    if filters.whose == "mine":
        query = query.where(Task.assigned_to_id == user.id)
    if filters.task_kind:
        query = query.where(Task.task_kind == filters.task_kind)
    order = (
        (Task.due_on.is_(None), Task.due_on, Task.id) if filters.status == "open" else (Task.done_at.desc(), Task.id)
    )
    return query.order_by(*order)


@prepared("id")
def urgent_count(user: User) -> Select[int]:
    """How many of the user's own tasks are due today or overdue, for the badge of the bar."""
    mine = (Task.assigned_to_id == user.id, Task.status == "open", Task.due_on <= this_day())
    return select(func.count(Task.id)).where(*mine)


def tasks_of(ref: Ref) -> Sequence[Task]:
    """The tasks of a record the caller was allowed to load: open ones first, the most urgent on top."""
    return db.session.scalars(tasks_about(), {"kind": ref[0], "id": ref[1]}).all()


@cache
def tasks_about() -> Select[Task]:
    """The statement of `tasks_of`."""
    mine = select(Task).where(Task.subject_kind == bindparam("kind"), Task.subject_id == bindparam("id"))
    ordered = mine.order_by(Task.status != "open", Task.due_on.is_(None), Task.due_on, Task.id)
    return ordered.options(*names_of(Task.assigned_to)).limit(rows(MANY))


def tasks_of_kind(ref: Ref, task_kind: str) -> Sequence[Task]:
    """The tasks of one kind about a record."""
    return db.session.scalars(about(Task, ref).where(Task.task_kind == task_kind).order_by(Task.id)).all()


def tasks_at(appointment: Appointment) -> Sequence[Task]:
    """The tasks that hang on an appointment, open ones first."""
    query = select(Task).where(Task.appointment_id == appointment.id)
    return db.session.scalars(query.order_by(Task.status != "open", Task.id).limit(MANY)).all()


def open_tasks(appointment: Appointment) -> Sequence[Task]:
    """Open tasks that hang on an appointment."""
    query = select(Task).where(Task.appointment_id == appointment.id, Task.status == "open")
    return db.session.scalars(query).all()


def task_by_key(key: str) -> Task | None:
    """The task that comes only once under this key."""
    return db.session.scalars(select(Task).where(Task.key == key)).first()

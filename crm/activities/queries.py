"""Questions about appointments, tasks and the agenda."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select, union_all

from crm import formats
from crm.accounts.models import Branch, User
from crm.accounts.queries import advisers, visible_branches
from crm.activities.models import OPEN_STATUSES, Absence, Appointment, Task
from crm.activities.office import CALL_BACK_AFTER as CALL_BACK_AFTER
from crm.activities.office import DEADLINE_TIME, calendar, hours
from crm.activities.office import categories as categories
from crm.activities.office import make_title as make_title
from crm.db import db, utcnow
from crm.host import ask, hook
from crm.records import Ref, find_all, title
from crm.ui import AppointmentOption

LONGEST = dt.timedelta(hours=24)
SLOT_STEP = dt.timedelta(minutes=30)
SLOT_HORIZON = dt.timedelta(days=90)
MANY = 50
PAGE = 50
AGENDA_LIMIT = 500


@dataclass(frozen=True)
class Slot:
    """A stretch of time in which an adviser can be planned."""

    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclass(frozen=True)
class Remark:
    """Why one may not want to plan at a time; `key` names it, so that a planner confirms what he has seen."""

    key: str
    text: str

    @property
    def is_taken(self) -> bool:
        """True when the adviser is not there: what two planners at once can cause."""
        return self.key.startswith(("clash:", "absence:"))


# --- What one may choose from --------------------------------------------------------------------------------


def people_to_plan(user: User, also: int | None = None) -> list[User]:
    """The advisers this user may plan for; `also` is the id of one that was chosen before, wherever he works."""
    found = list(advisers(user))
    if also and also not in {person.id for person in found}:
        found += filter(None, [db.session.get(User, also)])
    return found


def places(user: User, also: Branch) -> list[Branch]:
    """The vestigingen where this user may plan, by name; `also` is the record's own."""
    found = list(db.session.scalars(visible_branches(user).where(Branch.is_active).order_by(Branch.name)))
    return found if also in found else [also, *found]


def options(subject: Any, user: User) -> list[AppointmentOption]:
    """What else may happen when an appointment of this record is saved."""
    return ask(hook.appointment_options, subject=subject, user=user)


# --- Appointments --------------------------------------------------------------------------------------------


def visible_appointments(user: User) -> Select[Appointment]:
    """Appointments of the user's own vestigingen and in his own agenda."""
    return select(Appointment).where(
        or_(Appointment.branch_id.in_(user.branch_ids), Appointment.assigned_to_id == user.id)
    )


def appointments_of(ref: Ref) -> Sequence[Appointment]:
    """The newest appointments of a record the caller was allowed to load, latest start first."""
    query = about(Appointment, ref).order_by(Appointment.starts_at.desc()).limit(MANY)
    return db.session.scalars(query).all()


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


def deadline(appointment: Appointment) -> dt.date:
    """The working day before the appointment: by then everything must be in (O-011)."""
    return calendar().before(formats.local(appointment.starts_at).date())


def deadline_at(appointment: Appointment) -> dt.datetime:
    """The moment the preparation must be complete: 09:00 on the working day before."""
    return formats.at(deadline(appointment), DEADLINE_TIME)


# --- Who is free ---------------------------------------------------------------------------------------------


def clashes(
    adviser_id: int, starts_at: dt.datetime, ends_at: dt.datetime, but: int | None = None
) -> Sequence[Appointment]:
    """Appointments still to take place that overlap this time in this adviser's agenda, without the one `but`."""
    query = select(Appointment).where(
        Appointment.assigned_to_id == adviser_id,
        Appointment.status.in_(OPEN_STATUSES),
        Appointment.starts_at < ends_at,
        Appointment.starts_at > starts_at - LONGEST,
        Appointment.ends_at > starts_at,
        Appointment.id != (but or 0),
    )
    return db.session.scalars(query.order_by(Appointment.starts_at).limit(MANY)).all()


def absences(user_id: int, starts_at: dt.datetime, ends_at: dt.datetime) -> Sequence[Absence]:
    """When this user is away, as far as it overlaps this time."""
    query = select(Absence).where(Absence.user_id == user_id, Absence.ends_at > starts_at, Absence.starts_at < ends_at)
    return db.session.scalars(query.order_by(Absence.starts_at).limit(MANY)).all()


def remarks(adviser: User, starts_at: dt.datetime, ends_at: dt.datetime, but: int | None = None) -> list[Remark]:
    """Everything that speaks against this time: a clash, an absence, a holiday, outside working hours, the past."""
    return taken(adviser, starts_at, ends_at, but) + unusual(starts_at, ends_at)


def taken(adviser: User, starts_at: dt.datetime, ends_at: dt.datetime, but: int | None = None) -> list[Remark]:
    """Why this adviser cannot be there. Says when, never what: it may be another vestiging's client."""
    found = [
        Remark(f"clash:{other.id}", f"{adviser.name} heeft {stretch(other.starts_at, other.ends_at)} al een afspraak.")
        for other in clashes(adviser.id, starts_at, ends_at, but)
    ]
    for absence in absences(adviser.id, starts_at, ends_at):
        away = f"{formats.when(absence.starts_at)} tot {formats.when(absence.ends_at)}"
        found.append(Remark(f"absence:{absence.id}", f"{adviser.name} is afwezig: {away}."))
    return found


def unusual(starts_at: dt.datetime, ends_at: dt.datetime) -> list[Remark]:
    """What is odd about this time itself."""
    found, begin, end, open_hours = [], formats.local(starts_at), formats.local(ends_at), hours()
    if starts_at < utcnow():
        found.append(Remark("past", "Dit tijdstip is al voorbij."))
    if reason := calendar().closing_reason(begin.date()):
        found.append(Remark(f"closed:{begin.date()}", f"{formats.long_date(begin.date()).capitalize()} is {reason}."))
    if (name := repeated_clock(starts_at)) or (name := repeated_clock(ends_at)):
        found.append(Remark("clock", name))
    if begin.time() < open_hours.opens or end.time() > open_hours.closes or end.date() != begin.date():
        text = f"Dit valt buiten de werktijden ({open_hours.opens:%H.%M} – {open_hours.closes:%H.%M} uur)."
        found.append(Remark("hours", text))
    return found


def repeated_clock(moment: dt.datetime) -> str:
    """What to know of a time that the clock shows twice, in the night of the last Sunday of October."""
    shown = formats.local(moment)
    if shown.utcoffset() == shown.replace(fold=1 - shown.fold).utcoffset():
        return ""
    return f"In deze nacht gaat de klok terug: {shown:%H.%M} uur is er twee keer. De eerste wordt gepland."


def stretch(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """ "van 10.00 tot 12.00 uur"."""
    return f"van {formats.local(starts_at):%H.%M} tot {formats.local(ends_at):%H.%M} uur"


def period(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """ "dinsdag 3 juni 2025, 10.00 – 12.00 uur"."""
    begin, end = formats.local(starts_at), formats.local(ends_at)
    return f"{formats.long_date(begin.date())}, {begin:%H.%M} – {end:%H.%M} uur"


def moment(starts_at: dt.datetime) -> str:
    """ "dinsdag 3 juni 2025, 10.00 uur"."""
    return f"{formats.long_date(formats.local(starts_at).date())}, {formats.clock(starts_at)}"


def free_slots(adviser: User, from_day: dt.date, minutes: int, count: int) -> list[Slot]:
    """The next `count` stretches of `minutes` in which this adviser is free, one after another, from this day on.

    Within working hours, not over lunch, on working days, never in the past; at most 90 days ahead.
    """
    begin = formats.at(from_day, dt.time.min)
    busy = taken_times(adviser.id, begin, begin + SLOT_HORIZON)
    found: list[Slot] = []
    for offset in range(SLOT_HORIZON.days):
        day = from_day + dt.timedelta(days=offset)
        if calendar().is_working_day(day):
            found += slots_of_day(day, dt.timedelta(minutes=minutes), busy)
        if len(found) >= count:
            break
    return found[:count]


def taken_times(adviser_id: int, starts_at: dt.datetime, ends_at: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """(start, end) of everything in this adviser's agenda between two moments."""
    planned = select(Appointment.starts_at, Appointment.ends_at).where(
        Appointment.assigned_to_id == adviser_id,
        Appointment.status.in_(OPEN_STATUSES),
        Appointment.starts_at > starts_at - LONGEST,
        Appointment.starts_at < ends_at,
    )
    away = select(Absence.starts_at, Absence.ends_at).where(
        Absence.user_id == adviser_id, Absence.ends_at > starts_at, Absence.starts_at < ends_at
    )
    return [(begin, end) for begin, end in db.session.execute(union_all(planned, away))]


def slots_of_day(day: dt.date, length: dt.timedelta, busy: Collection[tuple[dt.datetime, dt.datetime]]) -> list[Slot]:
    """The free stretches of one working day, each beginning where the one before ended."""
    open_hours, now = hours(), utcnow()
    lunch = (formats.at(day, open_hours.lunch_from), formats.at(day, open_hours.lunch_until))
    start, closing = formats.at(day, open_hours.opens), formats.at(day, open_hours.closes)
    found = []
    while start + length <= closing:
        end = start + length
        if start > now and not any(start < other and end > begin for begin, other in (*busy, lunch)):
            found.append(Slot(start, end))
            start = end
        else:
            start += SLOT_STEP
    return found


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
    query = visible_tasks(user).where(Task.status == filters.status)
    if filters.whose == "mine":
        query = query.where(Task.assigned_to_id == user.id)
    if filters.task_kind:
        query = query.where(Task.task_kind == filters.task_kind)
    order = (
        (Task.due_on.is_(None), Task.due_on, Task.id) if filters.status == "open" else (Task.done_at.desc(), Task.id)
    )
    return db.session.scalars(query.order_by(*order).limit(PAGE + 1).offset((filters.page - 1) * PAGE)).all()


def urgent_count(user: User) -> Select[int]:
    """How many of the user's own tasks are due today or overdue, for the badge of the bar."""
    mine = (Task.assigned_to_id == user.id, Task.status == "open", Task.due_on <= formats.today())
    return select(func.count(Task.id)).where(*mine)


def tasks_of(ref: Ref) -> Sequence[Task]:
    """The tasks of a record the caller was allowed to load: open ones first, the most urgent on top."""
    query = about(Task, ref).order_by(Task.status != "open", Task.due_on.is_(None), Task.due_on, Task.id)
    return db.session.scalars(query.limit(MANY)).all()


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

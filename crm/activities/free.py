"""Who is free when: what stands in the way of a time, and the next times at which nothing does."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Select, literal, select, union_all

from crm import formats
from crm.activities import office
from crm.activities.models import OPEN_STATUSES, Absence, Appointment
from crm.activities.office import calendar, hours
from crm.db import db, utcnow
from crm.texts import N_, clock, long_date, said, when

LONGEST = dt.timedelta(hours=24)
SLOT_STEP = dt.timedelta(minutes=30)
SLOT_HORIZON = dt.timedelta(days=90)
MANY = 50


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


class Person(Protocol):
    """A user, or what a list of choices knows of one."""

    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...


def clashes(
    adviser_id: int, starts_at: dt.datetime, ends_at: dt.datetime, but: int | None = None
) -> Sequence[Appointment]:
    """Appointments still to take place that overlap this time in this adviser's agenda, without the one `but`."""
    query = clashing(adviser_id, starts_at, ends_at, but)
    return db.session.scalars(query.order_by(Appointment.starts_at).limit(MANY)).all()


def clashing(
    adviser_id: int, starts_at: dt.datetime, ends_at: dt.datetime, but: int | None = None
) -> Select[Appointment]:
    """The query of `clashes`."""
    return select(Appointment).where(
        Appointment.assigned_to_id == adviser_id,
        Appointment.status.in_(OPEN_STATUSES),
        Appointment.starts_at < ends_at,
        Appointment.starts_at > starts_at - LONGEST,
        Appointment.ends_at > starts_at,
        Appointment.id != (but or 0),
    )


def absences(user_id: int, starts_at: dt.datetime, ends_at: dt.datetime) -> Sequence[Absence]:
    """When this user is away, as far as it overlaps this time."""
    query = absent_at(user_id, starts_at, ends_at)
    return db.session.scalars(query.order_by(Absence.starts_at).limit(MANY)).all()


def absent_at(user_id: int, starts_at: dt.datetime, ends_at: dt.datetime) -> Select[Absence]:
    """The query of `absences`."""
    return select(Absence).where(Absence.user_id == user_id, Absence.ends_at > starts_at, Absence.starts_at < ends_at)


def remarks(
    adviser: Person, starts_at: dt.datetime, ends_at: dt.datetime, category: str, but: int | None = None
) -> list[Remark]:
    """Everything that speaks against this time: a clash, an absence, a holiday, outside working hours, the past, too
    soon to prepare for a talk of this category."""
    return taken(adviser, starts_at, ends_at, but) + unusual(starts_at, ends_at) + hurried(starts_at, category)


def taken(adviser: Person, starts_at: dt.datetime, ends_at: dt.datetime, but: int | None = None) -> list[Remark]:
    """Why this adviser cannot be there; one statement. Says when, never what: it may be another vestiging's client."""
    planned = clashing(adviser.id, starts_at, ends_at, but).with_only_columns(
        Appointment.id, Appointment.starts_at, Appointment.ends_at, literal("clash").label("why")
    )
    away = absent_at(adviser.id, starts_at, ends_at).with_only_columns(
        Absence.id, Absence.starts_at, Absence.ends_at, literal("absence")
    )
    both = union_all(planned, away).subquery()
    rows = db.session.execute(select(both).order_by(both.c.why.desc(), both.c.starts_at).limit(MANY))
    return [Remark(f"{why}:{id}", in_the_way(adviser, why, begin, end)) for id, begin, end, why in rows]


def in_the_way(adviser: Person, why: str, starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """A clash or an absence in words."""
    if why == "clash":
        begin, end = formats.local(starts_at), formats.local(ends_at)
        text = N_("%(name)s heeft van %(begin)s tot %(end)s uur al een afspraak.")
        return said(text, name=adviser.name, begin=f"{begin:%H.%M}", end=f"{end:%H.%M}")
    text = N_("%(name)s is afwezig: %(begin)s tot %(end)s.")
    return said(text, name=adviser.name, begin=when(starts_at), end=when(ends_at))


def unusual(starts_at: dt.datetime, ends_at: dt.datetime) -> list[Remark]:
    """What is odd about this time itself."""
    found, begin, end, open_hours = [], formats.local(starts_at), formats.local(ends_at), hours()
    if starts_at < utcnow():
        found.append(Remark("past", said(N_("Dit tijdstip is al voorbij."))))
    if reason := calendar().closing_reason(begin.date()):
        text = said(N_("%(day)s is %(reason)s."), day=long_date(begin.date()).capitalize(), reason=reason)
        found.append(Remark(f"closed:{begin.date()}", text))
    if (name := repeated_clock(starts_at)) or (name := repeated_clock(ends_at)):
        found.append(Remark("clock", name))
    if begin.time() < open_hours.opens or end.time() > open_hours.closes or end.date() != begin.date():
        text = N_("Dit valt buiten de werktijden (%(opens)s – %(closes)s uur).")
        times = {"opens": f"{open_hours.opens:%H.%M}", "closes": f"{open_hours.closes:%H.%M}"}
        found.append(Remark("hours", said(text, **times)))
    return found


def hurried(starts_at: dt.datetime, category: str) -> list[Remark]:
    """That the client cannot prepare any more (O-010, O-011); nothing of a time that is over."""
    if not office.is_prepared(category) or starts_at < utcnow() or not office.is_too_soon(starts_at):
        return []
    due = office.deadline(starts_at)
    text = N_(
        "Voor dit gesprek had alles %(day)s om %(time)s binnen moeten zijn: de klant kan zich niet meer voorbereiden. "
        "Kies liever een later tijdstip."
    )
    if due > utcnow():
        text = N_(
            "Voor dit gesprek moet alles vandaag om %(time)s al binnen zijn: de klant kan zich niet meer voorbereiden. "
            "Kies liever een later tijdstip."
        )
    day = long_date(formats.local(due).date())
    return [Remark(f"soon:{starts_at.isoformat()}", said(text, day=day, time=clock(due)))]


def repeated_clock(moment: dt.datetime) -> str:
    """What to know of a time that the clock shows twice, in the night of the last Sunday of October."""
    shown = formats.local(moment)
    if shown.utcoffset() == shown.replace(fold=1 - shown.fold).utcoffset():
        return ""
    text = N_("In deze nacht gaat de klok terug: %(time)s uur is er twee keer. De eerste wordt gepland.")
    return said(text, time=f"{shown:%H.%M}")


def stretch(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """ "van 10.00 tot 12.00 uur"."""
    return f"van {formats.local(starts_at):%H.%M} tot {formats.local(ends_at):%H.%M} uur"


def period(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """ "dinsdag 3 juni 2025, 10.00 – 12.00 uur"."""
    begin, end = formats.local(starts_at), formats.local(ends_at)
    text, times = N_("%(day)s, %(begin)s – %(end)s uur"), {"begin": f"{begin:%H.%M}", "end": f"{end:%H.%M}"}
    return said(text, day=long_date(begin.date()), **times)


def moment(starts_at: dt.datetime) -> str:
    """ "dinsdag 3 juni 2025, 10.00 uur"."""
    return f"{formats.long_date(formats.local(starts_at).date())}, {formats.clock(starts_at)}"


def free_slots(adviser: Person, from_day: dt.date, minutes: int, count: int) -> list[Slot]:
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

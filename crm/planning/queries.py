"""Questions about planning: the call script, whether a run can still be undone, what it made."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from crm import formats
from crm.accounts.models import User
from crm.activities.queries import CALL_BACK_AFTER, calendar
from crm.db import db, utcnow
from crm.mail.models import Message
from crm.planning.models import PlanningRun
from crm.settings import setting


@dataclass(frozen=True)
class Point:
    """Something to tell the client; `key` is what a run remembers when it was ticked."""

    key: str
    text: str


def script(starts_at: dt.datetime | None) -> list[Point]:
    """What to tell the client (O-006 … O-011), with the real last day when the moment of the talk is known."""
    last_day = formats.long_date(deadline(starts_at)) if starts_at else "één werkdag voor het gesprek"
    return [
        Point("confirmation", "U krijgt een e-mail als bevestiging van de afspraak."),
        Point("introduction", "In dezelfde e-mail staat de uitnodiging om de kennismaking in te vullen."),
        Point("personal_data", "Daar vult u uw persoonlijke gegevens aan."),
        Point("documents", "En u uploadt er de documenten die nodig zijn."),
        Point(
            "before",
            f"Alles moet vóór het gesprek ingevuld en geüpload zijn, uiterlijk {last_day}. "
            "Dan kan de adviseur zich voorbereiden en bent u sneller geholpen.",
        ),
        Point(
            "moved", "Zijn de gegevens er één werkdag voor het gesprek niet? Dan verzetten wij de afspraak naar later."
        ),
    ]


def deadline(starts_at: dt.datetime) -> dt.date:
    """The working day before the talk (O-011)."""
    return calendar().before(formats.local(starts_at).date())


def first_day() -> dt.date:
    """The first day of a talk that leaves the client a working day to prepare."""
    return calendar().add(formats.today(), 2)


def is_too_soon(starts_at: dt.datetime) -> bool:
    """True when everything should have been in already: the client cannot prepare for this talk."""
    return deadline(starts_at) <= formats.today()


def call_back_on(starts_at: dt.datetime) -> dt.date:
    """The day of *Klant nabellen*: a week after the talk, on a working day (O-068)."""
    return calendar().next(formats.local(starts_at).date() + CALL_BACK_AFTER)


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

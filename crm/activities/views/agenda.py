"""Windows of the agenda and of absences."""

import datetime as dt
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm import formats, records
from crm.access import ADVISER
from crm.accounts.models import User
from crm.accounts.queries import colleagues
from crm.activities import office, operations, queries
from crm.activities.forms import AbsenceForm
from crm.activities.models import Absence
from crm.activities.views.frame import Answer, moment_of, pages, show_message
from crm.db import db
from crm.records import Refused
from crm.texts import gettext as _
from crm.web import requires
from crm.workdays import DAY

WIDEST_RANGE = dt.timedelta(days=62)


def person_of_request() -> tuple[User, list[User]]:
    """Whose agenda is asked for, and whose there are; 404 for one this user may not look at."""
    people = queries.agenda_people(current_user)
    wanted = request.args.get("adviser", type=int)
    if wanted is None:
        return current_user if current_user.role == ADVISER else people[0], people
    person = next((person for person in people if person.id == wanted), None)
    return person or abort(404), people


@pages.get("/agenda")
@requires("activities.read")
def agenda() -> str:
    """Somebody's week: a list of days, which the script turns into a calendar. `view=list` keeps the list."""
    person, people = person_of_request()
    day = request.args.get("day", type=formats.sent_day) or office.calendar().next(formats.today())
    monday = day - dt.timedelta(days=day.weekday())
    days = [monday + dt.timedelta(days=offset) for offset in range(7)]
    midnights = [formats.at(edge, dt.time.min) for edge in (monday, days[6] + DAY)]
    entries = queries.agenda(person, midnights[0], midnights[1], current_user)
    by_day = {one: [entry for entry in entries if touches(entry, one)] for one in days}
    return render_template(
        "activities/agenda.html",
        person=person, people=people, day=day, by_day=by_day, closures=queries.closures(monday, days[6]),
        hours=office.hours(), before=monday - dt.timedelta(days=7), after=monday + dt.timedelta(days=7),
    )  # fmt: skip


def touches(entry: queries.Entry, day: dt.date) -> bool:
    """Whether this entry takes some of this day."""
    return entry.starts_at < formats.at(day + DAY, dt.time.min) and entry.ends_at > formats.at(day, dt.time.min)


@pages.get("/agenda/events")
@requires("activities.read")
def events() -> list[dict[str, Any]] | tuple[list[dict[str, Any]], int]:
    """JSON for the calendar: what stands in somebody's agenda from `start` to `end`, at most 62 days."""
    person, _people = person_of_request()
    starts_at, ends_at = (moment_of(request.args.get(name, "")) for name in ("start", "end"))
    if starts_at is None or ends_at is None or not dt.timedelta() < ends_at - starts_at <= WIDEST_RANGE:
        return [], 400
    closed = queries.closures(formats.local(starts_at).date(), formats.local(ends_at).date())
    background = [
        {
            "title": reason,
            "start": day.isoformat(),
            "allDay": True,
            "display": "background",
            "className": "agenda-closed",
        }
        for day, reason in closed.items()
    ]
    return background + [event_json(entry) for entry in queries.agenda(person, starts_at, ends_at, current_user)]


def event_json(entry: queries.Entry) -> dict[str, Any]:
    """One entry as FullCalendar wants it."""
    event: dict[str, Any] = {
        "title": entry.title,
        "start": formats.local(entry.starts_at).isoformat(),
        "end": formats.local(entry.ends_at).isoformat(),
        "className": f"agenda-{entry.kind} status-{entry.status}".removesuffix(" status-"),
        "editable": False,
    }
    if entry.kind == "appointment":
        event |= {
            "id": str(entry.id),
            "url": url_for("activities.show_appointment", id=entry.id),
            "editable": entry.is_open,
            "extendedProps": {
                "version": entry.version,
                "told": entry.was_told,
                "subject": entry.subject,
                "state": state_word(entry.status),
                "move": url_for("activities.move", id=entry.id),
            },
        }
    return event


def state_word(status: str) -> str:
    """What to say of an appointment that is not simply planned."""
    words = {
        "confirmed": _("bevestigd"),
        "rescheduled": _("gewijzigd, klant nog niet ingelicht"),
        "held": _("gehouden"),
        "no_show": _("niet verschenen"),
    }
    return words.get(status, "")


@pages.route("/agenda/absences", methods=["GET", "POST"])
@requires("activities.read")
def absences() -> Answer:
    """Somebody's absences: one's own, a beheerder everybody's."""
    people = list(colleagues(current_user)) if current_user.is_admin else [current_user]
    form = AbsenceForm(people, data={"user": current_user.id})
    if form.validate_on_submit():
        try:
            person, reason = form.people[form.user.data], form.reason.data or ""
            _absence, overlapping = operations.add_absence(person, *form.stretch(), reason, current_user)
            show_message("activities/_absent.html", "warning" if overlapping else "message", overlapping=overlapping)
            return redirect(url_for("activities.absences"))
        except Refused as refused:
            form.until_day.errors = [str(refused)]
    found = queries.coming_absences(people)
    names = {person.id: person.name for person in people}
    return (
        render_template("activities/absences.html", form=form, absences=found, names=names),
        422 if form.is_submitted() else 200,
    )


@pages.post("/agenda/absences/<int:id>/remove")
@requires("activities.read")
def remove_absence(id: int) -> Response:
    absence = db.session.get(Absence, id)
    if absence is None or records.find(("user", absence.user_id), current_user) is None:
        abort(404)
    operations.remove_absence(absence, current_user)
    flash(_("De afwezigheid is verwijderd."))
    return redirect(url_for("activities.absences"))

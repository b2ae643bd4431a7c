"""Windows of planning: Nieuw event, Bewerk, dragging in the agenda."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm import formats, records
from crm.activities import office, operations, queries
from crm.activities.forms import EventForm, SubjectForm, event_data
from crm.activities.models import Appointment
from crm.activities.queries import Remark
from crm.activities.views.frame import (
    SLOTS,
    Answer,
    is_fragment,
    mail_url,
    moment_of,
    pages,
    show_message,
    subject_of,
)
from crm.records import Conflict, Refused
from crm.texts import gettext as _
from crm.web import get_or_404, go, requires, url_of


def plannable(kind: str, record_id: int) -> Any:
    """The record one plans for; 404 when there is none or one cannot plan for its kind."""
    subject = get_or_404(kind, record_id)
    if not hasattr(subject, "appointment_topic"):
        abort(404)
    return subject


def topic_of(appointment: Appointment) -> str:
    """The last word of the generated title; empty when the record is gone or not visible."""
    return getattr(subject_of(appointment), "appointment_topic", "")


@pages.route("/appointments/new", methods=["GET", "POST"])
@requires("activities.plan")
def choose_subject() -> Answer:
    """Nieuw event from the agenda: first for which dossier."""
    form = SubjectForm()
    if form.validate_on_submit():
        kind, record_id = records.ref(form.subject.data)
        return redirect(url_for("activities.plan", kind=kind, id=record_id))
    return render_template("activities/choose_subject.html", form=form), form.code


@pages.route("/appointments/for/<kind>/<int:id>", methods=["GET", "POST"])
@requires("activities.plan")
def plan(kind: str, id: int) -> Answer:
    """Nieuw event: as a page of its own, or as the part of the feed that htmx asks for."""
    subject = plannable(kind, id)
    form = event_form(subject.branch, subject.adviser_id, blank(subject))
    form.offer(queries.options(subject, current_user))
    found: Sequence[Remark] = ()
    refusal = ""
    if form.validate_on_submit():
        values = form.event(subject.appointment_topic)
        found = not_seen(values)
        try:
            if not found:
                return planned(operations.plan(values, subject, current_user, form.options.data), subject)
        except operations.Warned as warned:
            found = warned.remarks
        except Refused as refused:
            refusal = str(refused)
    context = {"form": form, "subject": subject, "remarks": found, "refusal": refusal, **free_context(form)}
    template = "activities/_event.html" if is_fragment() else "activities/plan.html"
    status = 422 if form.is_submitted() else 200
    return render_template(template, topic=subject.appointment_topic, categories=shown_categories(), **context), status


def shown_categories() -> dict[str, Any]:
    """For the script that completes the form as one chooses."""
    return {entry.key: {"word": entry.word, "minutes": entry.minutes} for entry in office.categories().values()}


def planned(appointment: Appointment, subject: Any) -> Response:
    """Back to the record, with the confirmation mail as the next step."""
    mail = mail_url(appointment, "appointment_confirmation")
    show_message("activities/_planned.html", appointment=appointment, mail=mail)
    return go(subject)


def event_form(branch: Any, adviser_id: int | None, data: dict[str, Any]) -> EventForm:
    """The form with what this user may choose from; slots lead here with `starts_at` in the address."""
    if chosen := moment_of(request.args.get("starts_at", "")):
        there = formats.local(chosen)
        data = {**data, "day": there.date(), "starts": there.time(), "ends": None}
    people = queries.people_to_plan(current_user, adviser_id)
    return EventForm(people, queries.places(current_user, branch), data=data)


def blank(subject: Any) -> dict[str, Any]:
    """What a new form shows: the record's adviser, an orientation at its vestiging, the generated title."""
    title = office.make_title("orientation", False, subject.branch.name, subject.appointment_topic)
    return {
        "assigned_to": subject.adviser_id or (current_user.id if current_user.role == "adviser" else None),
        "category": "orientation",
        "title": title,
        "generated": title,
        "place": "office",
        "branch": subject.branch_id,
    }


def not_seen(values: dict[str, Any], but: int | None = None) -> list[Remark]:
    """Remarks on this time that the planner has not confirmed yet; leaves in `values` what he did confirm."""
    values["confirmed"] = set(request.form.get("confirmed", "").split(","))
    found = queries.remarks(values["assigned_to"], values["starts_at"], values["ends_at"], values["category"], but)
    return found if {remark.key for remark in found} - values["confirmed"] else []


def free_context(form: EventForm, but: int | None = None) -> dict[str, Any]:
    """The next free slots of the chosen adviser, for beside the form."""
    person = form.people.get(form.assigned_to.data)
    category = office.categories().get(form.category.data)
    if person is None or category is None:
        return {"slots": [], "person": None}
    first = office.first_day() if category.prepared else formats.today()
    from_day = max(form.day.data or first, formats.today())
    return {"slots": queries.free_slots(person, from_day, category.minutes, SLOTS), "person": person}


@pages.get("/agenda/free")
@requires("activities.plan")
def free() -> str:
    """Fragment: what speaks against the time that is being typed, and when the adviser is free."""
    person = get_or_404("user", request.args.get("assigned_to", 0, int))
    form = EventForm([person], [], formdata=request.args, meta={"csrf": False})
    found: list[Remark] = []
    category = office.categories().get(form.category.data)
    if form.day.data and form.starts.data and category:
        starts_at = formats.at(form.day.data, form.starts.data)
        ends_at = starts_at + dt.timedelta(minutes=category.minutes)
        if form.ends.data:
            ends_at = max(starts_at, formats.at(form.day.data, form.ends.data))
        found = queries.remarks(person, starts_at, ends_at, category.key, request.args.get("but", type=int))
    return render_template("activities/_free.html", remarks=found, **free_context(form))


@pages.post("/appointments/<int:id>/move")
@requires("activities.plan")
def move(id: int) -> tuple[dict[str, Any], int]:
    """Dragged or stretched in the agenda; answers JSON: done, what speaks against it, or why it cannot be."""
    appointment = get_or_404("appointment", id)
    starts_at, ends_at = (moment_of(request.form.get(name, "")) for name in ("starts_at", "ends_at"))
    if starts_at is None or ends_at is None:
        return {"refusal": _("Dit tijdstip is niet te lezen.")}, 400
    values: dict[str, Any] = {
        "assigned_to": appointment.assigned_to,
        "category": appointment.category,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    try:
        if (found := not_seen(values, but=id)) and ends_at > starts_at:
            raise operations.Warned(found)
        version = request.form.get("version", type=int)
        operations.move(appointment, starts_at, ends_at, current_user, version, values["confirmed"])
    except operations.Warned as warned:
        return {"remarks": [{"key": remark.key, "text": remark.text} for remark in warned.remarks]}, 409
    except Refused as refused:
        return {"refusal": str(refused)}, 409
    told = appointment.status == "rescheduled"
    return {
        "message": _("Verplaatst naar %(when)s.", when=queries.period(starts_at, ends_at)),
        "version": appointment.version,
        "page": url_of(appointment) if told else "",
    }, 200


@pages.route("/appointments/<int:id>/edit", methods=["GET", "POST"])
@requires("activities.plan")
def edit(id: int) -> Answer:
    """Bewerk (O-056, O-057)."""
    appointment = get_or_404("appointment", id)
    topic = topic_of(appointment)
    form = event_form(appointment.branch, appointment.assigned_to_id, event_data(appointment, topic))
    found: Sequence[Remark] = ()
    form.record, form.topic, refusal = appointment, topic, ""

    def save() -> None:
        values = form.event(topic)
        if differs(appointment, values) and (unseen := not_seen(values, but=id)):
            raise operations.Warned(unseen)
        operations.edit(appointment, values, current_user, form.version.data)

    try:
        if form.is_right():
            form.saved(save)
            flash(_("De afspraak is opgeslagen."))
            return go(appointment)
    except operations.Warned as warned:
        found = warned.remarks
    except Conflict:
        pass  # the form has the differences
    except Refused as refused:
        refusal = str(refused)
    context = {"form": form, "remarks": found, "refusal": refusal, **free_context(form, id)}
    return (
        render_template(
            "activities/edit.html", appointment=appointment, topic=topic, categories=shown_categories(), **context
        ),
        422 if form.is_submitted() else 200,
    )


def differs(appointment: Appointment, values: dict[str, Any]) -> bool:
    """Whether the time or the adviser will be another."""
    there = (appointment.starts_at, appointment.ends_at, appointment.assigned_to_id)
    return there != (values["starts_at"], values["ends_at"], values["assigned_to"].id)

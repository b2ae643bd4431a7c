"""Windows of one appointment."""

from typing import Any

from flask import abort, flash, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from crm import records
from crm.activities import operations, queries
from crm.activities.forms import CancelForm
from crm.activities.models import Appointment
from crm.activities.views.frame import Answer, mail_url, pages, subject_of
from crm.records import Refused
from crm.texts import gettext as _
from crm.ui import Highlight, RecordPage
from crm.web import get_or_404, go, requires, url_of


@pages.get("/appointments/<int:id>")
@requires("activities.read")
def show_appointment(id: int) -> str:
    appointment = get_or_404("appointment", id)
    subject = subject_of(appointment)
    page = RecordPage(
        appointment,
        current_user,
        title=appointment.title,
        kicker=_("Afspraak"),
        icon="brand-teams" if appointment.by_video else "calendar-event",
        highlights=highlights(appointment, subject),
    )
    return render_template("activities/appointment.html", page=page, **offers(appointment))


def highlights(appointment: Appointment, subject: Any) -> list[Highlight]:
    """The facts under an appointment's title."""
    teams = [
        Highlight(_("Teams-link"), appointment.teams_url, appointment.teams_url, missing=not appointment.teams_url)
    ]
    about = [Highlight(_("Voor"), records.title(subject), url_of(subject))] if subject else []
    return [
        Highlight(_("Wanneer"), queries.period(appointment.starts_at, appointment.ends_at)),
        Highlight(_("Toegewezen aan"), appointment.assigned_to.name),
        Highlight(_("Plaats"), _("Teams (beeldbellen)") if appointment.by_video else appointment.branch.name),
        *(teams if appointment.by_video else []),
        *about,
    ]


def offers(appointment: Appointment) -> dict[str, Any]:
    """Mails that should follow: the change mail when the client knows another time, the cancellation."""
    if appointment.status == "rescheduled":
        return {"offer": "change", "mail": mail_url(appointment, "appointment_change")}
    if appointment.status == "cancelled" and appointment.previous_starts_at:
        return {"offer": "cancelled", "mail": mail_url(appointment, "appointment_cancelled")}
    return {"offer": "", "mail": ""}


@pages.route("/appointments/<int:id>/cancel", methods=["GET", "POST"])
@requires("activities.plan")
def cancel(id: int) -> Answer:
    appointment = get_or_404("appointment", id)
    form = CancelForm(data={"version": appointment.version})
    if form.validate_on_submit():
        try:
            operations.cancel(appointment, form.reason.data, current_user, form.version.data)
            flash(_("De afspraak is geannuleerd."))
            return go(appointment)
        except Refused as refused:
            form.reason.errors = [str(refused)]
    return (
        render_template("activities/cancel.html", appointment=appointment, form=form),
        422 if form.is_submitted() else 200,
    )


@pages.post("/appointments/<int:id>/close")
@requires("activities.plan")
def close(id: int) -> Response:
    """Gehouden or niet verschenen, by `?status=`."""
    appointment = get_or_404("appointment", id)
    status = request.args.get("status", "")
    if status not in ("held", "no_show"):
        abort(400)
    operations.close_appointment(appointment, status, current_user)
    return go(appointment)


@pages.post("/appointments/<int:id>/told")
@requires("activities.plan")
def told(id: int) -> Response:
    """The client knows: somebody called."""
    appointment = operations.confirm(get_or_404("appointment", id), current_user)
    flash(_("Vastgelegd dat de klant de afspraak weet."))
    return go(appointment)

"""What the agenda and the task list say to the house."""

from flask import url_for

from crm import formats
from crm.access import Permission, allowed
from crm.activities import queries, views
from crm.activities.forms import AgendaSettings, EventForm, TaskForm
from crm.activities.lists import STATUSES, TASKS
from crm.activities.models import Appointment, Task
from crm.forms import words_of
from crm.hookspecs import impl
from crm.records import Kind
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import Action, MenuItem, Panel


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [
        Permission("activities.read", "Agenda en takenlijst zien"),
        Permission("activities.plan", "Afspraken plannen en wijzigen"),
        Permission("activities.export", "De takenlijst exporteren"),
        Permission("activities.tasks", "Taken maken en afvinken"),
    ]


@impl
def settings_forms():
    return [AgendaSettings]


@impl
def record_kinds():
    return [
        Kind(
            "appointment",
            Appointment,
            queries.visible_appointments,
            lambda appointment: appointment.title,
            "activities.show_appointment",
            label=N_("Afspraak"),
            icon="calendar-event",
            **words_of(
                EventForm,
                labels={"by_video": N_("Beeldbellen")},
                category=lambda: [(entry.key, entry.name) for entry in queries.categories().values()],
                status=lambda: {
                    "planned": _("Gepland"),
                    "confirmed": _("Bevestigd"),
                    "rescheduled": _("Verzet"),
                    "held": _("Gehouden"),
                    "no_show": _("Niet verschenen"),
                    "cancelled": _("Geannuleerd"),
                },
            ),
        ),
        Kind(
            "task",
            Task,
            queries.visible_tasks,
            lambda task: task.title,
            "activities.show_task",
            label=N_("Taak"),
            icon="checklist",
            **words_of(
                TaskForm,
                labels={
                    "rule_due_on": N_("Uiterlijk op volgens de regel"),
                    "done_at": N_("Gereed op"),
                    "link": N_("Adres"),
                    "link_text": N_("Waar het wordt gedaan"),
                },
                status=STATUSES,
            ),
        ),
    ]


@impl
def record_lists():
    return [TASKS]


@impl
def menu_items(user):
    if not allowed(user, "activities.read"):
        return []
    return [
        MenuItem(_("Agenda"), url_for("activities.agenda"), "calendar", weight=40),
        MenuItem(
            _("Takenlijst"), url_for("activities.tasks"), "checklist", weight=50, badge=queries.urgent_count(user)
        ),
    ]


@impl
def panels(subject, user, place):
    if subject is None or not allowed(user, "activities.read"):
        return []
    if subject.kind == "appointment":
        return appointment_panels(subject, place)
    if place == "publisher":
        return publishers(subject, user)
    if place == "side" and hasattr(subject, "appointment_topic"):
        ref = (subject.kind, subject.id)
        return [
            Panel(
                "appointments",
                _("Afspraken"),
                "activities/_appointments_panel.html",
                lambda: {"appointments": queries.coming_first(queries.known_appointments(subject))[:5]},
                weight=20,
            ),
            Panel(
                "tasks",
                _("Taken"),
                "activities/_tasks_panel.html",
                lambda: task_lines(queries.tasks_of(ref)[:8], _("Geen taken.")),
                weight=30,
            ),
        ]
    return []


def appointment_panels(appointment, place):
    """The page of one appointment: what the adviser must know, and the tasks that hang on it."""
    if place == "tab":
        context = {"appointment": appointment, "due": queries.due(appointment)}
        return [Panel("details", _("Gegevens"), "activities/_details.html", lambda: context, weight=10)]
    if place == "side":
        tasks = _("Geen taken bij deze afspraak.")
        return [
            Panel(
                "tasks",
                _("Taken"),
                "activities/_tasks_panel.html",
                lambda: task_lines(queries.tasks_at(appointment), tasks),
                weight=30,
            )
        ]
    return []


def publishers(subject, user):
    """Nieuw event and Taak in the feed; the forms are fetched when their tab is opened."""
    found = []
    if hasattr(subject, "appointment_topic") and allowed(user, "activities.plan"):
        where = url_for("activities.plan", kind=subject.kind, id=subject.id)
        found.append(publisher("event", _("Nieuw event"), where, 20, script="event.js"))
    if allowed(user, "activities.tasks"):
        where = url_for("activities.new_task", kind=subject.kind, id=subject.id)
        found.append(publisher("task", _("Taak"), where, 40))
    return found


def publisher(key, title, url, weight, script=""):
    """A form in the feed."""
    context = {"url": url, "label": title, "script": script, "tab": f"publisher-{key}"}
    return Panel(key, title, "activities/_publisher.html", lambda: context, weight=weight)


def task_lines(tasks, empty):
    """What `_tasks_panel.html` needs."""
    return {"tasks": tasks, "empty": empty, "today": formats.today(), "subjects": {}}


@impl
def actions(subject, user):
    if subject.kind != "appointment" or not subject.is_open or not allowed(user, "activities.plan"):
        return []
    where = {"id": subject.id}
    found = [
        Action(_("Bewerk"), url_for("activities.edit", **where), "pencil", weight=0, primary=True),
        Action(_("Annuleer afspraak"), url_for("activities.cancel", **where), "x", weight=30),
    ]
    if subject.has_begun:
        held, missed = (url_for("activities.close", status=status, **where) for status in ("held", "no_show"))
        found += [
            Action(_("Gesprek gehouden"), held, "check", method="post", weight=10),
            Action(_("Niet verschenen"), missed, "eye-off", method="post", weight=20),
        ]
    return found

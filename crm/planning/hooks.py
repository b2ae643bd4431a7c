"""What planning says to the house."""

from flask import url_for

from crm.access import Permission, allowed
from crm.dossiers.queries import next_step
from crm.hookspecs import impl
from crm.planning import queries, trail, views
from crm.planning.models import PlanningRun
from crm.records import Kind
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import Action, Panel


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [Permission("planning.plan", "Oriëntatiegesprekken plannen")]


@impl
def record_kinds():
    return [
        Kind(
            "planning_run",
            PlanningRun,
            queries.visible_runs,
            lambda run: _("Oriëntatiegesprek gepland"),
            "planning.show",
            N_("Planning"),
            "calendar-plus",
            labels={"message_id": N_("E-mail"), "undone_at": N_("Teruggedraaid op")},
            choices={"status": {"planned": N_("Gepland"), "undone": N_("Teruggedraaid")}},
        )
    ]


@impl
def after_save(changes, user):
    trail.note(changes)


@impl
def actions(subject, user):
    """The button on a client, a dossier that needs a talk and an open request."""
    if subject is None or not allowed(user, "planning.plan"):
        return []
    names = {"relation": "relation", "dossier": "dossier", "service_request": "request"}
    if subject.kind not in names or not plannable(subject):
        return []
    where = url_for("planning.plan", **{names[subject.kind]: subject.id})
    return [Action(_("Oriëntatiegesprek plannen"), where, "calendar-plus", weight=20, primary=is_next(subject))]


def is_next(subject):
    """For a dossier it is offered only then; a request has a client first and no talk yet."""
    if subject.kind == "service_request":
        return subject.relation_id is not None and subject.appointment_id is None
    return subject.kind == "dossier"


def plannable(subject):
    """Not for a request that is done, nor for a dossier that has its talk."""
    if subject.kind == "service_request":
        return subject.is_open
    return subject.kind != "dossier" or next_step(subject) == "plan"


@impl
def panels(subject, user, place):
    if subject is not None or place != "start" or not allowed(user, "planning.plan"):
        return []
    return [Panel("plan", _("Er belt iemand"), "planning/_start.html", weight=5)]

"""Windows of the beheerder: the statuses of dossiers and the steps between them."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.dossiers import status_list, status_path, statuses
from crm.dossiers.forms import NewStatusForm, StatusDefinitionForm, StepForm
from crm.dossiers.statuses import DossierStatus
from crm.dossiers.views import Answer, pages
from crm.records import Refused
from crm.texts import gettext as _
from crm.web import get_or_404, go, requires, say_no


@pages.route("/admin/dossier-statuses", methods=["GET", "POST"])
@requires("dossiers.statuses")
def status_rows() -> Answer:
    """Statussen: the list in the order of the path, and a new one."""
    form = NewStatusForm()
    if made := form.submit(lambda: status_list.save_status(form.values(), current_user), "title"):
        flash(_("De status %(status)s is toegevoegd.", status=made.title))
        return redirect(url_for("dossiers.status_rows"))
    known = {"path": statuses.current(), "meanings": status_path.MEANINGS, "counts": status_list.dossiers_in()}
    return render_template("dossiers/statuses.html", form=form, **known), form.code


@pages.route("/admin/dossier-statuses/<int:id>", methods=["GET", "POST"])
@requires("dossiers.statuses")
def edit_status(id: int) -> Answer:
    """One status, and the steps from it."""
    status = get_or_404("dossier_status", id)
    form = StatusDefinitionForm(obj=status)
    if form.submit(lambda: status_list.save_status(form.values(), current_user, status, form.version.data), "title"):
        flash(_("De status %(status)s is opgeslagen.", status=status.title))
        return redirect(url_for("dossiers.status_rows"))
    return page_of(status, form, StepForm(formdata=None)), form.code


def page_of(status: DossierStatus, form: Any, step_form: StepForm) -> str:
    """The page of one status; a refused change is not in `path`."""
    path, own = statuses.current(), status_list.steps_of(status)
    steps = [(to, guards_of(takes), own.get(to.key)) for to, takes in path.steps_from(status.key)]
    step_form.fill_choices(path, status.key)
    known = {"meanings": status_path.MEANINGS, "steps": steps}
    return render_template("dossiers/status.html", status=status, form=form, step_form=step_form, **known)


def guards_of(takes: set[str]) -> str:
    """What a step takes, in words."""
    return ", ".join(_(title) for name, title in status_path.GUARDS.items() if name in takes)


@pages.post("/admin/dossier-statuses/<int:id>/steps")
@requires("dossiers.statuses")
def add_step(id: int) -> Answer:
    """A step from this status to another."""
    status = get_or_404("dossier_status", id)
    form = StepForm().fill_choices(statuses.current(), status.key)
    if form.submit(lambda: status_list.add_step(status, form.to.data, form.takes.data or [], current_user), "to"):
        return go(status)
    return page_of(status, StatusDefinitionForm(formdata=None, obj=status), form), 422


@pages.route("/admin/dossier-steps/<int:id>", methods=["GET", "POST"])
@requires("dossiers.statuses")
def edit_step(id: int) -> Answer:
    """Where a step leads, and what it takes."""
    step = get_or_404("dossier_step", id)
    form = StepForm(obj=step).fill_choices(statuses.current(), step.origin.key, step.to)
    if form.submit(
        lambda: status_list.change_step(step, form.to.data, form.takes.data or [], current_user, form.version.data),
        "to",
    ):
        flash(_("De stap is opgeslagen."))
        return go(step.origin)
    return render_template("dossiers/step.html", form=form, step=step), form.code


@pages.post("/admin/dossier-steps/<int:id>/remove")
@requires("dossiers.statuses")
def remove_step(id: int) -> Response:
    """Take a step away; a refusal is shown above what is there."""
    step = get_or_404("dossier_step", id)
    origin = step.origin
    try:
        status_list.remove_step(step, current_user)
    except Refused as refusal:
        say_no(refusal)
    return go(origin)

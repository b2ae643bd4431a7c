"""Windows of workflows: under a dienst or product start, the arrow, stop and go on; bringing one up to date."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.dossiers.models import Part
from crm.texts import gettext as _
from crm.web import get_or_404, go, requires
from crm.workflows import operations, queries
from crm.workflows.models import Workflow

pages = Blueprint("workflows", __name__)


@pages.record_once
def check_definitions(_state: Any) -> None:
    """The house does not start with a definition that cannot work."""
    queries.current_definitions()


def under(part: Part) -> dict[str, Any]:
    """What `workflows/_under.html` needs; the dossier's workflows are read once per page, for all that it has.

    What was started before the office went over from diensten to products, or back, is shown where it hangs.
    """
    kept = request.environ.setdefault("crm.workflows", {})
    if part.dossier_id not in kept:
        kept[part.dossier_id] = queries.workflows_of(part.dossier)
    mine = [workflow for workflow in kept[part.dossier_id] if workflow.part is part]
    busy = {workflow.definition_key for workflow in mine if workflow.status == "running"}
    offered = [definition for definition in queries.startable(part) if definition.key not in busy]
    known = {"part": part, "expected": queries.has_workflows(part), "offered": offered}
    return {**known, "workflows": [shown(one) for one in mine], "start": start_address(part)}


def start_address(part: Part) -> str:
    """Where the form of *Workflow starten* goes."""
    return url_for("workflows.start" if part.kind == "service" else "workflows.start_under_product", id=part.id)


def shown(workflow: Workflow) -> dict[str, Any]:
    """One workflow as it is drawn: its steps with who took them, the next one and what stands in its way."""
    definition, step = workflow.started_as, workflow.next_step
    refusal = queries.why_not(workflow, step, current_user) if step else ""
    taken: dict[str, list[Any]] = {}
    for row in workflow.steps:
        taken.setdefault(row.step, []).append(row)
    return {
        "workflow": workflow,
        "steps": [(one, taken.get(one.key, [])) for one in definition.steps],
        "next": step,
        "refusal": refusal,
        "mend": queries.ways_out(workflow, step, current_user) if step and refusal else (),
        "newer": queries.newer(workflow),
    }


def back(workflow: Workflow) -> Response:
    """To the dienst or product in its dossier."""
    return go(workflow.dossier, tab="holdings", _anchor=f"{workflow.part.kind}-{workflow.part.id}")


@pages.post("/services/<int:id>/workflows")
@requires("workflows.run")
def start(id: int) -> Response:
    return back(operations.start(get_or_404("service", id), request.form.get("key", ""), current_user))


@pages.post("/products/<int:id>/workflows")
@requires("workflows.run")
def start_under_product(id: int) -> Response:
    return back(operations.start(get_or_404("product", id), request.form.get("key", ""), current_user))


@pages.post("/workflows/<int:id>/advance")
@requires("workflows.run")
def advance(id: int) -> Response:
    """The workflow arrow. The form names step and round, so that a second click is the same click."""
    workflow = get_or_404("workflow", id)
    number = request.form.get("round", 1, type=int)
    flash(operations.advance(workflow, request.form.get("step", ""), number, current_user))
    return back(workflow)


@pages.post("/workflows/<int:id>/stop")
@requires("workflows.run")
def stop(id: int) -> Response:
    workflow = get_or_404("workflow", id)
    operations.stop(workflow, current_user)
    return back(workflow)


@pages.post("/workflows/<int:id>/resume")
@requires("workflows.run")
def resume(id: int) -> Response:
    workflow = get_or_404("workflow", id)
    operations.resume(workflow, current_user)
    return back(workflow)


@pages.route("/workflows/<int:id>/update", methods=["GET", "POST"])
@requires("workflows.run")
def update(id: int) -> str | Response:
    """Bijwerken: what changes, and doing it."""
    workflow = get_or_404("workflow", id)
    definition = queries.newer(workflow)
    if request.method == "POST":
        operations.bring_up_to_date(workflow, request.form.get("to", 0, type=int), current_user)
        flash(_("De workflow is bijgewerkt naar versie %(version)s.", version=workflow.definition_version))
        return back(workflow)
    if definition is None:
        return redirect(url_for("dossiers.show", id=workflow.dossier_id, tab="holdings"))
    changes = queries.difference(workflow, definition)
    return render_template("workflows/update.html", workflow=workflow, definition=definition, changes=changes)

"""Windows of planning: the one screen, what came of it, and undoing it."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.activities import office
from crm.activities.operations import Warned
from crm.dossiers.queries import is_reusable, why_not_reusable
from crm.planning import operations, queries
from crm.planning.models import PlanningRun
from crm.planning.screen import NOBODY, Screen
from crm.records import Refused, find_all
from crm.relations import views as persons
from crm.relations.operations import Unfit
from crm.texts import gettext as _
from crm.web import get_or_404, go, requires

pages = Blueprint("planning", __name__)


@pages.route("/planning/orientation", methods=["GET", "POST"])
@requires("planning.plan")
def plan() -> Any:
    """*Oriëntatiegesprek plannen*: steps 1.1 … 1.10 on one screen."""
    asked = {name: request.args.get(name, type=int) for name in ("request", "relation", "dossier")}
    wanted = request.form.get("do", "plan")
    chosen = request.form.get("choose", type=int) or request.form.get("use", type=int)
    if wanted in ("clear", "new"):
        chosen = NOBODY
    screen = Screen(current_user, asked, chosen)
    if chosen and screen.relation is None:
        abort(404)
    if screen.fresh:
        if screen.is_new:
            screen.found = persons.find_doubles(screen.client, screen.partner)
        return draw(screen)
    if step(screen, wanted, bool(chosen)):
        return draw(screen)
    if screen.validate() and not doubles(screen):
        run = carry_out(screen)
        if run:
            return redirect(url_for("planning.show", id=run.id))
    return draw(screen), 422


def step(screen: Screen, wanted: str, was_chosen: bool) -> bool:
    """A button on the way: choose, look again. False for *Plan het gesprek*."""
    if partner := request.form.get("use_partner", type=int):
        screen.partner.relation_id.data = get_or_404("relation", partner).id
    if wanted == "new":
        screen.make_new(request.form.get("q", "").strip())
    elif wanted == "plan" and not partner and not was_chosen:
        return False
    look_ahead(screen, renew=wanted == "renew")
    return True


def look_ahead(screen: Screen, renew: bool = False) -> None:
    """Show the confirmation as it will be, when enough is known; complain about nothing yet."""
    if screen.validate():
        try:
            screen.show_letter(operations.rehearse(screen.plan(None), current_user), renew)
        except Refused as refusal:
            screen.refusal = "" if isinstance(refusal, Warned) else str(refusal)
    screen.hush()


def doubles(screen: Screen) -> bool:
    """True when the new client or partner may be known, and the planner has not seen that yet."""
    if screen.is_new:
        screen.found = persons.find_doubles(screen.client, screen.partner)
    return any(screen.found.values())


def carry_out(screen: Screen) -> PlanningRun | None:
    """Do it; what stands in the way is put on the screen. A confirmation nobody saw yet is shown first."""
    letter = screen.letter()
    try:
        if letter and not letter.seen:
            screen.show_letter(operations.rehearse(screen.plan(None), current_user))
            screen.refusal = _("Kijk de bevestiging na en klik nog een keer op Plan het gesprek.")
            return None
        return operations.carry_out(screen.plan(letter), current_user)
    except operations.Changed as changed:
        screen.show_letter(changed.proposal)
        screen.refusal = str(changed)
    except Unfit as unfit:
        screen.refusal = str(unfit)
        for name, sentence in unfit.problems.items():
            if screen.is_new and name in screen.client:
                screen.client[name].errors = [sentence]
    except Refused as refusal:
        screen.refusal = str(refusal)
    return None


def draw(screen: Screen) -> str:
    """The screen, with the talk's own dates; the form alone when the script asks for parts of it."""
    start = screen.form.starts_at
    return render_template(
        "planning/plan.html",
        layout="_part.html" if "HX-Request" in request.headers else "base.html",
        screen=screen,
        form=screen.form,
        points=queries.script(start),
        starts_at=start,
        deadline=office.deadline(start) if start else None,
        too_soon=bool(start and office.is_too_soon(start)),
        call_back_on=queries.call_back_on(start) if start else None,
        is_reusable=is_reusable,
        why_not=why_not_reusable,
    )


@pages.get("/planning/<int:id>")
@requires("planning.plan")
def show(id: int) -> str:
    """What one run made, with *Alles ongedaan maken* as long as the mail waits."""
    run: PlanningRun = get_or_404("planning_run", id)
    message = queries.message_of(run)
    references = [(kind, number) for kind, number, _old, _version in run.made]
    seen = find_all([*references, ("dossier", run.dossier_id or 0)], current_user)
    talk = seen.get(("appointment", run.appointment_id or 0))
    new = [found for kind, number, old, _version in run.made if old is None and (found := seen.get((kind, number)))]
    return render_template(
        "planning/show.html",
        run=run,
        message=message,
        made={kind: [one for one in new if one.kind == kind] for kind in ("relation", "appointment", "task")},
        dossier=seen.get(("dossier", run.dossier_id or 0)),
        requests=[found for reference, found in seen.items() if reference[0] == "service_request"],
        can_undo=queries.can_undo(run, message),
        until=queries.undo_until(run, message),
        points={point.key: point.text for point in queries.script(talk.starts_at if talk else None, run.created_at)},
    )


@pages.post("/planning/<int:id>/undo")
@requires("planning.plan")
def undo(id: int) -> Response:
    """*Alles ongedaan maken*."""
    run: PlanningRun = operations.undo(get_or_404("planning_run", id), current_user)
    flash(_("Alles is ongedaan gemaakt.") if not run.kept else _("Ongedaan gemaakt, op het volgende na."), "message")
    return go(run)

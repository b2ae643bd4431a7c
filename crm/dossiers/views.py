"""Windows of dossiers: making one, its page, its details, its status, the list."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm import ui
from crm.accounts.models import User
from crm.dossiers import operations, preparing, queries, status_path, statuses
from crm.dossiers.forms import (
    DetailsForm,
    DossierForm,
    FilterForm,
    LeadSourceForm,
    ProductForm,
    ServiceForm,
    StatusForm,
)
from crm.dossiers.models import Dossier
from crm.formats import local
from crm.lists.shown import as_file, opened
from crm.records import Refused
from crm.relations.models import Relation
from crm.settings import setting
from crm.texts import day_label
from crm.texts import gettext as _
from crm.web import get_or_404, go, requires, url_of

pages = Blueprint("dossiers", __name__)
Answer = str | AnyResponse | tuple[str, int]


@pages.record_once
def check_statuses(_state: Any) -> None:
    """The house does not start with a status path that nobody could walk."""
    status_path.starting_path()


@pages.route("/relations/<int:id>/dossiers/new", methods=["GET", "POST"])
@requires("dossiers.write")
def new(id: int) -> Answer:
    """Nieuw dossier: first what is there already (O-042), then the form. `from` is the dossier it goes on from."""
    relation = get_or_404("relation", id)
    existing = queries.dossiers_of(relation, current_user)
    previous_id = request.args.get("from", type=int)
    previous = next((dossier for dossier in existing if dossier.id == previous_id), None)
    if request.method == "GET" and existing and not previous and "new" not in request.args:
        rows = [(dossier, queries.why_not_reusable(dossier)) for dossier in existing]
        return render_template("dossiers/existing.html", relation=relation, existing=rows)
    form = DossierForm(data=None if request.method == "POST" else first_values(relation, previous))
    form.fill_choices(current_user)
    waiting = [dossier for dossier in existing if queries.is_reusable(dossier)]
    if form.validate_on_submit():
        try:
            made = operations.create(relation, form.values(), current_user, previous=previous)
        except Refused as refusal:
            (form.confirmed if waiting and not form.confirmed.data else form.profile).errors = [str(refusal)]
        else:
            flash(_("Dossier %(number)s is gemaakt.", number=made.number))
            return go(made)
    code = 422 if form.errors else 200
    known = {"relation": relation, "previous": previous, "waiting": waiting}
    return render_template("dossiers/new.html", form=form, **known), code


def first_values(relation: Relation, previous: Dossier | None) -> dict[str, Any]:
    """What the form begins with: the client's vestiging, who plans as assistent (O-037), the rest of an earlier one."""
    values: dict[str, Any] = {"branch_id": relation.branch_id, "assistant_id": current_user.id}
    if previous:
        for name in ("lead_source_id", "branch_id", "adviser_id", "dossier_type", "profile", "profile_other"):
            values[name] = getattr(previous, name)
    return values


@pages.get("/dossiers")
@requires("dossiers.read")
def index() -> Answer:
    """The list, filtered by what the address says, a page at a time."""
    shown = opened("dossiers")
    if shown.away:
        return redirect(shown.away)
    form = FilterForm(request.args).fill_choices(current_user)
    after = request.args.get("after", type=int)
    rows = list(queries.dossier_list(current_user, form.filters(), after))
    more = rows[queries.PAGE - 1].id if len(rows) > queries.PAGE else None
    return render_template("dossiers/index.html", form=form, shown=shown, dossiers=rows[: queries.PAGE], more=more)


@pages.get("/dossiers/export.csv")
@requires("dossiers.export", writes_on_get=True)
def export() -> AnyResponse:
    """Exactly what the list shows with these filters and columns, all pages of it."""
    filters = FilterForm(request.args).fill_choices(current_user).filters()
    return as_file("dossiers", lambda user: queries.every(user, filters))


@pages.get("/dossiers/<int:id>")
@requires("dossiers.read")
def show(id: int) -> str:
    tab = request.args.get("tab", "")
    found = queries.whole(id, current_user, with_holdings=tab == "holdings")
    if found is None:
        abort(404)
    dossier, _partner = found
    kicker = _("Dossier %(number)s", number=dossier.number)
    facts, steps = highlights(dossier), path(dossier)
    page = ui.RecordPage(dossier, current_user, dossier.title, kicker, "folder", facts, steps, tab)
    changes = queries.partner_changes([found])
    return render_template("dossiers/show.html", page=page, dossier=dossier, changes=changes)


def highlights(dossier: Dossier) -> list[ui.Highlight]:
    """The six facts under a dossier's title."""
    appointment = queries.current(dossier.open_appointments)
    when = ""
    if appointment:
        place = _("Teams") if appointment.by_video else appointment.branch.name
        starts = local(appointment.starts_at)
        when = f"{day_label(starts.date())} · {starts:%H:%M} · {place}"
    return [
        ui.Highlight(_("Relatie"), " & ".join(person.name for person in dossier.applicants), url_of(dossier.relation)),
        ui.Highlight(_("Adviseur"), dossier.adviser.name if dossier.adviser else ""),
        ui.Highlight(_("Assistent"), dossier.assistant.name if dossier.assistant else ""),
        ui.Highlight(_("Vestiging"), dossier.branch.name),
        ui.Highlight(_("Bron"), _(dossier.lead_source.name)),
        ui.Highlight(_("Afspraak"), when or _("nog niet gepland"), url_of(appointment) if appointment else ""),
    ]


def path(dossier: Dossier) -> list[ui.Step]:
    """The arrows of the status path, and where it ended outside the path."""
    steps = [ui.Step(_(label), state) for label, state, _to in statuses.current().phases(dossier.status)]
    if not any(step.state == "now" for step in steps):
        steps.append(ui.Step(_(dossier.status_title), "now"))
    return steps


@pages.get("/dossiers/<int:id>/status")
@requires("dossiers.write")
def choose_status(id: int) -> str:
    """Status wijzigen: every step from here, those that cannot be taken with the reason."""
    dossier = get_or_404("dossier", id)
    appointment = queries.open_appointment(dossier)
    steps = [
        (status, asked_for(takes), operations.why_not(takes, current_user, appointment))
        for status, takes in statuses.current().steps_from(dossier.status)
    ]
    sensible = operations.next_status(dossier, current_user, appointment)
    known = {"dossier": dossier, "steps": steps, "sensible": sensible}
    return render_template("dossiers/choose_status.html", **known)


def asked_for(takes: set[str]) -> str:
    """What a step will ask, in a few words."""
    words = {
        status_path.ASSISTANT: _("u kiest wie de assistent van het dossier wordt"),
        status_path.CONFIRMATION: _("slaat stappen over"),
        status_path.REASON: _("met een reden"),
        status_path.ADMIN: _("alleen een beheerder"),
    }
    return ", ".join(text for key, text in words.items() if key in takes)


@pages.route("/dossiers/<int:id>/status/<to>", methods=["GET", "POST"])
@requires("dossiers.write")
def change_status(id: int, to: str) -> Answer:
    """One step, with what it asks."""
    dossier = get_or_404("dossier", id)
    appointment = queries.open_appointment(dossier) if statuses.meaning(to) == status_path.INTAKE else None
    by_rule = queries.call_back_day(appointment) if appointment else None
    form = StatusForm(assistant_id=dossier.assistant_id, call_back_on=by_rule).fill_choices(current_user)
    takes = statuses.current().needs(dossier.status, to) or set()
    if form.submit(
        lambda: operations.change_status(
            dossier, to, current_user, form.reason.data or "", form.confirmed.data, form.assistant_id.data,
            form.call_back_on.data,
        )
    ):  # fmt: skip
        flash(_("Status is nu %(status)s.", status=_(dossier.status_title)))
        return go(dossier)
    known = {"dossier": dossier, "takes": takes, "title": statuses.title(to), "appointment": appointment}
    return render_template("dossiers/change_status.html", form=form, **known), form.code


@pages.route("/dossiers/<int:id>/edit", methods=["GET", "POST"])
@requires("dossiers.write")
def edit(id: int) -> Answer:
    """Details wijzigen; when somebody else saved in the meantime, both versions are shown."""
    dossier = get_or_404("dossier", id)
    form = DetailsForm(obj=dossier).fill_choices(current_user, dossier)
    if form.submit(lambda: operations.update(dossier, form.values(), current_user, form.version.data), "profile"):
        flash(_("Dossier is opgeslagen."))
        return go(dossier, tab="details")
    return render_template("dossiers/edit.html", form=form, dossier=dossier), form.code


@pages.post("/dossiers/<int:id>/partner")
@requires("dossiers.write")
def set_partner(id: int) -> AnyResponse:
    """Let the dossier follow the household, as was offered on its page and the client's."""
    dossier = operations.set_partner(get_or_404("dossier", id), request.form.get("partner_id", type=int), current_user)
    if dossier.partner:
        flash(_("Partner in het dossier is nu %(name)s.", name=dossier.partner.name))
    else:
        flash(_("Het dossier heeft nu geen partner."))
    return go(dossier)


def dossiers_beside(relation: Relation, user: User) -> list[tuple[Dossier, Relation | None]]:
    """A relation's dossiers, newest first, each with the client's partner now; read once per page."""
    kept = request.environ.setdefault("crm.dossiers_beside", {})
    if relation.id not in kept:
        kept[relation.id] = queries.beside_partners(relation, user)
    found: list[tuple[Dossier, Relation | None]] = kept[relation.id]
    return found


def of_relation(relation: Relation) -> dict[str, Any]:
    """What `dossiers/_of_relation.html` needs."""
    found = dossiers_beside(relation, current_user)
    changes = queries.partner_changes(found)
    return {"dossiers": [dossier for dossier, _partner in found], "relation": relation, "changes": changes}


def holdings(dossier: Dossier) -> dict[str, Any]:
    """What `dossiers/_holdings.html` needs: diensten and products, in the order the office agreed on (U-009)."""
    return {
        "dossier": dossier,
        "services": dossier.services,
        "products": dossier.products,
        "products_first": setting("dossiers.works_with") == "products",
    }


@pages.route("/dossiers/<int:id>/services/new", methods=["GET", "POST"])
@requires("dossiers.write")
def new_service(id: int) -> Answer:
    return part(get_or_404("dossier", id), None, ServiceForm(), operations.save_service, _("Nieuwe dienst"))


@pages.route("/services/<int:id>/edit", methods=["GET", "POST"])
@requires("dossiers.write")
def edit_service(id: int) -> Answer:
    service = get_or_404("service", id)
    return part(service.dossier, service, ServiceForm(obj=service), operations.save_service, service.title)


@pages.route("/dossiers/<int:id>/products/new", methods=["GET", "POST"])
@requires("dossiers.write")
def new_product(id: int) -> Answer:
    return part(get_or_404("dossier", id), None, ProductForm(), operations.save_product, _("Nieuw product"))


@pages.route("/products/<int:id>/edit", methods=["GET", "POST"])
@requires("dossiers.write")
def edit_product(id: int) -> Answer:
    product = get_or_404("product", id)
    return part(product.dossier, product, ProductForm(obj=product), operations.save_product, product.title)


def part(dossier: Dossier, record: Any, form: Any, save: Callable[..., Any], heading: str) -> Answer:
    """Show and take the form of a dienst or product; two editors see each other's version."""
    if form.submit(lambda: save(dossier, form.values(), current_user, record, form.version.data)):
        return go(dossier, tab="holdings")
    return render_template("dossiers/part.html", form=form, dossier=dossier, heading=heading), form.code


@pages.post("/services/<int:id>/remove")
@requires("dossiers.write")
def remove_service(id: int) -> AnyResponse:
    return remove(get_or_404("service", id))


@pages.post("/products/<int:id>/remove")
@requires("dossiers.write")
def remove_product(id: int) -> AnyResponse:
    return remove(get_or_404("product", id))


def remove(record: Any) -> AnyResponse:
    dossier, title = record.dossier, record.title
    operations.remove(record, current_user)
    flash(_("%(title)s is verwijderd.", title=title))
    return go(dossier, tab="holdings")


def readiness(dossier: Dossier) -> dict[str, Any]:
    """What `dossiers/_preparation.html` needs."""
    appointment = queries.current(dossier.open_appointments)
    return {
        "dossier": dossier,
        "items": preparing.preparation(dossier),
        "countdown": preparing.countdown(appointment) if appointment else None,
    }


@pages.post("/dossiers/<int:id>/preparation/<item>")
@requires("dossiers.write")
def tick(id: int, item: str) -> AnyResponse:
    """Tick off by hand: `on` is the wanted state, so that a double click does no harm."""
    dossier = get_or_404("dossier", id)
    operations.tick(dossier, item, request.form.get("on") == "1", current_user)
    return go(dossier)


@pages.route("/lead-sources", methods=["GET", "POST"])
@requires("dossiers.lead_sources")
def lead_sources() -> Answer:
    """Beheer → Bronnen: the list, and a new one."""
    form = LeadSourceForm()
    if form.submit(lambda: operations.save_lead_source(form.values(), current_user), "name"):
        return redirect(url_for("dossiers.lead_sources"))
    return render_template("dossiers/lead_sources.html", form=form, sources=queries.lead_sources(every=True)), form.code


@pages.route("/lead-sources/<int:id>", methods=["GET", "POST"])
@requires("dossiers.lead_sources")
def edit_lead_source(id: int) -> Answer:
    source = get_or_404("lead_source", id)
    form = LeadSourceForm(obj=source)
    if form.submit(lambda: operations.save_lead_source(form.values(), current_user, source, form.version.data), "name"):
        return redirect(url_for("dossiers.lead_sources"))
    return render_template("dossiers/lead_source.html", form=form, source=source), form.code

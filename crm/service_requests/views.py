"""Windows of service requests: the public form, the queue, one request."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.accounts import attempts
from crm.formats import show_phone
from crm.lists.shown import as_file, opened
from crm.records import Refused
from crm.relations import views as persons
from crm.relations.forms import PartnerForm, RelationForm
from crm.relations.models import Relation
from crm.relations.person import warnings
from crm.relations.take_over import ask_first
from crm.service_requests import operations, queries
from crm.service_requests.forms import EditForm, PublicForm, RequestForm
from crm.service_requests.models import ServiceRequest
from crm.service_requests.typed import LABELS, PROFILES, STATUSES, TOPICS, TRANSITIONS, perhaps_bsn, person
from crm.settings import setting
from crm.texts import gettext as _
from crm.texts import when
from crm.ui import Highlight, RecordPage, Step
from crm.web import POLICY, from_elsewhere, get_or_404, go, public, requires, url_of

pages = Blueprint("service_requests", __name__)


@pages.route("/aanvraag", methods=["GET", "POST"])
@public
@from_elsewhere
def public_form() -> Any:
    """The form on a page of its own; it proves itself with a signed moment instead of a session's token."""
    return ask("service_requests.thanks")


@pages.route("/aanvraag/embed", methods=["GET", "POST"])
@public
@from_elsewhere
def embedded_form() -> Any:
    """The same form for an iframe on the office's own site."""
    return embeddable(ask("service_requests.embedded_thanks"))


@pages.get("/aanvraag/bedankt")
@public
def thanks() -> str:
    return thanking()


@pages.get("/aanvraag/embed/bedankt")
@public
def embedded_thanks() -> Any:
    return embeddable(thanking())


def thanking() -> str:
    """The page that says thanks, and asks about a number when there was doubt of one."""
    return render_template("service_requests/thanks.html", office=office(), doubt="number" in request.args)


def ask(done: str) -> Any:
    """The public form, and what comes of sending it: `done` is the endpoint that says thanks."""
    form, consent, status = PublicForm(queries.branches()), setting("service_requests.consent_text"), 200
    if request.method == "POST":
        status = 422
        scope = f"service_request:{attempts.digest(attempts.network_of(request.remote_addr or ''))}"
        try:
            if form.validate():
                attempts.take(scope)
                branch = form.branches.get(form.branch.data) or queries.usual_branch()
                operations.receive(form.typed(), consent, branch)
                return redirect(url_for(done, number="" if perhaps_bsn(form.typed()) else None), 303)
        except Refused as refusal:
            form.shown.errors = [str(refusal)]
            status = 429
    return render_template("service_requests/public.html", form=form, office=office(), consent=consent), status


def embeddable(answer: Any) -> Response:
    """Let the office's own site show this in a frame."""
    response = make_response(answer)
    ancestors = " ".join(setting("service_requests.frame_ancestors").split()) or "'none'"
    response.headers["Content-Security-Policy"] = POLICY.format(ancestors=ancestors)
    return response


def office() -> str:
    return str(current_app.config["OFFICE_NAME"])


def filters_of_request() -> queries.Filters:
    """What the address narrows the queue to."""
    return queries.Filters(
        status=request.args.get("status", ""),
        branch_id=request.args.get("branch", type=int),
        topic=request.args.get("topic", ""),
        mine="mine" in request.args,
    )


@pages.get("/service-requests")
@requires("service_requests.read")
def index() -> Any:
    """The queue; filters and columns stand in the address."""
    shown, filters = opened("service-requests"), filters_of_request()
    if shown.away:
        return redirect(shown.away)
    rows = list(queries.queue(current_user, filters, after=request.args.get("after", 0, type=int)))
    return render_template(
        "service_requests/index.html",
        shown=shown,
        rows=rows[: queries.PAGE],
        more=rows[queries.PAGE - 1].id if len(rows) > queries.PAGE else None,
        filters=filters,
        statuses=STATUSES,
        topics=TOPICS,
    )


@pages.get("/service-requests/export.csv")
@requires("service_requests.export", writes_on_get=True)
def export() -> Response:
    """Exactly what the queue shows with these filters and columns, all pages of it."""
    filters = filters_of_request()
    return as_file("service-requests", lambda user: queries.every(user, filters))


@pages.route("/service-requests/new", methods=["GET", "POST"])
@requires("service_requests.write")
def new() -> Any:
    """*Nieuwe serviceaanvraag*: somebody calls."""
    form = RequestForm(current_user.branches)
    if form.validate_on_submit():
        branch = form.branches[form.branch.data]
        return go(operations.receive(form.typed(), "", branch, current_user, channel="phone"))
    return render_template("service_requests/new.html", form=form), 422 if form.errors else 200


@pages.get("/service-requests/<int:id>")
@requires("service_requests.read")
def show(id: int) -> str:
    found: ServiceRequest = get_or_404("service_request", id)
    page = RecordPage(
        found, current_user, found.name, _("Serviceaanvraag"), "inbox", highlights(found), path(found),
        request.args.get("tab", ""),
    )  # fmt: skip
    return render_template("service_requests/show.html", page=page)


def highlights(found: ServiceRequest) -> list[Highlight]:
    """The facts under the title."""
    relation = found.relation
    return [
        Highlight(_("Telefoon"), show_phone(found.phone), f"tel:{found.phone}" if found.phone else ""),
        Highlight(_("E-mail"), found.email, f"mailto:{found.email}" if found.email else ""),
        Highlight(_("Onderwerp"), _(found.topic_title)),
        Highlight(_("Vestiging"), found.branch.name),
        Highlight(_("Toegewezen aan"), found.assigned_to.name if found.assigned_to else _("Niemand")),
        Highlight(_("Ontvangen"), when(found.created_at)),
        *([Highlight(_("Kijk na"), _("mogelijk een BSN"), missing=True)] if perhaps_bsn(found.typed) else []),
        Highlight(
            _("Relatie"),
            relation.name if relation else _("nog geen klant"),
            url_of(relation) if relation else "",
            missing=relation is None,
        ),
    ]


def path(found: ServiceRequest) -> list[Step]:
    """Where it is between open and gereed."""
    if found.status == "cancelled":
        return [step("open", "done"), step("cancelled", "now")]
    order = ["open", "in_progress", "done"]
    here = order.index(found.status)
    states = ["done" if place < here else "now" if place == here else "later" for place in range(3)]
    return [step(status, state) for status, state in zip(order, states, strict=True)]


def step(status: str, state: str) -> Step:
    """One arrow of the path."""
    return Step(_(STATUSES[status]), state)


def typed_context(found: ServiceRequest) -> dict[str, Any]:
    """What the client typed, question by question."""
    profile = PROFILES.get(found.typed.get("profile", ""))
    answers = {**found.typed, "profile": _(profile) if profile else ""}
    return {
        "found": found,
        "answers": [(_(label), answers.get(name, "")) for name, label in LABELS.items()],
        "doubts": [_(label) for label in perhaps_bsn(found.typed)],
    }


@pages.route("/service-requests/<int:id>/edit", methods=["GET", "POST"])
@requires("service_requests.write")
def edit(id: int) -> Any:
    """*Bewerken*: status, onderwerp, vestiging, toegewezen aan (O-077)."""
    found: ServiceRequest = get_or_404("service_request", id)
    form = EditForm(found, current_user)
    if found.relation is not None:
        del form.relation
    if form.submit(lambda: save(found, form), "reason"):
        flash(_("De serviceaanvraag is opgeslagen."), "message")
        return go(found)
    return render_template("service_requests/edit.html", form=form, found=found), form.code


def save(found: ServiceRequest, form: EditForm) -> None:
    """What *Bewerken* says, and whose request it is when that was chosen. Raises Refused, Conflict."""
    operations.edit(found, form.values(), current_user, form.version.data)
    if form.relation and form.relation.data is not None:
        operations.link(found, form.relation.data, current_user)


@pages.post("/service-requests/<int:id>/status/<to>")
@requires("service_requests.write")
def set_status(id: int, to: str) -> Response:
    """One click: in behandeling or gereed. Raises Refused when the status can't follow."""
    found: ServiceRequest = get_or_404("service_request", id)
    if to not in TRANSITIONS:
        abort(404)
    operations.change_status(found, to, current_user)
    return go(found)


@pages.route("/service-requests/<int:id>/client", methods=["GET", "POST"])
@requires("service_requests.write")
def make_client(id: int) -> Any:
    """*Maak klant aan* (O-020 … O-023): doubles first, what the client typed copied, what is missing marked."""
    found: ServiceRequest = get_or_404("service_request", id)
    if found.relation is not None:
        flash(_("Deze serviceaanvraag hoort al bij %(name)s.", name=found.relation.name))
        return go(found.relation)
    form = RelationForm(user=current_user, data={**person(found.typed), "branch_id": own_branch(found)})
    partner = PartnerForm()
    page: dict[str, Any] = {**typed_context(found), "form": form, "partner": partner, "found": {}, "request_": found}
    if request.method == "GET":
        page["missing"] = mark_missing(form)
        page["found"] = persons.find_doubles(form, partner)
        return render_template("service_requests/client.html", **page)
    if chosen := request.form.get("use_partner", type=int):
        partner.relation_id.data = get_or_404("relation", chosen).id
    if relation := persons.known_client(form):
        return known_client(found, relation, form, partner, page)
    fine = form.validate()
    if partner.validate() and fine:
        page["found"] = persons.find_doubles(form, partner)
        if not (any(page["found"].values()) or persons.took_back()):
            try:
                return ask_first(persons.known_people(partner), lambda: new_client(found, form, partner))
            except Refused as refusal:
                if not partner.present.data:
                    raise
                persons.refuse_partner(partner, refusal)
    return render_template("service_requests/client.html", **page), 422


def new_client(found: ServiceRequest, form: RelationForm, partner: PartnerForm) -> Response:
    """The client is made of the request."""
    relation = operations.create_client(found, form.values(), current_user, persons.partner_of(partner))
    for warning in warnings(form.values()):
        flash(warning, "warning")
    return go(relation)


def own_branch(found: ServiceRequest) -> int | None:
    """The request's vestiging when this user may make relations for it."""
    return found.branch_id if found.branch_id in current_user.branch_ids else None


def mark_missing(form: RelationForm) -> list[Any]:
    """Put at every required field that is still empty that it is missing (O-022); gives those fields."""
    missing = [field for field in form if field.flags.required and not field.data]
    for field in missing:
        field.errors = [_("Ontbreekt nog: vraag dit aan de klant.")]
    return missing


def known_client(
    found: ServiceRequest, relation: Relation, form: RelationForm, partner: PartnerForm, page: dict[str, Any]
) -> Any:
    """*Deze relatie gebruiken*: the client was known already; the partner comes along when one was filled in."""
    if partner.present.data and not partner.validate():
        flash(_("De partner is niet toegevoegd: vul de gegevens aan bij Huishouden."), "warning")
        partner.present.data = False
    if (doubles := persons.unsettled(relation, form, partner)) is not None:
        page |= {"found": doubles, "client": relation}
        return render_template("service_requests/client.html", **page), 422

    def link() -> Response:
        operations.link(found, relation, current_user)
        return persons.use(relation, partner)

    return ask_first(persons.known_people(partner, relation, form), link)

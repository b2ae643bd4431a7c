"""Windows of relations: the list, a relation's page, making and changing one, doubles."""

import datetime as dt
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from crm import formats
from crm.forms import number
from crm.lists.shown import as_file, opened
from crm.records import Refused, find_all, ref
from crm.relations import operations, person, queries, take_over
from crm.relations.forms import (
    AccessForm,
    FilterForm,
    PartnerForm,
    RecordTypeForm,
    RelationForm,
)
from crm.relations.models import AccessRequest, Relation
from crm.texts import gettext as _
from crm.texts import when
from crm.ui import Highlight, RecordPage
from crm.web import get_or_404, go, requires

pages = Blueprint("relations", __name__)
Page = str | Response | tuple[str, int]
# How long what somebody found may be asked access to, and how long he may take to write why.
OPENED_FOR, SENT_FOR = dt.timedelta(hours=1), dt.timedelta(hours=12)


@pages.get("/relations")
@requires("relations.read")
def index() -> Page:
    """The list, filtered by what the address says, a page at a time."""
    shown = opened("relations")
    if shown.away:
        return redirect(shown.away)
    form = FilterForm(request.args, user=current_user)
    filters = form.filters()
    rows = list(queries.page_of(current_user, filters, cursor(request.args.get("after", ""))))
    more = rows[queries.PAGE - 1] if len(rows) > queries.PAGE else None
    return render_template("relations/index.html", form=form, shown=shown, relations=rows[: queries.PAGE], more=more)


def cursor(text: str) -> tuple[str, int] | None:
    """(sort_name, id) from "id:sort_name"; None for anything else."""
    last, _colon, name = text.partition(":")
    return (name, found) if (found := number(last)) is not None else None


@pages.get("/relations/<int:id>")
@requires("relations.read")
def show(id: int) -> str:
    relation = get_or_404("relation", id)
    page = RecordPage(
        relation,
        current_user,
        relation.name,
        _(person.RECORD_TYPES.get(relation.record_type, "Relatie")),
        "user",
        highlights(relation),
        tab=request.args.get("tab", ""),
    )
    return render_template("relations/show.html", page=page, relation=relation)


def highlights(relation: Relation) -> list[Highlight]:
    """The facts under the name; telephone and e-mail first, they are how the office reaches the client (O-030)."""
    return [
        Highlight(
            _("Telefoonnummer"),
            formats.show_phone(relation.phone),
            f"tel:{relation.phone}" if relation.phone else "",
            missing=not relation.phone,
        ),
        Highlight(
            _("E-mailadres"),
            relation.email,
            f"mailto:{relation.email}" if relation.email else "",
            missing=not relation.email,
        ),
        Highlight(_("Geboortedatum"), formats.short_date(relation.birth_date), missing=not relation.birth_date),
        Highlight(_("Adres"), relation.address, missing=not relation.address),
        Highlight(_("Vestiging"), relation.branch.name),
        Highlight(_("Gecontroleerd op"), when(relation.checked_at) if relation.checked_at else _("nog niet")),
    ]


@pages.get("/relations/new")
@requires("relations.write")
def new() -> str:
    """The choice of record type, Klant preselected; Volgende leads to the form (O-013, O-014)."""
    return render_template("relations/new.html", form=RecordTypeForm())


@pages.route("/relations/create", methods=["GET", "POST"])
@requires("relations.write")
def create() -> Page:
    form = RelationForm(user=current_user, record_type=record_type())
    partner = PartnerForm()
    if not form.is_submitted():
        return render_template("relations/create.html", form=form, partner=partner)
    fine = form.validate()
    if not (partner.validate() and fine):
        return render_template("relations/create.html", form=form, partner=partner), 422
    if chosen := request.form.get("use_partner", type=int):
        partner.relation_id.data = get_or_404("relation", chosen).id
    if "anyway" not in request.form:
        form.seen_doubles.data = ""
    if relation := known_client(form):
        if (found := unsettled(relation, form, partner)) is not None:
            page = {"form": form, "partner": partner, "found": found, "client": relation}
            return render_template("relations/create.html", **page), 422
        return take_over.ask_first(known_people(partner, relation, form), lambda: use(relation, partner))
    found = find_doubles(form, partner)
    if any(found.values()) or took_back():
        return render_template("relations/create.html", form=form, partner=partner, found=found), 422
    try:
        return take_over.ask_first(known_people(partner), lambda: make(form, partner))
    except Refused as refusal:
        if not partner.present.data:
            raise
        refuse_partner(partner, refusal)
        return render_template("relations/create.html", form=form, partner=partner), 422


def known_client(form: RelationForm) -> Relation | None:
    """The client of *Deze relatie gebruiken*: of this click (`use`), or of an earlier one that the form carries along
    (`client`) because the partner was to be settled first. Only then the partner's doubles were answered.

    *Toch niet deze* takes the choice back; the doubles are shown again."""
    chosen = request.form.get("use", type=int)
    if chosen or took_back():
        form.seen_doubles.data = ""
    if took_back():
        return None
    chosen = chosen or request.form.get("client", type=int)
    relation: Relation | None = get_or_404("relation", chosen) if chosen else None
    return relation


def took_back() -> bool:
    """Was *Toch niet deze* clicked? Then nothing is saved yet, whatever is found."""
    return "not_client" in request.form


def unsettled(relation: Relation, form: RelationForm, partner: PartnerForm) -> dict[str, list[queries.Double]] | None:
    """What must be answered of the partner before a known client is used: doubles, as `find_doubles` gives them; none
    when the form says at the partner why not. None when all is well."""
    if not partner.present.data:
        return None
    found = find_doubles(form, partner, relation)
    if any(found.values()):
        return found
    known = partner_of(partner)
    try:
        operations.check_free(relation, known if isinstance(known, Relation) else None)
    except Refused as refusal:
        refuse_partner(partner, refusal)
        return found
    return None


def refuse_partner(partner: PartnerForm, refusal: Refused) -> None:
    """Say at the partner why not, with what was typed of him to be seen again."""
    partner.known.errors = [str(refusal)]
    partner.relation_id.data = None


def make(form: RelationForm, partner: PartnerForm) -> Response:
    """A new relation, and to its page."""
    relation = operations.create(form.values(), current_user, partner_of(partner))
    for warning in person.warnings(form.values()):
        flash(warning, "warning")
    return go(relation)


def known_people(
    partner: PartnerForm, relation: Relation | None = None, form: RelationForm | None = None
) -> list[take_over.Known]:
    """The client and the partner as far as they are known already, with what was typed of them."""
    found = []
    if relation is not None and form is not None:
        found.append(take_over.Known("client", relation, form.usable()))
    other = None if partner.is_new else partner_of(partner)
    if isinstance(other, Relation):
        found.append(take_over.Known("partner", other, partner.usable()))
    return found


def record_type() -> str:
    """What was chosen in the first step."""
    wanted = request.values.get("record_type", "client")
    return wanted if wanted in person.RECORD_TYPES else "client"


def partner_of(form: PartnerForm) -> dict[str, Any] | Relation | None:
    """The partner that was typed or chosen."""
    if form.is_new:
        return form.values()
    if form.present.data and form.relation_id.data:
        partner: Relation = get_or_404("relation", form.relation_id.data)
        return partner
    return None


def find_doubles(
    form: RelationForm, partner: PartnerForm, client: Relation | None = None
) -> dict[str, list[queries.Double]]:
    """Doubles of both that were not shown before, by "client" and "partner"; the form is told which are shown now.

    Of a `client` who is known there are none.
    """
    seen = set(form.seen_doubles.data.split(",")) if form.seen_doubles.data else set()
    found = {"client": [] if client else queries.doubles(form.values(), current_user), "partner": []}
    if partner.is_new:
        typed = operations.living_with(client, partner.values()) if client else {**form.values(), **partner.values()}
        found["partner"] = queries.doubles(typed | no_channels(partner), current_user, but=client)
    ids = {str(double.relation_id) for doubles in found.values() for double in doubles}
    form.seen_doubles.data = ",".join(sorted(seen | ids))
    return found if ids - seen else {"client": [], "partner": []}


def no_channels(partner: PartnerForm) -> dict[str, str]:
    """The partner's own telephone and e-mail, so that the client's do not count as his."""
    typed = partner.values()
    return {name: typed.get(name) or "" for name in ("phone", "other_phone", "email")}


def use(relation: Relation, partner: PartnerForm) -> Response:
    """The person exists: link instead of create, also the partner when there is one."""
    known = partner_of(partner)
    if known is not None:
        if not isinstance(known, Relation):
            known = operations.create_partner(relation, known, current_user)
        operations.link_partner(relation, known, current_user)
    flash(_("Deze relatie bestond al. Loop de gegevens met de klant na."))
    return go(relation)


@pages.route("/relations/<int:id>/edit", methods=["GET", "POST"])
@requires("relations.write")
def edit(id: int) -> Page:
    relation = get_or_404("relation", id)
    form = RelationForm(obj=relation, user=current_user)
    if not form.is_submitted():
        form.no_postal_code.data = not relation.postal_code
    if not form.submit(lambda: operations.update(relation, form.values(), current_user, form.version.data)):
        return render_template("relations/edit.html", form=form, relation=relation), form.code
    for warning in person.warnings(form.values()):
        flash(warning, "warning")
    return go(relation, tab="details")


@pages.post("/relations/<int:id>/checked")
@requires("relations.write")
def mark_checked(id: int) -> Response:
    relation = get_or_404("relation", id)
    operations.mark_checked(relation, current_user)
    flash(_("Vastgelegd: de gegevens zijn met de klant nagelopen."))
    return go(relation)


def details(relation: Relation) -> dict[str, Any]:
    """What `relations/_details.html` needs."""
    forms = {"u": _("U"), "je": _("Jij")}
    facts = [
        Highlight(
            _("Aanspreektitel"), _(person.TITLES[relation.title]) if relation.title else "", missing=not relation.title
        ),
        Highlight(_("Voorletters"), relation.initials),
        Highlight(_("Voornaam"), relation.first_name),
        Highlight(_("Tussenvoegsel"), relation.surname_prefix),
        Highlight(_("Achternaam"), relation.surname),
        Highlight(_("Tweede nummer"), formats.show_phone(relation.other_phone)),
        Highlight(_("Land"), _(person.COUNTRIES.get(relation.country, relation.country))),
        Highlight(_("Aanspreekvorm"), forms.get(relation.address_form, "")),
        Highlight(_("Aanhef"), queries.salutation([relation], relation.address_form)),
        Highlight(_("Sinds"), when(relation.created_at)),
    ]
    values = {name: getattr(relation, name) for name in person.TEXTS}
    return {"relation": relation, "facts": facts, "doubts": person.perhaps_bsn(values)}


@pages.get("/relations/find")
@requires("relations.read")
def find() -> str:
    """While typing: who this may be already, and what is worth a look (a fragment)."""
    typed = {name: request.args.get(name, "") for name in operations.FIELDS if name in request.args}
    clean, problems = person.tidy({**typed, "birth_date": read_date(typed.get("birth_date", ""))})
    usable = {name: value for name, value in clean.items() if name not in problems}
    but = request.args.get("but", type=int)
    found = [one for one in queries.doubles(usable, current_user) if one.relation_id != but]
    return render_template("relations/_found_typing.html", doubles=found, warnings=person.warnings(usable))


def read_date(text: str) -> Any:
    """A date field's value, or None."""
    form = FilterForm(MultiDict({"checked_since": text}), user=current_user)
    return form.filters()["checked_since"]


@pages.route("/relations/access/<word>", methods=["GET", "POST"])
@requires("relations.write")
def ask_access(word: str) -> Page:
    """*Toegang vragen* to a relation of another vestiging that one just found, by the word of that search (never by an
    id, which can be counted up); says no more than name, birth year and vestiging."""
    relation = queries.found_before(word, current_user, OPENED_FOR if request.method == "GET" else SENT_FOR)
    if relation is None:
        abort(404)
    if find_all([ref(relation)], current_user):
        return go(relation)
    form = AccessForm()
    form.branch_id.choices = [SelectChoice(branch.id, branch.name) for branch in current_user.branches]
    if form.validate_on_submit():
        operations.ask_access(relation, current_user, form.branch_id.data, form.reason.data or "")
        flash(
            _(
                "Gevraagd aan vestiging %(name)s. Zodra zij toegang geven, vindt u de relatie.",
                name=relation.branch.name,
            )
        )
        return redirect(url_for("relations.index"))
    return render_template("relations/ask.html", form=form, relation=relation), 422 if form.errors else 200


@pages.get("/relations/access-requests")
@requires("relations.share")
def access_requests() -> str:
    """*Toegangsverzoeken*: what other vestigingen ask of ours."""
    return render_template("relations/requests.html", requests=queries.open_requests(current_user))


@pages.post("/relations/access-requests/<int:id>/<any(grant, refuse):answer>")
@requires("relations.share")
def answer_request(id: int, answer: str) -> Response:
    asked: AccessRequest = get_or_404("access_request", id)
    verb = operations.grant_access if answer == "grant" else operations.refuse_access
    verb(asked, current_user)
    flash(_("Toegang gegeven.") if answer == "grant" else _("Toegang geweigerd."))
    return redirect(url_for("relations.access_requests"))


@pages.get("/relations/export.csv")
@requires("relations.export", writes_on_get=True)
def export() -> Response:
    """What the list shows with these filters and columns, all pages of it; a name in its parts."""
    filters = FilterForm(request.args, user=current_user).filters()
    return as_file("relations", lambda user: queries.every(user, filters))

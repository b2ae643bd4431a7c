"""Windows of households: the box on a relation's page, who joins and who leaves."""

from typing import Any

from flask import abort, render_template, request, url_for
from flask_login import current_user
from wtforms import SelectChoice

from crm import formats
from crm.records import Refused
from crm.relations import operations, queries
from crm.relations.forms import EndForm, LeaveForm, MemberForm, PartnerForm
from crm.relations.models import HouseholdMember, Relation
from crm.relations.views import Page, no_channels, pages, partner_of
from crm.texts import gettext as _
from crm.web import get_or_404, go, requires


def household_box(relation: Relation) -> dict[str, Any]:
    """What `relations/_household.html` needs: the present household and those before it."""
    homes: dict[int, list[tuple[HouseholdMember, bool]]] = {}
    for member, may_see in queries.housemates(relation, current_user):
        homes.setdefault(member.household_id, []).append((member, may_see))
    places = {id: queries.place_in([one for one, _seen in home], relation) for id, home in homes.items()}
    present = [homes[id] for id in sorted(homes, key=lambda id: (*places[id], -id)) if not places[id][0]]
    earlier = [home for home in homes.values() if home not in present]
    partners = (queries.partner_among([one for one, _seen in home], relation) for home in present)
    return {
        "relation": relation,
        "has_partner": any(partners),
        "households": [
            {"is_now": home in present, "members": [member_line(*one, relation) for one in still_first(home)]}
            for home in [*present, *reversed(earlier)]
        ],
    }


def still_first(home: list[tuple[HouseholdMember, bool]]) -> list[tuple[HouseholdMember, bool]]:
    """Who is there now before who was."""
    return sorted(home, key=lambda one: not queries.is_current(one[0]))


def member_line(member: HouseholdMember, may_see: bool, relation: Relation) -> dict[str, Any]:
    """One member as the box shows him; linked when this user may see him and he is somebody else."""
    other = member.relation_id != relation.id and may_see
    start, end = formats.short_date(member.from_on), formats.short_date(member.until_on)
    ended = not queries.is_current(member)
    period = f"{start} – {end}".strip(" –") if start and end else (_("sinds %(day)s", day=start) if start else end)
    return {
        "id": member.id,
        "name": member.relation.name,
        "url": url_for("relations.show", id=member.relation_id) if other else "",
        "role": role_name(member.role, ended),
        "period": _("tot %(day)s", day=end) if end and not start else period,
        "may_leave": not ended and member.role not in queries.PAIR and member.relation_id != relation.id,
    }


def role_name(role: str, ended: bool) -> str:
    """A role in a household in words; a partner of before is an ex-partner."""
    if ended and role in queries.PAIR:
        return _("Ex-partner")
    names = {"applicant": _("Aanvrager"), "partner": _("Partner"), "child": _("Kind"), "other": _("Ander gezinslid")}
    return names.get(role, role)


@pages.route("/relations/<int:id>/household/add", methods=["GET", "POST"])
@requires("relations.write")
def add_member(id: int) -> Page:
    """*Partner toevoegen* and *Gezinslid toevoegen*: a new person, or one who is known already."""
    relation = get_or_404("relation", id)
    form = MemberForm(role=request.args.get("role", "partner"))
    newcomer = PartnerForm(present=True)
    newcomer.present.data = True
    page = {"relation": relation, "form": form, "partner": newcomer}
    if not form.is_submitted():
        return render_template("relations/member.html", **page)
    if chosen := request.form.get("use_partner", type=int):
        newcomer.relation_id.data = chosen
    fine = form.validate()
    if not (newcomer.validate() and fine):
        return render_template("relations/member.html", **page), 422
    known: Any = partner_of(newcomer)
    if not isinstance(known, Relation):
        values = operations.living_with(relation, known)
        found = queries.doubles(values | no_channels(newcomer), current_user, but=relation)
        if found and not ("anyway" in request.form and request.form.get("seen_doubles") == seen_mark(found)):
            return render_template("relations/member.html", found=found, seen=seen_mark(found), **page), 422
        known = operations.create(values, current_user)
    try:
        join(relation, known, form)
    except Refused as refusal:
        newcomer.known.errors = [str(refusal)]
        return render_template("relations/member.html", **page), 422
    return go(relation)


def join(relation: Relation, known: Relation, form: MemberForm) -> None:
    """Put somebody in the household as the form says. Raises Refused."""
    if form.role.data == "partner":
        operations.link_partner(relation, known, current_user, form.from_on.data)
    else:
        operations.add_child(relation, known, form.role.data, current_user, form.from_on.data)


def seen_mark(found: list[queries.Double]) -> str:
    """The ids of shown doubles as a form sends them back."""
    return ",".join(sorted(str(double.relation_id) for double in found))


@pages.route("/relations/<int:id>/household/end", methods=["GET", "POST"])
@requires("relations.write")
def end_partnership(id: int) -> Page:
    """*Relatie beëindigd*: who leaves, and since when."""
    relation = get_or_404("relation", id)
    partner = queries.partner_of(relation)
    if partner is None:
        return go(relation)
    form = EndForm(until_on=formats.today(), leaves=partner.id)
    form.leaves.choices = [SelectChoice(one.id, one.name) for one in (partner, relation)]
    if form.validate_on_submit():
        leaves = relation if form.leaves.data == relation.id else partner
        try:
            operations.end_partnership(relation, form.until_on.data, current_user, leaves)
        except Refused as refusal:
            form.until_on.errors = [str(refusal)]
        else:
            return go(relation)
    page = render_template("relations/end.html", form=form, relation=relation, title=_("Relatie beëindigd"))
    return page, 422 if form.errors else 200


@pages.route("/relations/<int:id>/household/<int:member_id>/end", methods=["GET", "POST"])
@requires("relations.write")
def end_membership(id: int, member_id: int) -> Page:
    """Somebody leaves the household: a child that moves out."""
    relation = get_or_404("relation", id)
    homes = [home for home in queries.households_of(relation) if queries.current_member(home, relation)]
    member = next((one for home in homes for one in home.members if one.id == member_id), None)
    if member is None or not queries.is_current(member):
        abort(404)
    form = LeaveForm(until_on=formats.today())
    if form.validate_on_submit():
        try:
            operations.end_membership(member, form.until_on.data, current_user)
        except Refused as refusal:
            form.until_on.errors = [str(refusal)]
        else:
            return go(relation)
    title = _("%(name)s verlaat het huishouden", name=member.relation.name)
    page = render_template("relations/end.html", form=form, relation=relation, title=title)
    return page, 422 if form.errors else 200

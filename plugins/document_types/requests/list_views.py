"""Windows of asking: a list in one click, one stuk by hand."""

from collections.abc import Collection, Container
from typing import Any

from flask import render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.plugin import Dossier, Refused, go, requires, say
from crm.plugin import gettext as _
from plugins.document_types import queries as catalogue
from plugins.document_types import terms
from plugins.document_types.combining import fits
from plugins.document_types.models import ChecklistTemplate
from plugins.document_types.requests import operations, queries, states
from plugins.document_types.requests.forms import ListForm, NewRequestForm
from plugins.document_types.requests.holding import hold_list
from plugins.document_types.requests.places import dossier_of, holder, part_or_404
from plugins.document_types.requests.views import Answer, pages
from plugins.document_types.requests.wanting import Choice, Wanted, choices, title_of

BEFORE_TALK, AFTER = ("orientation",), ("orientation", "advice", "application")


@pages.route("/list/<kind>/<int:id>", methods=["GET", "POST"])
@requires("requests.write")
def make_list(kind: str, id: int) -> Answer:
    """Stukkenlijst: templates that fit are ticked, what they ask together is shown per person, the button asks it. A
    situatie that is ticked brings its templates along."""
    part = part_or_404(kind, id)
    dossier = dossier_of(part)
    templates = [one for one in catalogue.templates_by_key().values() if one.is_active]
    form = ListForm(request.values).fill_choices(templates)
    situations = form.chosen_situations()
    if "chosen" not in request.values:
        form.templates.data = [one.id for one in templates if is_fitting(one, dossier, situations)]
    elif request.method == "GET":
        before = set(request.args.getlist("before"))
        form.templates.data = follow(form.templates.data or [], templates, dossier, before, situations)
    chosen = [one for one in templates if one.id in (form.templates.data or [])]
    asked = choices(chosen, situations, dossier.applicants)
    picked, refusal = set(request.form.getlist("wanted")), ""
    if request.method == "POST":
        try:
            return ask_picked(dossier, part, asked, picked)
        except Refused as refused:
            refusal = str(refused)
    known = there(dossier)
    ticked = picked if refusal else first_ticks(asked, known)
    about = {"part": part, "dossier": dossier, "form": form, "chosen": chosen, "situations": situations}
    about |= {"asked": asked, "there": known, "ticked": ticked, "refusal": refusal, "states": states, "terms": terms}
    return render_template("document_types/requests/list.html", **about), 422 if refusal else 200


def ask_picked(dossier: Dossier, part: Any, asked: list[Choice], picked: Collection[str]) -> Response:
    """Ask what was ticked. Raises Refused when that asks nothing new."""
    wanted = [one for choice in asked for option in choice.options for one in option if one.code in picked]
    hold_list(dossier.id)
    made = operations.ask(dossier, missing(dossier, wanted), holder(part), current_user)
    if not made:
        raise Refused("Vink aan wat u wilt vragen. Wat al op de lijst staat, wordt niet nog eens gevraagd.")
    say(_("1 stuk gevraagd") if len(made) == 1 else _("%(count)s stukken gevraagd", count=len(made)))
    return go(dossier, tab="requests")


def follow(
    ticked: Collection[int], templates: list[ChecklistTemplate], dossier: Dossier, before: set[str], now: list[str]
) -> list[int]:
    """The ids of what is ticked now that other situaties are true than when the page was drawn: what is for one comes
    and goes with it, in whatever phase; what somebody ticked or not besides stays."""
    kind, profile = dossier.dossier_type, dossier.profile
    fitted = {one.id for one in templates if fits(one, kind, profile, situations=before)}
    fitting = {one.id for one in templates if fits(one, kind, profile, situations=now)}
    came, went = fitting - fitted, fitted - fitting
    return [one.id for one in templates if one.id in came or (one.id in ticked and one.id not in went)]


def is_fitting(template: ChecklistTemplate, dossier: Dossier, situations: list[str]) -> bool:
    """Is it ticked to begin with: made for such a dossier, in the phase where that is?"""
    phases = BEFORE_TALK if dossier.is_before_talk else AFTER
    return template.phase in phases and fits(template, dossier.dossier_type, dossier.profile, "", situations)


def there(dossier: Dossier) -> dict[Any, str]:
    """{key of a stuk: its status} of what the dossier has already."""
    return {one.key: one.status for one in queries.requests_of(dossier.id)}


def missing(dossier: Dossier, wanted: list[Wanted]) -> list[Wanted]:
    """What is not asked yet, each once."""
    known = {key for key, status in there(dossier).items() if status != states.WITHDRAWN}
    found: dict[Any, Wanted] = {}
    for one in wanted:
        if one.key not in known:
            found.setdefault(one.key, one)
    return list(found.values())


def first_ticks(asked: list[Choice], known: dict[Any, str]) -> set[str]:
    """Codes of what is ticked when the page comes: the first option of each choice, as far as never asked before, of
    whom no other option is asked."""
    there = {key for key, status in known.items() if status != states.WITHDRAWN}
    firsts = [(choice, one) for choice in asked for one in choice.options[0]]
    return {one.code for choice, one in firsts if one.key not in known and not is_made(choice, one.person, there)}


def is_made(choice: Choice, person: Any, there: Container[Any]) -> bool:
    """Is an option of this choice on the list, as far as it is this person's?"""
    of_person = ([one for one in option if one.person == person] for option in choice.options)
    return any(mine and all(one.key in there for one in mine) for mine in of_person)


@pages.route("/add/<kind>/<int:id>", methods=["GET", "POST"])
@requires("requests.write")
def add(kind: str, id: int) -> Answer:
    """One stuk by hand; asked already, it is warned about."""
    part = part_or_404(kind, id)
    dossier = dossier_of(part)
    form = NewRequestForm().fill_choices(dossier)
    if made := form.submit(lambda: ask_one(dossier, part, form), "type"):
        say(_("%(title)s staat op de lijst.", title=made.title))
        return go(dossier, tab="requests")
    return render_template("document_types/requests/add.html", form=form, part=part, dossier=dossier), form.code


def ask_one(dossier: Dossier, part: Any, form: Any) -> Any:
    """The stuk of a form. Raises Refused for one that is asked already, unless that is meant."""
    document_type, item = form.type.data, form.item.data.strip()
    person = next((one for one in dossier.applicants if one.id == form.person.data), None)
    if person is None and document_type.scope == terms.PERSON and len(dossier.applicants) == 1:
        person = dossier.relation
    title = form.title.data.strip() or title_of(document_type, person, item)
    wanted = Wanted(document_type, person, item, title, form.phase.data)
    hold_list(dossier.id)
    if not form.confirmed.data and there(dossier).get(wanted.key, states.WITHDRAWN) != states.WITHDRAWN:
        raise Refused(
            "%(title)s is in dit dossier al gevraagd. Vink aan dat u het toch nog een keer vraagt.", title=title
        )
    values = {"explanation": form.explanation.data, "due_on": form.due_on.data}
    (made,) = operations.ask(dossier, [wanted], holder(part), current_user, "manual", **values)
    return made


def list_address(part: Any) -> str:
    """Where the list of a dienst, product or dossier is made."""
    return url_for("requests.make_list", kind=part.kind, id=part.id)

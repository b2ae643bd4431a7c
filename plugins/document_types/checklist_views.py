"""Windows of the stukkenlijst-sjablonen."""

from typing import Any

from flask import flash, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.plugin import Refused, dossier_entries, get_or_404, go, requires, say
from crm.plugin import gettext as _
from plugins.document_types import content, operations, queries, terms, words
from plugins.document_types.combining import combine, fits
from plugins.document_types.forms import ItemForm, PreviewForm, TemplateForm
from plugins.document_types.models import ChecklistItem, ChecklistTemplate
from plugins.document_types.views import Answer, may_manage, pages


def known_words() -> dict[str, Any]:
    """What the keys on these pages are called."""
    return {
        "terms": terms,
        "situations": content.situations(),
        "titles": {one.key: one.title for name in ("dossier_types", "profiles") for one in dossier_entries(name)},
        "may_manage": may_manage(),
    }


@pages.get("/checklists")
@requires("document_types.read")
def checklists() -> str:
    """Every template, by phase."""
    found = list(queries.templates_by_key().values())
    groups = [(_(title), [one for one in found if one.phase == phase]) for phase, title in terms.PHASES.items()]
    return render_template("document_types/checklists.html", groups=groups, **known_words())


@pages.get("/checklists/<int:id>")
@requires("document_types.read")
def show_checklist(id: int) -> str:
    """One template and its rows."""
    template = get_or_404("checklist_template", id)
    return page_of(template, TemplateForm(obj=template), ItemForm())


@pages.post("/checklists/<int:id>")
@requires("document_types.manage")
def edit_checklist(id: int) -> Answer:
    """Another name, phase or fit."""
    template = get_or_404("checklist_template", id)
    form = TemplateForm(obj=template)
    if form.submit(lambda: operations.save_template(form.values(), current_user, template, form.version.data), "name"):
        flash(_("De lijst %(name)s is opgeslagen.", name=template.name))
        return go(template)
    return page_of(template, form, ItemForm(formdata=None)), form.code


@pages.route("/checklists/new", methods=["GET", "POST"])
@requires("document_types.manage")
def new_checklist() -> Answer:
    """A template of the office's own; its rows come after."""
    form = TemplateForm()
    if made := form.submit(lambda: operations.save_template(form.values(), current_user), "name"):
        flash(_("De lijst %(name)s is gemaakt. Voeg nu de soorten documenten toe.", name=made.name))
        return go(made)
    return page_of(None, form, None), form.code


def page_of(template: ChecklistTemplate | None, form: Any, item_form: Any) -> str:
    """The page of one template, or of one that is to be made."""
    return render_template(
        "document_types/checklist.html", template=template, form=form, item_form=item_form, **known_words()
    )


@pages.post("/checklists/<int:id>/items")
@requires("document_types.manage")
def add_item(id: int) -> Answer:
    """A row at the end of a template."""
    template = get_or_404("checklist_template", id)
    form = ItemForm()
    if form.submit(lambda: operations.save_item(template, form.values(), current_user), "type"):
        return go(template)
    return page_of(template, TemplateForm(formdata=None, obj=template), form), form.code


@pages.route("/checklists/items/<int:id>", methods=["GET", "POST"])
@requires("document_types.manage")
def edit_item(id: int) -> Answer:
    """When a row is asked, and what it is an alternative of."""
    item = get_or_404("checklist_item", id)
    form = ItemForm(obj=item)
    saved = form.submit(
        lambda: operations.save_item(item.template, form.values(), current_user, item, form.version.data), "type"
    )
    if saved:
        return go(item.template)
    return render_template("document_types/item.html", item=item, form=form), form.code


@pages.post("/checklists/items/<int:id>/move")
@requires("document_types.manage")
def move_item(id: int) -> Response:
    """One place up, or down."""
    item = get_or_404("checklist_item", id)
    operations.move_item(item, request.form.get("to") == "up", current_user)
    return go(item.template)


@pages.post("/checklists/items/<int:id>/remove")
@requires("document_types.manage")
def remove_item(id: int) -> Response:
    """Take a row off a template, with a way back."""
    item = get_or_404("checklist_item", id)
    template, name, back = item.template, item.type.name, back_address(item)
    operations.remove_item(item, current_user)
    say(_("%(name)s staat niet meer op de lijst.", name=name), back, _("Ongedaan maken"))
    return go(template)


def back_address(item: ChecklistItem) -> str:
    """Where a row that goes can be put back: nothing is left of it but what this says."""
    row: dict[str, Any] = {
        "type": f"document_type:{item.type_id}",
        "replaces": f"document_type:{item.replaces_id}" if item.replaces_id else "",
        **{name: getattr(item, name) for name in ("situation", "choice", "option", "weight")},
    }
    return url_for("document_types.put_back", id=item.template_id, **row)


@pages.post("/checklists/<int:id>/items/back")
@requires("document_types.manage")
def put_back(id: int) -> Response:
    """A row that was taken off, as it was and where it was."""
    template = get_or_404("checklist_template", id)
    form = ItemForm(request.args, meta={"csrf": False})  # the house checked the token of the button
    if not form.validate():
        raise Refused("Deze rij kan niet meer terug. Voeg haar opnieuw toe.")
    weight = request.args.get("weight", type=int)
    made = operations.save_item(template, form.values(), current_user, weight=weight)
    say(_("%(name)s staat weer op de lijst.", name=made.type.name))
    return go(template)


@pages.get("/checklists/preview")
@requires("document_types.read")
def preview() -> str:
    """What the templates that fit ask together, without doubles."""
    form = PreviewForm(request.args)
    situations = [key for key in form.situations.data or [] if key in content.situations()]
    fitting = [
        one
        for one in queries.templates_by_key().values()
        if fits(one, form.dossier_type.data, form.profile.data, form.phase.data, situations)
    ]
    fitting.sort(key=lambda one: (list(terms.PHASES).index(one.phase), one.weight))
    asked = combine(fitting, situations)
    return render_template(
        "document_types/preview.html", form=form, templates=fitting, asked=asked, scope=words.scope, **known_words()
    )

"""Windows of types: Soort documenten beheer."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm.plugin import allowed, as_file, get_or_404, go, number, opened, requires
from crm.plugin import gettext as _
from plugins.document_types import operations, queries, terms, words
from plugins.document_types.forms import FilterForm, TypeForm, found
from plugins.document_types.models import DocumentType

pages = Blueprint("document_types", __name__, template_folder="templates", url_prefix="/document-types")
Answer = str | AnyResponse | tuple[str, int]


@pages.get("")
@requires("document_types.read")
def index() -> Answer:
    """The list, narrowed to what the address says, a page at a time."""
    shown = opened("document_types")
    if shown.away:
        return redirect(shown.away)
    form = FilterForm(request.args)
    types = list(queries.page_of(form.filters(), cursor(request.args.get("after", ""))))
    last = types[queries.PAGE - 1] if len(types) > queries.PAGE else None
    return render_template(
        "document_types/index.html",
        form=form, shown=shown, types=types[: queries.PAGE], more=f"{last.weight}:{last.id}" if last else None,
        may_manage=may_manage(),
    )  # fmt: skip


def cursor(text: str) -> tuple[int, int] | None:
    """(weight, id) from "weight:id"; None for anything else."""
    weight, last = (number(part) for part in (text.partition(":")[0], text.partition(":")[2]))
    return (weight, last) if weight is not None and last is not None else None


def may_manage() -> bool:
    """May this user change the types? Who may not sees them (U-036)."""
    return allowed(current_user, "document_types.manage")


@pages.get("/list.csv")
@requires("document_types.read", writes_on_get=True)
def export_list() -> Response:
    """What the list shows, as a file for a spreadsheet."""
    filters = FilterForm(request.args).filters()
    return as_file("document_types", lambda user: queries.page_of(filters, limit=None))


@pages.get("/suggest")
@requires("document_types.read")
def suggest() -> Response:
    """Types in use with the words `q`, as the picker asks them."""
    hits = [
        {"kind": one.kind, "id": one.id, "title": one.name, "detail": _(terms.GROUPS[one.group])}
        for one in found(request.args.get("q", ""))
    ]
    return jsonify(hits=hits)


@pages.get("/<int:id>")
@requires("document_types.read")
def show(id: int) -> str:
    """A type: a form for the beheerder, its data for others."""
    document_type = get_or_404("document_type", id)
    return page_of(document_type, TypeForm(obj=document_type).fill_choices(document_type))


@pages.post("/<int:id>")
@requires("document_types.manage")
def edit(id: int) -> Answer:
    """Another name, who delivers it, in use or not."""
    document_type = get_or_404("document_type", id)
    form = TypeForm(obj=document_type).fill_choices(document_type)
    if form.submit(lambda: operations.save_type(form.values(), current_user, document_type, form.version.data), "name"):
        flash(_("De soort %(name)s is opgeslagen.", name=document_type.name))
        return go(document_type)
    return page_of(document_type, form), form.code


@pages.route("/new", methods=["GET", "POST"])
@requires("document_types.manage")
def new() -> Answer:
    """A type of the office's own."""
    form = TypeForm().fill_choices()
    if made := form.submit(lambda: operations.save_type(form.values(), current_user), "name"):
        flash(_("De soort %(name)s is toegevoegd.", name=made.name))
        return go(made)
    return page_of(None, form), form.code


def page_of(document_type: DocumentType | None, form: Any) -> str:
    """The page of one type, or of one that is to be made."""
    known: dict[str, Any] = {"reasons": [], "templates": [], "terms": terms, "may_manage": may_manage(), "public": 0}
    if document_type:
        reasons = queries.reasons_for(document_type, form.reasons)
        known["reasons"] = [(reason, words.reason(reason.text, document_type)) for reason in reasons]
        known["templates"] = queries.templates_with(document_type)
        if known["may_manage"] and not document_type.is_invoice:
            known["public"] = queries.public_count(document_type.key)
        known["says"] = words.scope(document_type), words.validity(document_type)
    return render_template("document_types/type.html", document_type=document_type, form=form, **known)

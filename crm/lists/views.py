"""Windows of all lists: choose columns, change one cell or many rows, undo."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm.access import allowed
from crm.forms import number
from crm.lists import Edit, RecordList, operations, queries
from crm.lists.forms import cell_form, many_form
from crm.lists.models import ListChange
from crm.lists.operations import Outcome
from crm.lists.shown import listed_or_404
from crm.records import Refused
from crm.texts import gettext as _
from crm.web import requires, say, say_no

pages = Blueprint("lists", __name__)
Answer = str | AnyResponse | tuple[str, int]
MANY = 200  # rows that are changed in one go


def back_to(listed: RecordList) -> str:
    """Where one came from: the list as it was; never another page."""
    home = url_for(listed.endpoint)
    back = urlsplit(request.values.get("back", ""))
    return f"{home}?{back.query}" if back.path == home and not back.netloc and back.query else home


@pages.get("/lists/<name>/columns")
@requires("lists.use")
def columns(name: str) -> AnyResponse:
    """What the menu *Kolommen* asks: to the list with these columns, in this order; `up` or `down` moves one."""
    listed = listed_or_404(name)
    keys = [column.key for column in listed.chosen(request.args.getlist("column"))]
    moved = request.args.get("up") or request.args.get("down")
    if moved in keys:
        place = keys.index(moved) + (-1 if "up" in request.args else 1)
        if 1 <= place < len(keys):  # the first stays in front
            keys.remove(moved)
            keys.insert(place, moved)
    kept = [pair for pair in parse_qsl(urlsplit(back_to(listed)).query) if pair[0] not in ("columns", "menu")]
    menu = [("menu", "columns")] if moved else []
    return redirect(f"{url_for(listed.endpoint)}?{urlencode([*kept, ('columns', ','.join(keys)), *menu], safe=',')}")


@pages.route("/lists/<name>/rows/<int:id>/<key>", methods=["GET", "POST"])
@requires("lists.use")
def cell(name: str, id: int, key: str) -> Answer:
    """One cell in place: a form in the cell (htmx), or a page of its own."""
    listed = listed_or_404(name)
    edit = next((one for one in listed.edits if one.key == key and one.column and one.field), None)
    if request.method == "POST":
        record = queries.held(listed.kind, [id], current_user).get(id)
    else:
        record = next(iter(queries.found(listed.kind, [id], current_user)), None)
    if edit is None or record is None:
        abort(404)
    if not allowed(current_user, listed.permission, record):
        abort(403)
    form, title = cell_form(edit, current_user, record), queries.name_of(record)

    def save() -> tuple[ListChange | None]:
        value = edit.resolve(form[key].data, current_user)
        return (operations.change_one(record, edit, value, current_user, listed, form.version.data),)

    if done := form.submit(save, key):
        if done[0] is not None:
            offer_undo(_("%(field)s van %(name)s is gewijzigd.", field=edit.title, name=title), done[0])
        return redirect(back_to(listed))
    known = {"form": form, "field": form[key], "listed": listed, "record": record, "title": title}
    return in_cell(edit, record.id, form.code, known | {"back": back_to(listed)})


def in_cell(edit: Edit, record_id: int, code: int, known: dict[str, Any]) -> Answer:
    """The form as a page, or as a part that goes into the cell whatever the request aimed at."""
    if "HX-Request" not in request.headers:
        return render_template("lists/cell.html", edit=edit, **known), code
    answer = make_response(render_template("lists/_cell.html", edit=edit, **known), code)
    answer.headers["HX-Retarget"] = f"#cell-{record_id}-{edit.column}"
    answer.headers["HX-Reswap"] = "innerHTML"
    answer.headers["HX-Reselect"] = "form"
    return answer


@pages.route("/lists/<name>/change", methods=["GET", "POST"])
@requires("lists.use")
def change(name: str) -> Answer:
    """*Wijzig geselecteerde*: what to change, then the change itself."""
    listed = listed_or_404(name)
    if not allowed(current_user, listed.permission):
        abort(403)
    chosen = rows_of_request()
    if not chosen:
        flash(_("Zet eerst een vinkje bij de rijen die u wilt wijzigen."), "warning")
        return redirect(back_to(listed))
    form = many_form(listed, current_user)
    wanted = [edit for edit in listed.edits if edit.many and form[f"do_{edit.key}"].data]
    if form.validate_on_submit() and wanted:
        try:
            asked = [(edit, edit.resolve(form[edit.key].data if edit.field else None, current_user)) for edit in wanted]
            outcome = operations.change_many(listed, chosen, asked, current_user, may_change(listed))
            tell(outcome)
            return redirect(back_to(listed))
        except Refused as refusal:
            form.form_errors.append(str(refusal))
    elif form.is_submitted() and not form.errors:
        form.form_errors.append(_("Kies wat u wilt wijzigen."))
    names = queries.names(list(queries.found(listed.kind, chosen, current_user)))
    if not names:
        abort(404)
    edits = [edit for edit in listed.edits if edit.many]
    known = {"listed": listed, "form": form, "edits": edits, "chosen": chosen, "names": names, "back": back_to(listed)}
    return render_template("lists/change.html", **known), 422 if form.errors or form.form_errors else 200


def rows_of_request() -> dict[int, int]:
    """{id: version} of the ticked rows ("id:version")."""
    found = (text.partition(":") for text in request.values.getlist("row")[:MANY])
    numbers = ((number(one), number(version)) for one, _colon, version in found)
    return {one: version for one, version in numbers if one is not None and version is not None}


def may_change(listed: RecordList) -> Any:
    """The question whether the current user may change one record."""
    user = current_user._get_current_object()
    return lambda record: allowed(user, listed.permission, record)


def tell(outcome: Outcome) -> None:
    """Say what became of the rows, with the way back."""
    if outcome.change is not None:
        count = len(outcome.change.rows)
        text = _("1 rij gewijzigd.") if count == 1 else _("%(count)s rijen gewijzigd.", count=count)
        offer_undo(text, outcome.change)
    elif outcome.changed:
        flash(_("Er was niets te wijzigen: zo stond het er al."))
    tell_left(outcome)


def offer_undo(text: str, made: ListChange) -> None:
    """Say what was done, with *Ongedaan maken*."""
    say(text, url_for("lists.undo", id=made.id, back=request.values.get("back", "")), _("Ongedaan maken"))


def tell_left(outcome: Outcome) -> None:
    """Name the rows that were left alone, and why."""
    if outcome.overtaken:
        names = ", ".join(outcome.overtaken)
        flash(
            _("Niet gewijzigd, want iemand anders deed dat intussen: %(names)s. Kijk dit na.", names=names), "warning"
        )
    for name, reason in outcome.refused:
        flash(_("Niet gewijzigd: %(name)s. %(reason)s", name=name, reason=reason), "warning")
    if outcome.gone:
        flash(_("%(count)s van de gekozen rijen zijn er niet meer.", count=outcome.gone), "warning")


@pages.post("/lists/changes/<int:id>/undo")
@requires("lists.use")
def undo(id: int) -> Response | AnyResponse:
    """*Ongedaan maken* of one's own change from a list. Raises Refused the second time."""
    made = queries.change_of(id, current_user)
    if made is None:
        abort(404)
    listed = listed_or_404(made.list_name)
    if not allowed(current_user, listed.permission):
        abort(403)
    try:
        outcome = operations.undo(made, listed, current_user)
    except Refused as refusal:
        say_no(refusal, "warning")
        return redirect(back_to(listed))
    count = len(outcome.changed)
    flash(_("Ongedaan gemaakt: 1 rij.") if count == 1 else _("Ongedaan gemaakt: %(count)s rijen.", count=count))
    tell_left(outcome)
    return redirect(back_to(listed))

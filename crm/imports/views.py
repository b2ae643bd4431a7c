"""Windows of imports: *Beheer → Relaties importeren*."""

from flask import Blueprint, flash, render_template, request, stream_with_context, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm import records
from crm.imports import operations, queries
from crm.imports.forms import LettersForm, UploadForm, columns_form
from crm.imports.models import Import
from crm.records import Refused
from crm.texts import gettext as _
from crm.web import get_or_404, go, requires

pages = Blueprint("imports", __name__)
Page = str | Response | tuple[str, int]
FINDINGS = 20


@pages.route("/imports", methods=["GET", "POST"])
@requires("imports.run")
def index() -> Page:
    """Upload a file, and the imports before it."""
    form = UploadForm(user=current_user)
    if form.validate_on_submit():
        branch = next(branch for branch in current_user.branches if branch.id == form.branch_id.data)
        try:
            return go(operations.receive(form.file.data.stream, form.file.data.filename or "", branch, current_user))
        except Refused as refusal:
            form.file.errors = [str(refusal)]
    page = render_template("imports/index.html", form=form, imports=queries.recent(current_user))
    return page, 422 if form.errors else 200


@pages.get("/imports/<int:id>")
@requires("imports.run")
def show(id: int) -> Page:
    return show_import(get_or_404("import", id))


def show_import(work: Import, refusal: str = "") -> Page:
    """Columns to choose, how far it is, or how it ended."""
    headers, rows = queries.preview(operations.folder(), work)
    form = LettersForm(work) if work.letters else columns_form(work, headers)
    found = queries.findings(work, FINDINGS + 1)
    page = render_template(
        "imports/show.html",
        work=work,
        form=form,
        fields=queries.fields(),
        headers=headers,
        rows=rows,
        refusal=refusal,
        findings=found[:FINDINGS],
        more=len(found) > FINDINGS,
    )
    return page, 422 if refusal else 200


@pages.post("/imports/<int:id>/letters")
@requires("imports.run")
def letters(id: int) -> Page:
    """*Deze woorden kloppen*: the file is read anew."""
    work: Import = get_or_404("import", id)
    try:
        operations.choose_letters(work, request.form.get("encoding", ""), current_user)
    except Refused as refusal:
        return show_import(work, str(refusal))
    return go(work)


@pages.post("/imports/<int:id>/start")
@requires("imports.run")
def start(id: int) -> Page:
    """*Proefdraaien* or *Importeren* with the chosen columns; a worker does the rest."""
    work: Import = get_or_404("import", id)
    headers, _rows = queries.preview(operations.folder(), work)
    form = columns_form(work, headers)
    try:
        chosen = {"lenient": form.lenient.data, "month_first": form.order()}
        operations.choose_columns(work, form.mapping(), form.skip_doubles.data, current_user, **chosen)
        operations.start(work, current_user, dry_run="dry" in request.form)
    except Refused as refusal:
        return show_import(work, str(refusal))
    operations.enqueue_run(work)
    return go(work)


@pages.post("/imports/<int:id>/undo")
@requires("imports.run")
def undo(id: int) -> Response:
    work: Import = get_or_404("import", id)
    operations.undo(work, current_user)
    operations.enqueue_run(work)
    flash(_("Het terugdraaien is begonnen."))
    return go(work)


@pages.get("/imports/<int:id>/progress")
@requires("imports.run", in_background=True)
def progress(id: int) -> Page:
    """How far it is (a fragment); when it is done the page is loaded anew."""
    work: Import = get_or_404("import", id)
    page = render_template("imports/_progress.html", work=work)
    if work.is_busy:
        return page
    response = Response(page)
    response.headers["HX-Redirect"] = url_for("imports.show", id=work.id)
    return response


@pages.get("/imports/<int:id>/report.csv")
@requires("imports.run", writes_on_get=True)
def report(id: int) -> Response:
    """Every row that was refused or double or came in without a value, as CSV; streamed."""
    work: Import = get_or_404("import", id)
    records.note(work.kind, 0, "export", current_user, what=f"import-{id}.csv")
    return Response(
        stream_with_context(queries.report(work.id)),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename=import-{id}.csv", "Cache-Control": "no-store"},
    )

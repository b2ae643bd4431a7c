"""Windows of making a document: choosing a template, the text with its preview, making it, making it anew."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm import records
from crm.document_templates import operations, queries
from crm.document_templates.forms import MakeForm
from crm.document_templates.models import DocumentTemplate
from crm.document_templates.operations import Draft
from crm.documents import queries as documents
from crm.documents import storage
from crm.documents.models import Document
from crm.documents.views import FILE_HEADERS, attachment
from crm.forms import number
from crm.mail.drafts import basis_of, basis_text
from crm.mail.views import fill_in_url
from crm.records import Refused, commit
from crm.texts import gettext as _
from crm.web import get_or_404, requires, subject_or_404, url_of

pages = Blueprint("document_templates", __name__)
Answer = str | AnyResponse | tuple[str, int]

KINDS = ("relation", "dossier")


def about_or_404(kind: str, id: int) -> Any:
    """The client or dossier that a document is made for, if this user may see it."""
    if kind not in KINDS:
        abort(404)
    return subject_or_404(kind, id)


@pages.get("/documents/make/<kind>/<int:id>")
@requires("documents.write")
def choose(kind: str, id: int) -> str:
    """*Document maken*: which one."""
    subject = about_or_404(kind, id)
    return render_template("document_templates/choose.html", subject=subject, templates=queries.templates())


@pages.route("/documents/make/<kind>/<int:id>/<int:template>", methods=["GET", "POST"])
@requires("documents.write")
def make(kind: str, id: int, template: int) -> Answer:
    """The text of a new document, to look at and adjust, and the button that makes it."""
    subject, chosen = about_or_404(kind, id), records.find(("document_template", template), current_user)
    form = MakeForm()
    if request.method == "POST":  # with a template that went meanwhile the text is still what was typed
        return handle(form, subject, chosen, None)
    if chosen is None:
        abort(404)
    draft = operations.compose(subject, chosen, chosen.name, chosen.body, current_user)
    return window(fill_form(form, draft), draft, None)


@pages.route("/documents/<int:id>/again", methods=["GET", "POST"])
@requires("documents.write")
def make_again(id: int) -> Answer:
    """*Opnieuw maken*: a newer version, from the text as it was made or, with `fresh`, from its template."""
    document: Document = get_or_404("document", id)
    subject = records.find(document.subject_ref, current_user)
    form = MakeForm()
    if request.method == "POST":
        known = queries.text_of(document)
        return handle(form, subject, known.template if known else None, document)
    text = operations.text_to_redo(document)
    body, basis = (text.body, text.basis)
    if "fresh" in request.args and text.template:
        body, basis = text.template.body, {}
    draft = operations.compose(subject, text.template, text.title, body, current_user, basis)
    changed = operations.changed_since(text, draft.known) if basis else []
    form.replaces.data = document.newest.number
    return window(fill_form(form, draft), draft, document, changed=changed)


def fill_form(form: MakeForm, draft: Draft) -> MakeForm:
    """Show a draft in the window."""
    form.title.data, form.body.data, form.basis.data = draft.title, draft.body, basis_text(draft.basis)
    return form


def window(form: MakeForm, draft: Draft, document: Document | None, **more: Any) -> Answer:
    """The page with the text of a document and how it will look."""
    page = render_template(
        "document_templates/make.html", form=form, draft=draft, subject=draft.about, document=document,
        fill_in_url=fill_in_url, **more,
    )  # fmt: skip
    return page, form.code


def typed(form: MakeForm, subject: Any, template: DocumentTemplate | None) -> Draft:
    """The draft as it stands in the window."""
    title, body, basis = form.title.data or "", form.body.data or "", basis_of(form.basis.data or "")
    return operations.compose(subject, template, title.strip(), body, current_user, basis)


def handle(form: MakeForm, subject: Any, template: DocumentTemplate | None, again: Document | None) -> Answer:
    """*Document maken* was pressed: nothing that was typed is lost."""
    draft = typed(form, subject, template)
    made = form.submit(lambda: keep_told(form, draft, again), "body")
    if made is None:
        return window(form, draft, again)
    flash(_("%(name)s is gemaakt.", name=made.name), "message")
    return redirect(url_of(made), 303)


def keep_told(form: MakeForm, draft: Draft, again: Document | None) -> Document:
    """As `keep`; who was told of a newer version means it when he sends the form once more."""
    try:
        return keep(draft, sending(form), again, number(form.replaces.data))
    except operations.Newer as newer:
        form.replaces.data = newer.values["number"]
        raise


def sending(form: MakeForm) -> str | None:
    """The name of this sending: one's own and for this address, so that nobody is answered with what another sent."""
    name = form.sending.data
    return f"{current_user.id}:{request.path}:{name}" if name else None


def keep(draft: Draft, token: str | None, again: Document | None, replaces: int | None) -> Document:
    """Make the document; no transaction is open while its file is written. Raises Refused."""
    if token and (earlier := documents.sent_as([token]).get(token)):
        return earlier.document
    if again:
        operations.text_to_redo(again)
    operations.check_complete(draft)
    pdf, sealer = operations.set_in_type(draft), storage.sealer()
    commit()
    file = sealer.keep([pdf])
    if again and not (token and documents.sent_as([token])):
        operations.refuse_newer(again, replaces)
    return operations.make(draft, file, operations.pages_of(pdf), current_user, token, again)


@pages.post("/documents/make/<kind>/<int:id>/preview")
@requires("documents.write")
def preview(kind: str, id: int) -> AnyResponse:
    """The text so far as the PDF that it becomes."""
    draft = typed(MakeForm(), about_or_404(kind, id), None)
    return as_pdf(draft)


def as_pdf(draft: Draft) -> AnyResponse:
    """A draft as PDF; in plain words why it cannot be one."""
    try:
        pdf = operations.set_in_type(draft)
    except Refused as refusal:
        return Response(str(refusal), 422, mimetype="text/plain")
    answer = Response(pdf, mimetype=operations.PDF, headers=FILE_HEADERS)
    answer.headers["Content-Disposition"] = attachment(f"{draft.title}.pdf")
    return answer


def choose_url(subject: Any) -> str:
    """Where *Document maken* leads for a record."""
    return url_for("document_templates.choose", kind=subject.kind, id=subject.id)

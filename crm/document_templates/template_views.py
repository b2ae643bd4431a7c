"""Windows of the templates of documents: the list, making and editing with a live check, an example, the original."""

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm.document_templates import markup, operations, queries, words
from crm.document_templates.forms import TemplateForm
from crm.document_templates.models import DocumentTemplate
from crm.document_templates.operations import Draft
from crm.document_templates.views import Answer, as_pdf, pages
from crm.forms import number
from crm.mail import placeholders, starter
from crm.mail.placeholders import Placeholder
from crm.texts import gettext as _
from crm.web import get_or_404, requires


@pages.get("/document-templates")
@requires("document_templates.edit")
def templates() -> str:
    """Sjablonen van documenten."""
    return render_template("document_templates/templates.html", templates=queries.templates(every=True))


@pages.route("/document-templates/new", methods=["GET", "POST"])
@requires("document_templates.edit")
def new_template() -> Answer:
    """A template from scratch."""
    return handle(TemplateForm(), None)


@pages.route("/document-templates/<int:id>/edit", methods=["GET", "POST"])
@requires("document_templates.edit")
def edit_template(id: int) -> Answer:
    """Change a template of the office."""
    template: DocumentTemplate = get_or_404("document_template", id)
    return handle(TemplateForm(obj=template), template)


def handle(form: TemplateForm, template: DocumentTemplate | None) -> Answer:
    """Show the form, or keep it and go back to the list."""
    saved = form.submit(
        lambda: operations.save_template(form.values(), current_user, template, form.version.data if template else None)
    )
    if saved is None:
        return window(form, template)
    flash(_("Sjabloon %(name)s is opgeslagen.", name=saved.name))
    return redirect(url_for("document_templates.templates"))


def window(form: TemplateForm, template: DocumentTemplate | None) -> Answer:
    """The page of one template."""
    known = words.known(None, current_user)
    page = render_template(
        "document_templates/template.html", form=form, template=template, blocks=starter.blocks(),
        words=sorted(known.values(), key=lambda word: word.name), problems=check(form),
        history=queries.history(template) if template else [],
    )  # fmt: skip
    return page, form.code


def check(form: TemplateForm) -> list[str]:
    """What is wrong with the words in the text as it stands in the form."""
    return operations.check_text(form.body.data or "", current_user)


@pages.post("/document-templates/check")
@requires("document_templates.edit")
def check_template() -> str:
    """The live check: what is wrong with the words in the text so far, as a fragment."""
    return render_template("mail/_check.html", problems=check(TemplateForm()))


@pages.post("/document-templates/example")
@requires("document_templates.edit")
def example_template() -> AnyResponse:
    """The text so far as a PDF about an invented client."""
    form, values = TemplateForm(), starter.examples()
    known = {
        name: Placeholder(name, word.title, values.get(name, f"[{word.title}]"), word.is_block)
        for name, word in words.known(None, current_user).items()
    }
    text = placeholders.fill((form.body.data or "").replace("\r\n", "\n"), known, markup.escape).text
    return as_pdf(Draft(None, None, form.name.data or _("Zonder titel"), text))


@pages.post("/document-templates/<int:id>/restore")
@requires("document_templates.edit")
def restore_template(id: int) -> AnyResponse:
    """*Terugzetten naar origineel*."""
    template: DocumentTemplate = get_or_404("document_template", id)
    operations.restore(template, current_user, number(request.form.get("version")))
    flash(_("%(name)s is weer zoals hij was.", name=template.name))
    return redirect(url_for("document_templates.edit_template", id=id))


@pages.post("/document-templates/<int:id>/delete")
@requires("document_templates.edit")
def delete_template(id: int) -> AnyResponse:
    """Take a template away that was made here; one that came with the house is switched off instead."""
    template: DocumentTemplate = get_or_404("document_template", id)
    operations.delete_template(template, current_user)
    flash(_("Sjabloon %(name)s is verwijderd.", name=template.name))
    return redirect(url_for("document_templates.templates"))

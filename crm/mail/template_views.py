"""Windows of the templates: the list, making and editing with a live check, an example, back to the original."""

from urllib.parse import urlsplit

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm.access import allowed
from crm.mail import markup, operations, placeholders, queries, starter
from crm.mail.forms import TemplateForm
from crm.mail.models import EmailTemplate
from crm.mail.purposes import purposes
from crm.mail.views import Answer, framed, message_or_404, pages
from crm.texts import gettext as _
from crm.web import get_or_404, requires


@pages.get("/mail/templates")
@requires("mail.templates")
def templates() -> str:
    """Sjablonen: the office's and one's own, by use."""
    found: dict[str, list[EmailTemplate]] = {}
    for template in queries.templates(current_user, every=True):
        found.setdefault(template.purpose, []).append(template)
    groups = [(_(title), found[purpose]) for purpose, title in purposes().items() if purpose in found]
    return render_template("mail/templates.html", groups=groups, may_edit=may_edit)


@pages.route("/mail/templates/new", methods=["GET", "POST"])
@requires("mail.templates")
def new_template() -> Answer:
    """A template from scratch, or from a mail that was written (`message`)."""
    form = TemplateForm()
    if request.method == "GET" and (message_id := request.args.get("message", type=int)):
        message = message_or_404(message_id)
        form.subject.data, form.body.data, form.purpose.data = message.subject, message.body, message.purpose
    return handle(form, None)


@pages.route("/mail/templates/<int:id>/edit", methods=["GET", "POST"])
@requires("mail.templates")
def edit_template(id: int) -> Answer:
    """Change a template; who may not change the office's makes a copy for himself."""
    template: EmailTemplate = get_or_404("email_template", id)
    form = TemplateForm(obj=template)
    if request.method == "GET":
        form.own.data = "0" if template.owner_id is None and may_edit(template) else "1"
    return handle(form, template)


def may_edit(template: EmailTemplate | None) -> bool:
    """True for one's own, and for the office's with the permission for it."""
    return bool(template and template.owner_id) or allowed(current_user, "mail.office_templates")


def handle(form: TemplateForm, template: EmailTemplate | None) -> Answer:
    """Show the form, or keep it and go back where the user came from."""
    target = template if may_edit(template) else None
    own = form.own.data == "1" or not allowed(current_user, "mail.office_templates")
    form.record = target
    saved = form.submit(
        lambda: operations.save_template(
            form.values() | {"own": own}, current_user, target, form.version.data if target else None
        )
    )
    if saved is None:
        return window(form, template)
    flash(_("Sjabloon %(name)s is opgeslagen.", name=saved.name))
    return redirect(way_back() or url_for("mail.templates"))


def way_back() -> str:
    """Where the user came from, within this site."""
    target = request.args.get("next", "")
    parts = urlsplit(target)
    return target if target.startswith("/mail/") and not parts.netloc else ""


def window(form: TemplateForm, template: EmailTemplate | None) -> Answer:
    """The page of one template."""
    known = placeholders.known(None, None, current_user)
    page = render_template(
        "mail/template.html", form=form, template=template, words=sorted(known.values(), key=lambda word: word.name),
        blocks=starter.blocks(), may_edit=may_edit(template), may_office=allowed(current_user, "mail.office_templates"),
        history=queries.history(template) if template else [], problems=check(form), back=way_back(),
    )  # fmt: skip
    return page, form.code


def check(form: TemplateForm) -> list[str]:
    """What is wrong with the words in subject and body as they stand in the form."""
    text = f"{form.subject.data or ''}\n{form.body.data or ''}"
    return operations.check_text(text, current_user)


@pages.post("/mail/templates/check")
@requires("mail.templates")
def check_template() -> str:
    """The live check: what is wrong with the words in the text so far, as a fragment."""
    return render_template("mail/_check.html", problems=check(TemplateForm()))


@pages.post("/mail/templates/example")
@requires("mail.templates")
def example_template() -> Response:
    """The text so far as a mail to an invented client, for the frame beside the form."""
    form = TemplateForm()
    return example(form.subject.data or "", form.body.data or "", form.address_form.data or "")


@pages.get("/mail/templates/<int:id>/example")
@requires("mail.templates")
def example_of(id: int) -> Response:
    """A kept template as a mail to an invented client."""
    template: EmailTemplate = get_or_404("email_template", id)
    return example(template.subject, template.body, template.address_form)


def example(subject: str, body: str, form: str) -> Response:
    """A text with invented values in its words, for a frame."""
    values = starter.examples()
    values = values | {"aanhef": values.get(f"aanhef.{form}", values["aanhef"])}
    words = {
        name: placeholders.Placeholder(name, word.title, values.get(name, f"[{word.title}]"))
        for name, word in placeholders.known(None, None, current_user).items()
    }
    title = placeholders.fill(subject, words, markup.escape_title).text
    text = placeholders.fill(body, words, markup.escape).text
    return framed(markup.page(f"**{markup.escape(title)}**\n\n{placeholders.without_blocks(text)}", title))


@pages.post("/mail/templates/<int:id>/restore")
@requires("mail.templates")
def restore_template(id: int) -> AnyResponse:
    """*Terugzetten naar origineel*."""
    template: EmailTemplate = get_or_404("email_template", id)
    if not may_edit(template):
        abort(403)
    operations.restore(template, current_user)
    flash(_("%(name)s is weer zoals hij was.", name=template.name))
    return redirect(url_for("mail.edit_template", id=id))


@pages.post("/mail/templates/<int:id>/delete")
@requires("mail.templates")
def delete_template(id: int) -> AnyResponse:
    """Take a template away that was made here; one that came with the house is switched off instead."""
    template: EmailTemplate = get_or_404("email_template", id)
    if not may_edit(template):
        abort(403)
    operations.delete_template(template, current_user)
    flash(_("Sjabloon %(name)s is verwijderd.", name=template.name))
    return redirect(url_for("mail.templates"))

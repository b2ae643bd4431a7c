"""Windows of the catalogue as a file: bring it out, see what one would change, bring it in."""

from flask import Response, flash, redirect, render_template, url_for
from flask_login import current_user

from crm.plugin import N_, Refused, note_in_log, requires, today, words_of
from crm.plugin import gettext as _
from plugins.document_types import exchange
from plugins.document_types.forms import ApplyForm, CatalogueForm, ReasonForm, TemplateForm, TypeForm
from plugins.document_types.views import Answer, pages

LABELS = {
    "reasons": words_of(ReasonForm)["labels"],
    "types": words_of(TypeForm)["labels"] | {"reasons": N_("Eigen redenen van afkeuring")},
    "templates": words_of(TemplateForm)["labels"] | {"items": N_("Wat wordt gevraagd")},
}


@pages.get("/catalogue.toml")
@requires("document_types.manage", writes_on_get=True)
def catalogue() -> Response:
    """The whole catalogue as one file; the log says who took it."""
    note_in_log("document_type", 0, "export", current_user, what="catalogue.toml")
    named = f"attachment; filename=soorten-documenten-{today():%Y-%m-%d}.toml"
    headers = {"Content-Disposition": named, "Cache-Control": "no-store"}
    return Response(exchange.written(), mimetype="application/toml", headers=headers)


@pages.route("/catalogue", methods=["GET", "POST"])
@requires("document_types.manage")
def bring_in() -> Answer:
    """Choose a file; then what it would change, with *Toepassen*."""
    form = CatalogueForm()
    if not form.validate_on_submit():
        return render_template("document_types/exchange.html", form=form), form.code
    try:
        with form.file.data.stream as file:
            text = file.read(exchange.LONGEST * 4 + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        form.file.errors = [_("Dit is geen tekst in UTF-8. Kies een bestand dat hier is uitgevoerd.")]
        return render_template("document_types/exchange.html", form=form), form.code
    return what_changes(text)


def what_changes(text: str, refusal: str = "") -> Answer:
    """What a file would change, and the button to do it."""
    plan = exchange.plan(text)
    form = ApplyForm(formdata=None, data={"text": text, "fingerprint": plan.fingerprint})
    code = 422 if plan.problems or refusal else 200
    page = render_template(
        "document_types/changes.html", plan=plan, form=form, names=exchange.NAMES, refusal=refusal, labels=LABELS
    )
    return page, code


@pages.post("/catalogue/apply")
@requires("document_types.manage")
def apply() -> Answer:
    """*Toepassen*: what was shown, or what it would be by now."""
    form = ApplyForm()
    if not form.validate_on_submit():
        return redirect(url_for("document_types.bring_in"))
    try:
        done = exchange.apply(form.text.data, form.fingerprint.data, current_user)
    except Refused as refusal:
        return what_changes(form.text.data, str(refusal))
    flash(_("De catalogus is ingevoerd: %(count)s gewijzigd of toegevoegd.", count=len(done.changes)))
    return redirect(url_for("document_types.index"))

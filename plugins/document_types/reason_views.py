"""Windows of the reasons to reject a document."""

from flask import flash, redirect, render_template, url_for
from flask_login import current_user

from crm.plugin import get_or_404, requires
from crm.plugin import gettext as _
from plugins.document_types import operations, queries
from plugins.document_types.forms import ReasonForm
from plugins.document_types.views import Answer, may_manage, pages


@pages.get("/reasons")
@requires("document_types.read")
def reasons() -> str:
    """Every reason, those for all types first."""
    found = list(queries.reasons_by_key().values())
    groups = [
        (_("Passen bij elke soort"), [one for one in found if one.is_general]),
        (_("Van bepaalde soorten"), [one for one in found if not one.is_general]),
    ]
    counts = queries.types_per_reason()
    return render_template("document_types/reasons.html", groups=groups, counts=counts, may_manage=may_manage())


@pages.get("/reasons/<int:id>")
@requires("document_types.read")
def show_reason(id: int) -> str:
    """One reason: a form for the beheerder, its text for others."""
    reason = get_or_404("rejection_reason", id)
    form = ReasonForm(obj=reason)
    return render_template("document_types/reason.html", reason=reason, form=form, may_manage=may_manage())


@pages.post("/reasons/<int:id>")
@requires("document_types.manage")
def edit_reason(id: int) -> Answer:
    """Another text, in use or not."""
    reason = get_or_404("rejection_reason", id)
    form = ReasonForm(obj=reason)
    if form.submit(lambda: operations.save_reason(form.values(), current_user, reason, form.version.data), "text"):
        flash(_("De reden %(name)s is opgeslagen.", name=reason.name))
        return redirect(url_for("document_types.reasons"))
    return render_template("document_types/reason.html", reason=reason, form=form, may_manage=True), form.code


@pages.route("/reasons/new", methods=["GET", "POST"])
@requires("document_types.manage")
def new_reason() -> Answer:
    """A reason of the office's own."""
    form = ReasonForm()
    if made := form.submit(lambda: operations.save_reason(form.values(), current_user), "text"):
        flash(_("De reden %(name)s is toegevoegd.", name=made.name))
        return redirect(url_for("document_types.reasons"))
    return render_template("document_types/reason.html", reason=None, form=form, may_manage=True), form.code

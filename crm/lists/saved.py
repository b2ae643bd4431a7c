"""Windows of saved views: keep what one sees, share it, begin with it."""

from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from crm.access import allowed
from crm.lists import operations, queries
from crm.lists.forms import ViewForm, view_data
from crm.lists.models import BRANCH, ListView
from crm.lists.shown import address_of, keepable, listed_or_404
from crm.lists.views import Answer, back_to, pages
from crm.records import Refused
from crm.texts import gettext as _
from crm.web import get_or_404, requires, say


def may_share(audience: str) -> bool:
    """May the current user share a view with a vestiging or with the whole office?"""
    return allowed(current_user, "lists.share" if audience == BRANCH else "lists.share_office")


def view_form(data: dict[str, Any] | None = None) -> ViewForm:
    return ViewForm(data=data).fill_choices(current_user, may_share("branch"), may_share("office"))


@pages.route("/lists/<name>/views/new", methods=["GET", "POST"])
@requires("lists.use")
def new_view(name: str) -> Answer:
    """*Weergave opslaan*: the list as it is in the address `back`."""
    listed, form = listed_or_404(name), view_form()
    back = back_to(listed)
    if form.validate_on_submit():
        try:
            values = form.view() | {"query": keepable(urlsplit(back).query)}
            view = operations.save_view(name, values, current_user, may_share)
            operations.begin_with(view, form.begin.data, current_user)
            flash(_("Weergave %(name)s is opgeslagen.", name=view.name))
            return redirect(address_of(listed, view))
        except Refused as refusal:
            form.name.errors = [str(refusal)]
    code = 422 if form.errors or form.name.errors else 200
    return render_template("lists/view.html", form=form, listed=listed, back=back, view=None), code


@pages.get("/lists/<name>/views")
@requires("lists.use")
def views(name: str) -> str:
    """*Weergaven beheren*: one's own, and those others share."""
    listed = listed_or_404(name)
    rows = [
        (view, is_first, address_of(listed, view), is_own(view))
        for view, is_first in queries.views_of(name, current_user)
    ]
    return render_template("lists/views.html", listed=listed, rows=rows)


def is_own(view: ListView) -> bool:
    """May the current user change this view?"""
    try:
        operations.own(view, current_user)
    except Refused:
        return False
    return True


@pages.route("/lists/views/<int:id>/edit", methods=["GET", "POST"])
@requires("lists.use")
def edit_view(id: int) -> Answer:
    """Another name or audience; two editors see each other's version."""
    view = get_or_404("list_view", id)
    listed = listed_or_404(view.list_name)
    operations.own(view, current_user)
    is_first = any(one.id == id and first for one, first in queries.views_of(view.list_name, current_user))
    form = view_form(view_data(view, is_first))
    form.record = view

    def save() -> None:
        operations.save_view(view.list_name, form.view(), current_user, may_share, view, form.version.data)
        if form.begin.data != bool(form.began.data):
            operations.begin_with(view, form.begin.data, current_user)

    if form.submit(save, "name"):
        flash(_("Weergave %(name)s is opgeslagen.", name=view.name))
        return redirect(url_for("lists.views", name=view.list_name))
    known = {"listed": listed, "view": view, "back": url_for("lists.views", name=listed.name)}
    return render_template("lists/view.html", form=form, **known), form.code


@pages.post("/lists/views/<int:id>/keep")
@requires("lists.use")
def keep_view(id: int) -> AnyResponse:
    """*Weergave bijwerken*: from now on the view holds what one sees (`back`)."""
    view = get_or_404("list_view", id)
    listed = listed_or_404(view.list_name)
    operations.save_query(view, keepable(urlsplit(back_to(listed)).query), current_user)
    flash(_("Weergave %(name)s is bijgewerkt.", name=view.name))
    return redirect(address_of(listed, view))


@pages.post("/lists/views/<int:id>/begin")
@requires("lists.use")
def begin_with(id: int) -> AnyResponse:
    """Let one's own list begin with a view: `on` is the wanted state, so that a double click does no harm."""
    view = get_or_404("list_view", id)
    operations.begin_with(view, request.form.get("on") == "1", current_user)
    return redirect(url_for("lists.views", name=view.list_name))


@pages.post("/lists/views/<int:id>/remove")
@requires("lists.use")
def remove_view(id: int) -> AnyResponse:
    """Take one's own view away, with the way back. Raises Refused for somebody else's."""
    view = get_or_404("list_view", id)
    operations.remove_view(view, current_user)
    text = _("Weergave %(name)s is verwijderd.", name=view.name)
    say(text, url_for("lists.restore_view", id=view.id), _("Ongedaan maken"))
    return redirect(url_for("lists.views", name=view.list_name))


@pages.post("/lists/views/<int:id>/restore")
@requires("lists.use")
def restore_view(id: int) -> AnyResponse:
    """*Ongedaan maken* of a removal; a second time does nothing."""
    if (view := queries.removed_view(id, current_user)) is None:
        view = get_or_404("list_view", id)
        return redirect(url_for("lists.views", name=view.list_name))
    operations.restore_view(view, current_user)
    flash(_("Weergave %(name)s is terug.", name=view.name))
    return redirect(url_for("lists.views", name=view.list_name))

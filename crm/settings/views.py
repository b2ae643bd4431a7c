"""Windows of settings: Beheer, and its page Instellingen."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm import ui
from crm.settings import operations, queries
from crm.settings.forms import SettingsForm
from crm.texts import gettext as _
from crm.web import requires

pages = Blueprint("settings", __name__)


@pages.get("/admin")
@requires("settings.see")
def admin() -> str:
    """Beheer: one card for each part of the house that has something to manage."""
    return render_template("settings/admin.html", panels=ui.panels(None, current_user, "admin"))


@pages.get("/admin/settings")
@requires("settings.edit")
def index() -> str:
    """Instellingen: one card for each room and plugin that has any."""
    return render_template("settings/index.html", forms=cards())


@pages.post("/admin/settings/<room>")
@requires("settings.edit")
def save(room: str) -> Response | tuple[str, int]:
    """Keep one card; the others stay as they were."""
    kind = next((form for form in queries.forms() if form.room == room), None)
    if kind is None:
        abort(404)
    form: SettingsForm = kind(prefix=f"{room}-")
    if form.submit(lambda: operations.change(room, form.values(), current_user, form.version.data)):
        flash(_("De instellingen van %(card)s zijn opgeslagen.", card=form.title))
        return redirect(url_for("settings.index", _anchor=room))
    return render_template("settings/index.html", forms=cards(form)), form.code


def cards(typed: SettingsForm | None = None) -> list[SettingsForm]:
    """Every form with what holds now; `typed` as it is."""
    versions = queries.versions()
    return [
        typed if typed is not None and typed.room == kind.room else card(kind, versions.get(kind.room, {}))
        for kind in queries.forms()
    ]


def card(kind: type[SettingsForm], versions: dict[str, int]) -> SettingsForm:
    """One form with what holds now."""
    form = kind(formdata=None, prefix=f"{kind.room}-", data=queries.values_of(kind.room))
    form.hold(versions)
    return form

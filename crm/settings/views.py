"""Windows of settings: Beheer, and its page Instellingen."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crm import ui
from crm.records import Conflict
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
    differs: list[dict[str, Any]] = []
    if form.validate_on_submit():
        try:
            operations.change(room, form.values(), current_user, form.version.data)
        except Conflict:
            differs = differences(form)
            form.version.data = queries.version_of(room)
        else:
            flash(_("De instellingen van %(card)s zijn opgeslagen.", card=form.title))
            return redirect(url_for("settings.index", _anchor=room))
    return render_template(
        "settings/index.html", forms=cards(form), differs=differs, clash=room
    ), 409 if differs else 422


def cards(typed: SettingsForm | None = None) -> list[SettingsForm]:
    """Every form with what holds now; `typed` as it is."""
    versions = queries.versions()
    return [
        typed
        if typed is not None and typed.room == kind.room
        else kind(
            formdata=None,
            prefix=f"{kind.room}-",
            data={**queries.values_of(kind.room), "version": versions.get(kind.room, 0)},
        )
        for kind in queries.forms()
    ]


def differences(form: SettingsForm) -> list[dict[str, Any]]:
    """What somebody else changed to something else than what was typed here."""
    now = queries.values_of(form.room)
    return [
        {"label": field.label.text, "now": now[field.short_name], "typed": field.data}
        for field in form.own_fields()
        if field.data != now[field.short_name]
    ]

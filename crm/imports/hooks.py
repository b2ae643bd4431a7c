"""What imports says to the house."""

import datetime as dt

from flask import url_for

from crm.access import ADMIN, Permission, allowed
from crm.hookspecs import impl
from crm.imports import operations, queries, receiving, views
from crm.imports.models import STATUSES, Import
from crm.jobs import Job
from crm.records import Kind
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import Panel


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [Permission("imports.run", "Relaties importeren", (ADMIN,))]


@impl
def record_kinds():
    title = lambda work: work.file_name  # noqa: E731
    labels = {
        "file_name": N_("Bestand"),
        "rows": N_("Rijen"),
        "created": N_("Gemaakt"),
        "doubles": N_("Dubbel"),
        "refused": N_("Geweigerd"),
        "undone": N_("Teruggedraaid"),
        "skip_doubles": N_("Dubbelen overslaan"),
        "lenient": N_("Rijen met een fout gegeven toch invoeren"),
        "marked": N_("Zonder een gegeven"),
        "started_by_id": N_("Gestart door"),
    }
    visible = queries.visible_imports
    return [
        Kind("import", Import, visible, title, "imports.show", N_("Import"), "upload", labels, {"status": STATUSES})
    ]


@impl
def jobs():
    return [
        Job("imports.run", operations.run, gave_up=operations.give_up, back_off=(10, 60)),
        Job("imports.sweep", receiving.sweep, every=dt.timedelta(days=1)),
    ]


@impl
def panels(subject, user, place):
    if place != "admin" or not allowed(user, "imports.run"):
        return []
    card = {
        "text": _("Een CSV-bestand met relaties binnenhalen: proefdraaien, dubbelen vinden, terugdraaien."),
        "links": [(_("Relaties importeren"), url_for("imports.index"))],
    }
    return [Panel("imports", _("Relaties importeren"), "settings/_card.html", lambda: card, icon="upload", weight=60)]

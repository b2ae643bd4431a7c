"""What audit says to the house."""

import datetime as dt

from flask import url_for

from crm.access import ADMIN, Permission, allowed
from crm.audit import operations, queries, views
from crm.hookspecs import impl
from crm.jobs import Job
from crm.texts import gettext as _
from crm.ui import Panel


@impl
def blueprints():
    return [views.pages]


@impl
def commands():
    return [views.audit]


@impl
def permissions():
    return [
        Permission("audit.see", "Het logboek lezen", (ADMIN,)),
        Permission("audit.history", "De geschiedenis van een record lezen"),
    ]


@impl
def jobs():
    return [Job("audit.verify", operations.check_chain, every=dt.timedelta(days=1))]


@impl
def after_save(changes, user):
    operations.note(changes, user)


@impl
def changed_since(record, version):
    return queries.changed_since(record, version)


@impl
def happened(kind, number, action, facts, user):
    operations.note_event(kind, number, action, facts, user)


@impl
def panels(subject, user, place):
    if place != "admin" or not allowed(user, "audit.see"):
        return []
    card = {
        "text": _("Wie wat wanneer deed, en of er niets aan is veranderd."),
        "links": [(_("Logboek openen"), url_for("audit.index"))],
    }
    return [Panel("audit", _("Logboek"), "settings/_card.html", lambda: card, icon="history", weight=90)]

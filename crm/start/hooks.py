"""What the start page says to the house."""

import datetime as dt
from functools import cache

from flask import url_for

from crm import formats
from crm.access import Permission, allowed
from crm.hookspecs import impl
from crm.jobs import Job
from crm.start import operations, queries, views
from crm.texts import gettext as _
from crm.ui import MenuItem, Panel


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [Permission("start.see", "De startpagina zien")]


@impl
def jobs():
    return [Job("start.check_preparation", operations.check_preparation, every=dt.timedelta(hours=1))]


@impl
def menu_items(user):
    return [MenuItem(_("Start"), url_for("start.home"), "home", weight=0)]


@impl
def panels(subject, user, place):
    if subject is not None or place != "start" or not allowed(user, "activities.read"):
        return []
    morning = cache(lambda: queries.morning(user))

    def tasks():
        found = morning()
        empty = _(
            "Niets te doen. Taken komen vanzelf bij een afspraak; zelf maakt u er een in de feed van een dossier."
        )
        return {"tasks": found.tasks, "subjects": found.subjects, "today": formats.today(), "empty": empty}

    return [
        Panel("my_tasks", _("Mijn taken"), "start/_tasks.html", tasks, weight=10),
        Panel("today", _("Vandaag"), "start/_today.html", lambda: {"morning": morning()}, weight=20),
        Panel(
            "unready",
            _("Gesprekken die niet klaar zijn"),
            "start/_unready.html",
            lambda: {"unready": morning().unready},
            weight=30,
        ),
    ]

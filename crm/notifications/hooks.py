"""What notifications says to the house."""

import datetime as dt

from flask import url_for

from crm.access import Permission
from crm.hookspecs import impl
from crm.jobs import Job
from crm.notifications import operations, queries, views
from crm.texts import gettext as _
from crm.ui import MenuItem


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [Permission("notifications.own", "De eigen meldingen lezen")]


@impl
def jobs():
    return [Job("notifications.clean_up", operations.clean_up, every=dt.timedelta(days=1))]


@impl
def menu_items(user):
    where = url_for("notifications.index")
    return [MenuItem(_("Meldingen"), where, "bell", badge=queries.unread_count(user), corner=True)]

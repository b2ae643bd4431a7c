"""What lists says to the house."""

import datetime as dt

from crm.access import ADMIN, Permission
from crm.forms import words_of
from crm.hookspecs import impl
from crm.jobs import Job
from crm.lists import operations, queries, saved, views
from crm.lists.forms import ViewForm
from crm.lists.models import BRANCH, OFFICE, OWN, ListView
from crm.records import Kind
from crm.texts import N_

WINDOWS = (views, saved)  # both hang on views.pages


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [
        Permission("lists.use", "Kolommen kiezen, eigen weergaven bewaren, vanuit een lijst wijzigen"),
        Permission("lists.share", "Weergaven delen met de eigen vestiging"),
        Permission("lists.share_office", "Weergaven delen met het hele kantoor", (ADMIN,)),
    ]


@impl
def jobs():
    return [Job("lists.forget", operations.forget, every=dt.timedelta(days=1))]


def list_titles():
    """What each list is called, for the history of a view."""
    return {name: one.title for name, one in queries.lists().items()}


@impl
def record_kinds():
    shared = {OWN: N_("Alleen voor mij"), BRANCH: N_("Vestiging"), OFFICE: N_("Iedereen van het kantoor")}
    return [
        Kind(
            "list_view",
            ListView,
            queries.visible_views,
            lambda view: view.name,
            label=N_("Weergave"),
            icon="columns",
            **words_of(
                ViewForm,
                labels={"list_name": N_("Lijst"), "shared": N_("Voor wie"), "removed_at": N_("Verwijderd op")},
                shared=shared,
                list_name=list_titles,
            ),
        )
    ]

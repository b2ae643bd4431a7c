"""What service_requests says to the house."""

from flask import url_for

from crm.access import Permission, allowed
from crm.forms import words_of
from crm.hookspecs import impl
from crm.records import Kind
from crm.search import Source, words
from crm.service_requests import operations, queries, views
from crm.service_requests.forms import EditForm, RequestForm, ServiceRequestSettings
from crm.service_requests.lists import REQUESTS
from crm.service_requests.models import ServiceRequest
from crm.service_requests.typed import CHANNELS, STATUSES, TOPICS, person
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import Action, MenuItem, Panel


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [
        Permission("service_requests.read", "Serviceaanvragen zien"),
        Permission("service_requests.export", "Serviceaanvragen exporteren"),
        Permission("service_requests.write", "Serviceaanvragen behandelen"),
    ]


@impl
def record_lists():
    return [REQUESTS]


@impl
def record_kinds():
    return [
        Kind(
            "service_request",
            ServiceRequest,
            queries.visible_requests,
            lambda found: found.name,
            "service_requests.show",
            N_("Serviceaanvraag"),
            "inbox",
            has_feed=True,
            **words_of(
                EditForm,
                RequestForm,
                labels={
                    "channel": N_("Binnengekomen via"),
                    "consent_text": N_("Toestemming"),
                    "consent_at": N_("Toestemming gegeven op"),
                },
                status=STATUSES,
                topic=TOPICS,
                channel=CHANNELS,
            ),
        )
    ]


@impl
def menu_items(user):
    if not allowed(user, "service_requests.read"):
        return []
    new = MenuItem(_("Nieuwe serviceaanvraag"), url_for("service_requests.new"), "plus")
    plan = MenuItem(_("Oriëntatiegesprek plannen"), url_for("planning.plan"), "calendar-plus")
    more = (plan,) if allowed(user, "planning.plan") else ()
    return [
        MenuItem(
            _("Serviceaanvragen"),
            url_for("service_requests.index"),
            "inbox",
            weight=30,
            badge=queries.open_count(user),
            children=(new, *more) if allowed(user, "service_requests.write") else more,
        )
    ]


@impl
def panels(subject, user, place):
    if not allowed(user, "service_requests.read"):
        return []
    if subject is None and place == "start":
        return [
            Panel(
                "new_requests",
                _("Nieuwe serviceaanvragen"),
                "service_requests/_list.html",
                lambda: {"requests": queries.newest(user), "empty": _("Er zijn geen nieuwe serviceaanvragen.")},
                weight=40,
            )
        ]
    if subject is not None and subject.kind == "service_request" and place == "tab":
        return [
            Panel(
                "typed", _("Aanvraag"), "service_requests/_typed.html", lambda: views.typed_context(subject), weight=5
            )
        ]
    if subject is not None and subject.kind in ("relation", "dossier") and place == "side":
        ask = queries.requests_of if subject.kind == "relation" else queries.requests_around
        return [
            Panel(
                "service_requests",
                _("Serviceaanvragen"),
                "service_requests/_list.html",
                lambda: {"requests": ask(subject, user), "empty": _("Geen serviceaanvragen."), "edit": True},
                weight=40,
            )
        ]
    return []


@impl
def actions(subject, user):
    if subject is None or subject.kind != "service_request" or not allowed(user, "service_requests.write"):
        return []
    found = [Action(_("Bewerken"), url_for("service_requests.edit", id=subject.id), "pencil", weight=70)]
    if subject.is_open and subject.relation_id is None:
        client = url_for("service_requests.make_client", id=subject.id)
        found.append(Action(_("Maak klant aan"), client, "user-plus", weight=10, primary=True))
    if subject.status == "open":
        found.append(step(subject, "in_progress", _("In behandeling nemen"), "clock"))
    if subject.is_open:
        found.append(step(subject, "done", _("Gereed"), "check", primary=subject.appointment_id is not None))
    return found


def step(subject, to, label, icon, primary=False):
    """A button that sets the status."""
    where = url_for("service_requests.set_status", id=subject.id, to=to)
    return Action(label, where, icon, method="post", weight=60, primary=primary)


@impl
def appointment_options(subject, user):
    """Setting the request that led to the talk to gereed is offered, never done silently (O-076)."""
    if subject is None or subject.kind != "dossier" or not allowed(user, "service_requests.write"):
        return []
    return [operations.close_option(found) for found in queries.requests_around(subject, user) if found.is_open]


@impl
def settings_forms():
    return [ServiceRequestSettings]


@impl
def placeholders(subject, appointment, user):
    if subject is None or subject.kind != "service_request":
        return []
    return queries.mail_words(subject)


@impl
def recipients(subject):
    return queries.mail_recipients(subject) if subject.kind == "service_request" else []


@impl
def search_sources():
    return [
        Source(
            "service_request",
            queries.search_words,
            title=lambda found: found.name,
            detail=queries.search_detail,
            branches=lambda found: {one.id: {one.branch_id} for one in found},
            rank=30,
            sort=lambda found: words.sort_key(person(found.typed)["surname"], person(found.typed)["first_name"]),
        )
    ]

"""What relations says to the house."""

from flask import url_for

from crm.access import Permission
from crm.access import allowed as may
from crm.forms import words_of
from crm.hookspecs import impl
from crm.records import Kind
from crm.relations import household, queries, views
from crm.relations.forms import RecordTypeForm, RelationForm
from crm.relations.lists import RELATIONS
from crm.relations.models import AccessRequest, Household, Relation
from crm.relations.person import RECORD_TYPES
from crm.search import Source, words
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import Action, MenuItem, Panel


@impl
def blueprints():
    return [views.pages]


@impl
def record_kinds():
    return [
        Kind(
            "relation",
            Relation,
            queries.visible_relations,
            lambda relation: relation.name,
            "relations.show",
            N_("Relatie"),
            "user",
            has_feed=True,
            **words_of(
                RelationForm,
                RecordTypeForm,
                labels={
                    "checked_at": N_("Gecontroleerd op"),
                    "checked_by_id": N_("Gecontroleerd door"),
                    "import_id": N_("Import"),
                },
                record_type=RECORD_TYPES,
            ),
        ),
        Kind(
            "household",
            Household,
            queries.visible_households,
            lambda home: home.name,
            label=N_("Huishouden"),
            icon="home",
        ),
        Kind(
            "access_request",
            AccessRequest,
            queries.visible_requests,
            lambda asked: asked.relation.name,
            label=N_("Toegangsverzoek"),
            icon="key",
            labels={"asked_by_id": N_("Gevraagd door")},
            choices={"status": {"open": N_("Open"), "granted": N_("Toegang gegeven"), "refused": N_("Geweigerd")}},
        ),
    ]


@impl
def record_lists():
    return [RELATIONS]


@impl
def permissions():
    return [
        Permission("relations.read", "Relaties zien"),
        Permission("relations.write", "Relaties en huishoudens maken en wijzigen"),
        Permission("relations.export", "Relaties exporteren"),
        Permission("relations.share", "Toegangsverzoeken beantwoorden"),
    ]


@impl
def menu_items(user):
    return [
        MenuItem(
            _("Relaties"),
            url_for("relations.index"),
            "users",
            weight=10,
            badge=queries.count_requests(user) if may(user, "relations.share") else 0,
            children=(
                MenuItem(_("Nieuwe relatie"), url_for("relations.new"), "user-plus"),
                MenuItem(_("Toegangsverzoeken"), url_for("relations.access_requests"), "key"),
            ),
        )
    ]


@impl
def actions(subject, user):
    if subject is None or subject.kind != "relation" or not may(user, "relations.write"):
        return []
    return [
        Action(_("Bewerken"), url_for("relations.edit", id=subject.id), "pencil", weight=60),
        Action(
            _("Gegevens gecontroleerd"),
            url_for("relations.mark_checked", id=subject.id),
            "checklist",
            method="post",
            weight=50,
        ),
    ]


@impl
def panels(subject, user, place):
    if subject is None or subject.kind != "relation":
        return []
    if place == "tab":
        return [
            Panel("details", _("Details"), "relations/_details.html", lambda: views.details(subject), weight=20),
        ]
    if place == "side":
        return [
            Panel(
                "household",
                _("Huishouden"),
                "relations/_household.html",
                lambda: household.household_box(subject),
                icon="home",
                weight=20,
            )
        ]
    return []


@impl
def search_sources():
    return [
        Source(
            "relation",
            queries.search_words,
            title=lambda relation: relation.name,
            detail=queries.search_detail,
            branches=queries.seen_by,
            rank=10,
            sort=lambda relation: words.sort_key(relation.surname, relation.first_name or relation.initials),
        )
    ]


@impl
def placeholders(subject, appointment, user):
    if subject is None:
        return queries.mail_words([])
    return queries.mail_words([subject]) if subject.kind == "relation" else []


@impl
def recipients(subject):
    return queries.mail_recipients([subject]) if subject.kind == "relation" else []

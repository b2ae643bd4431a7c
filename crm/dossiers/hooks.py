"""What dossiers says to the house."""

from dataclasses import replace

from flask import url_for
from flask_babel import gettext as _

from crm.access import ADMIN, Permission, allowed
from crm.dossiers import catalogue, operations, queries, statuses, views
from crm.dossiers.forms import DossierForm, DossierSettings, ProductForm, ServiceForm, StatusForm
from crm.dossiers.models import Dossier, LeadSource, Product, Service
from crm.hookspecs import impl
from crm.mail import Placeholder
from crm.records import Kind
from crm.relations import queries as relations
from crm.search import Source, words
from crm.search.operations import reindex
from crm.settings import setting
from crm.texts import N_
from crm.ui import Action, AppointmentOption, MenuItem, Panel
from crm.web import words_of


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [
        Permission("dossiers.read", "Dossiers lezen"),
        Permission("dossiers.write", "Dossiers maken en wijzigen"),
        Permission("dossiers.export", "Dossiers exporteren"),
        Permission("dossiers.lead_sources", "De lijst met bronnen beheren", (ADMIN,)),
    ]


@impl
def record_kinds():
    return [
        Kind(
            "dossier",
            Dossier,
            queries.visible_dossiers,
            lambda dossier: dossier.title,
            "dossiers.show",
            label=N_("Dossier"),
            icon="folder",
            **words_of(
                DossierForm,
                StatusForm,
                status={key: each.title for key, each in statuses.STATUSES.items()},
                dossier_type={entry.key: entry.title for entry in catalogue.entries("dossier_types")},
                profile={entry.key: entry.title for entry in catalogue.entries("profiles")},
            ),
        ),
        Kind("lead_source", LeadSource, queries.visible_lead_sources, lambda source: source.name, label=N_("Bron")),
        Kind(
            "service",
            Service,
            queries.visible_services,
            lambda service: service.title,
            label=N_("Dienst"),
            **words_of(ServiceForm),
        ),
        Kind(
            "product",
            Product,
            queries.visible_products,
            lambda product: product.title,
            label=N_("Product"),
            **words_of(ProductForm),
        ),
    ]


@impl
def load_content():
    operations.load_lead_sources()


@impl
def actions(subject, user):
    if subject.kind == "relation":
        where = url_for("dossiers.new", id=subject.id)
        return [Action(_("Nieuw dossier"), where, "folder-plus", weight=0, primary=True)]
    if subject.kind == "dossier":
        return [Action(_("Status wijzigen"), url_for("dossiers.choose_status", id=subject.id), "route", weight=40)]
    return []


@impl
def panels(subject, user, place):
    if place == "admin" and allowed(user, "dossiers.lead_sources"):
        card = {
            "text": _("Hoe klanten bij het kantoor komen: de lijst bij Nieuw dossier."),
            "links": [(_("Bronnen beheren"), url_for("dossiers.lead_sources"))],
        }
        return [Panel("lead_sources", _("Bronnen"), "settings/_card.html", lambda: card, icon="route", weight=40)]
    if subject is None:
        return []
    if subject.kind == "relation" and place == "side":
        template = "dossiers/_of_relation.html"
        return [Panel("dossiers", _("Dossiers"), template, lambda: views.of_relation(subject), weight=20)]
    if subject.kind != "dossier":
        return []
    if place == "tab":
        first = _("Producten") if setting("dossiers.works_with") == "products" else _("Diensten")
        second = _("diensten") if setting("dossiers.works_with") == "products" else _("producten")
        both = f"{first} & {second}"
        return [
            Panel("details", _("Details"), "dossiers/_details.html", lambda: {"dossier": subject}, weight=20),
            Panel("holdings", both, "dossiers/_holdings.html", lambda: views.holdings(subject), weight=30),
        ]
    if place == "side":
        title, template = _("Klaar voor het gesprek?"), "dossiers/_preparation.html"
        return [Panel("preparation", title, template, lambda: views.readiness(subject), weight=10)]
    return []


@impl
def preparation(dossier):
    return queries.own_preparation(dossier)


@impl
def settings_forms():
    return [DossierSettings]


@impl
def menu_items(user):
    if not allowed(user, "dossiers.read"):
        return []
    return [MenuItem(_("Dossiers"), url_for("dossiers.index"), "folder", weight=20)]


@impl
def after_save(changes, user):
    """A client who changed is found by the new words in the dossier too; who gets the talk in his agenda becomes the
    adviser of a dossier that had none."""
    if persons := [change.record.id for change in changes if change.kind == "relation" and change.action == "update"]:
        reindex(queries.refs_of_persons(persons))
    for change in changes:
        if change.kind == "appointment" and change.action == "create" and change.record.subject_kind == "dossier":
            operations.adopt_adviser(change.record, user)


@impl
def appointment_options(subject, user):
    """Status → Intake, preselected (domain.md §9.2 no. 4)."""
    if subject is None or subject.kind != "dossier" or subject.status != "orienting":
        return []

    def to_intake(appointment, user):
        operations.change_status(subject, "intake", user)

    return [AppointmentOption("dossier_intake", _("Status → Intake"), to_intake, preselected=True)]


@impl
def placeholders(subject, appointment, user):
    number = Placeholder("dossier.nummer", N_("Dossiernummer"))
    if subject is None:
        return [number]
    if subject.kind != "dossier":
        return []
    return [replace(number, value=subject.number), *relations.mail_words(subject.applicants)]


@impl
def recipients(subject):
    return relations.mail_recipients(subject.applicants) if subject.kind == "dossier" else []


@impl
def search_sources():
    return [
        Source(
            "dossier",
            queries.search_words,
            lambda dossier: dossier.title,
            lambda dossier: f"Dossier {dossier.number} · {dossier.status_title} · {dossier.branch.name}",
            queries.search_branches,
            rank=20,
            sort=lambda dossier: words.sort_key(dossier.relation.surname, dossier.relation.first_name),
        )
    ]

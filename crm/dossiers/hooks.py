"""What dossiers says to the house."""

from dataclasses import replace

from flask import url_for

from crm.access import ADMIN, Permission, allowed
from crm.dossiers import (
    catalogue,
    operations,
    preparing,
    queries,
    status_list,
    status_path,
    status_views,
    statuses,
    views,
)
from crm.dossiers.forms import (
    DetailsForm,
    DossierSettings,
    LeadSourceForm,
    NewStatusForm,
    ProductForm,
    ServiceForm,
    StatusForm,
)
from crm.dossiers.lists import DOSSIERS
from crm.dossiers.models import Dossier, LeadSource, Product, Service
from crm.forms import words_of
from crm.hookspecs import impl
from crm.mail import Placeholder
from crm.records import Kind
from crm.relations import queries as relations
from crm.search import Source, words
from crm.search.operations import reindex
from crm.settings import setting
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import Action, AppointmentOption, MenuItem, Panel


@impl
def blueprints():
    return [status_views.pages]


@impl
def permissions():
    return [
        Permission("dossiers.read", "Dossiers lezen"),
        Permission("dossiers.write", "Dossiers maken en wijzigen"),
        Permission("dossiers.export", "Dossiers exporteren"),
        Permission("dossiers.lead_sources", "De lijst met bronnen beheren", (ADMIN,)),
        Permission("dossiers.statuses", "De statussen van dossiers beheren", (ADMIN,)),
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
            has_feed=True,
            **words_of(
                DetailsForm,
                StatusForm,
                labels={"previous_id": N_("Vorig dossier")},
                status=lambda: {one.key: one.title for one in statuses.current()},
                dossier_type={entry.key: entry.title for entry in catalogue.entries("dossier_types")},
                profile={entry.key: entry.title for entry in catalogue.entries("profiles")},
            ),
        ),
        Kind(
            "dossier_status",
            statuses.DossierStatus,
            statuses.visible_statuses,
            lambda status: status.title,
            "dossiers.edit_status",
            label=N_("Status van dossiers"),
            icon="route",
            **words_of(NewStatusForm),
        ),
        Kind(
            "dossier_step",
            statuses.DossierStep,
            statuses.visible_steps,
            lambda step: step.title,
            "dossiers.edit_step",
            label=N_("Stap tussen statussen"),
            icon="route",
            labels={"origin_id": N_("Van status"), "target_id": N_("Naar status"), "guards": N_("Voorwaarden")},
            choices={"guards": status_path.GUARDS},
        ),
        Kind(
            "lead_source",
            LeadSource,
            queries.visible_lead_sources,
            lambda source: source.name,
            label=N_("Bron"),
            **words_of(LeadSourceForm),
        ),
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
def record_lists():
    return [DOSSIERS]


@impl
def load_content():
    operations.load_lead_sources()
    status_list.load()


@impl
def actions(subject, user):
    if subject.kind == "relation":
        return relation_actions(subject, user)
    return dossier_actions(subject, user) if subject.kind == "dossier" else []


def relation_actions(relation, user):
    """A new dossier, and before that the newest one that is open: most often that is where the office goes on."""
    going = next((one for one, _partner in views.dossiers_beside(relation, user) if one.is_open), None)
    where = url_for("dossiers.new", id=relation.id)
    found = [Action(_("Nieuw dossier"), where, "folder-plus", weight=1, primary=going is None)]
    if going:
        label, where = _("Dossier %(number)s openen", number=going.number), url_for("dossiers.show", id=going.id)
        found.append(Action(label, where, "folder", weight=0, primary=True))
    return found


def dossier_actions(dossier, user):
    """Telling the client of the talk while he does not know of it, the next status when it is time for it."""
    step, appointment = queries.next_step(dossier), queries.current(dossier.open_appointments)
    found = [Action(_("Status wijzigen"), url_for("dossiers.choose_status", id=dossier.id), "route", weight=40)]
    if appointment and step in ("confirm", "change") and allowed(user, "mail.send"):
        label = _("Bevestiging sturen") if step == "confirm" else _("Wijziging mailen")
        purpose = "appointment_confirmation" if step == "confirm" else "appointment_change"
        letter = {"kind": "dossier", "id": dossier.id, "purpose": purpose, "appointment": appointment.id}
        found.append(Action(label, url_for("mail.compose", **letter), "mail", weight=10, primary=True))
    to = operations.next_status(dossier, user, appointment) if step == "status" else ""
    if to and statuses.meaning(to) not in status_path.ENDED:
        label = _("Status → %(status)s", status=_(statuses.title(to)))
        where = url_for("dossiers.change_status", id=dossier.id, to=to)
        found.append(Action(label, where, "arrow-right", weight=10, primary=True))
    return found


@impl
def panels(subject, user, place):
    if place == "admin":
        return cards(user)
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


def cards(user):
    """The cards of Beheer."""
    found = []
    if allowed(user, "dossiers.lead_sources"):
        sources = {
            "text": _("Hoe klanten bij het kantoor komen: de lijst bij Nieuw dossier."),
            "links": [(_("Bronnen beheren"), url_for("dossiers.lead_sources"))],
        }
        found.append(
            Panel("lead_sources", _("Bronnen"), "settings/_card.html", lambda: sources, icon="filter", weight=40)
        )
    if allowed(user, "dossiers.statuses"):
        path = {
            "text": _("Door welke statussen een dossier gaat, en wat een stap vraagt."),
            "links": [(_("Statussen beheren"), url_for("dossiers.status_rows"))],
        }
        found.append(
            Panel("dossier_statuses", _("Statussen"), "settings/_card.html", lambda: path, icon="route", weight=41)
        )
    return found


@impl
def preparation(dossiers):
    return [(dossier.id, item) for dossier in dossiers for item in preparing.own_preparation(dossier)]


@impl
def settings_forms():
    return [DossierSettings]


@impl
def menu_items(user):
    if not allowed(user, "dossiers.read"):
        return []
    return [MenuItem(_("Dossiers"), url_for("dossiers.index"), "folder", weight=20)]


@impl
def locked_fields(records):
    return status_list.locks(records)


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
    if subject is None or subject.kind != "dossier" or subject.meaning != status_path.ORIENTING:
        return []

    def to_intake(appointment, user):
        operations.change_status(subject, statuses.current().first(status_path.INTAKE), user)

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
    if subject.kind != "dossier":
        return []
    client, *others = relations.mail_recipients(subject.applicants)
    return [client, *(replace(other, has_left=lambda: queries.has_left(subject)) for other in others)]


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

"""What document types say to the house."""

from flask import url_for

from crm.plugin import ADMIN, N_, Kind, MenuItem, Panel, Permission, allowed, impl, words_of
from crm.plugin import gettext as _
from plugins.document_types import (
    checklist_views,
    exchange_views,
    hookspecs,  # noqa: F401  # what we ask others: the house finds it by this name
    operations,
    queries,
    reason_views,
    views,
)
from plugins.document_types.forms import ItemForm, ReasonForm, TemplateForm, TypeForm
from plugins.document_types.lender import answers as lender
from plugins.document_types.lists import TYPES
from plugins.document_types.models import ChecklistItem, ChecklistTemplate, DocumentType, RejectionReason
from plugins.document_types.requests import answers, demo, giving, giving_views, list_views, photos, review_views, vault
from plugins.document_types.requests import views as request_views

# Their pages hang on the blueprint of `views`.
WINDOWS = (views, reason_views, checklist_views, exchange_views, giving_views, list_views, review_views)


@impl
def blueprints():
    return [views.pages, request_views.pages, lender.pages]


@impl
def permissions():
    return [
        Permission("document_types.read", "Soorten documenten bekijken"),
        Permission("document_types.manage", "Soorten documenten beheren", (ADMIN,)),
        *answers.permissions(),
    ]


@impl
def record_kinds():
    return [
        *answers.record_kinds(),
        *lender.record_kinds(),
        Kind(
            "document_type",
            DocumentType,
            queries.visible_types,
            lambda document_type: document_type.name,
            "document_types.show",
            label=N_("Soort document"),
            icon="file-text",
            **words_of(
                TypeForm, labels={"reasons": N_("Eigen redenen van afkeuring"), "weight": N_("Plaats in de lijst")}
            ),
        ),
        Kind(
            "rejection_reason",
            RejectionReason,
            queries.visible_reasons,
            lambda reason: reason.name,
            "document_types.show_reason",
            label=N_("Reden van afkeuring"),
            icon="alert-circle",
            **words_of(ReasonForm),
        ),
        Kind(
            "checklist_template",
            ChecklistTemplate,
            queries.visible_templates,
            lambda template: template.name,
            "document_types.show_checklist",
            label=N_("Stukkenlijst-sjabloon"),
            icon="checklist",
            **words_of(TemplateForm),
        ),
        Kind(
            "checklist_item",
            ChecklistItem,
            queries.visible_items,
            lambda item: f"{item.template.name}: {item.type.name}",
            label=N_("Regel van een stukkenlijst"),
            icon="checklist",
            **words_of(
                ItemForm,
                labels={
                    "template_id": N_("Stukkenlijst-sjabloon"),
                    "type_id": N_("Soort document"),
                    "replaces_id": N_("In plaats van"),
                    "weight": N_("Plaats in de lijst"),
                },
            ),
        ),
    ]


@impl
def record_lists():
    return [TYPES]


@impl
def jobs():
    return [*answers.jobs(), *lender.jobs()]


@impl
def preparation(dossiers):
    return answers.preparation(dossiers)


@impl
def document_types():
    return answers.type_names()


@impl
def document_notes(documents, user):
    return answers.document_notes(documents, user)


@impl
def document_saved(document, user):
    """A file that was given for a stuk makes it submitted (U-038); photos become one PDF."""
    giving.came_in(document, user)
    photos.pdf_is_made(document, user)


@impl
def before_save(changes):
    answers.before_save(changes)


@impl
def after_save(changes, user):
    answers.after_save(changes, user)


@impl
def request_changed(changes, user):
    answers.request_changed(changes, user)


@impl
def load_content():
    operations.load()


def request_panels(subject, user, place):
    """The tab Stukken of a dossier, and how far they are under its diensten or products."""
    if not allowed(user, "requests.read"):
        return []
    if place == "tab" and subject.kind == "dossier":
        template, context = "document_types/requests/_tab.html", lambda: request_views.tab(subject)
    elif place == "under" and subject.kind in ("service", "product"):
        template, context = "document_types/requests/_under.html", lambda: request_views.under(subject)
    else:
        return []
    return [Panel("requests", _("Stukken"), template, context, weight=24)]


@impl
def fill_demo(dossiers, user):
    demo.fill(dossiers, user)


@impl
def menu_items(user):
    return lender.menu_items(user)


@impl
def actions(subject, user):
    return [*lender.actions(subject, user), *answers.actions(subject, user)]


@impl
def account_items(user):
    """Who does not come in Beheer finds the types here, to read them (U-036)."""
    if not allowed(user, "document_types.read") or allowed(user, "document_types.manage"):
        return []
    return [MenuItem(_("Soorten documenten"), url_for("document_types.index"), "file-text")]


@impl
def panels(subject, user, place):
    if subject is not None:
        return request_panels(subject, user, place)
    if place != "admin" or not allowed(user, "document_types.read"):
        return []
    card = {
        "text": _("Welke documenten het kantoor vraagt, wie ze aanlevert, en waarom een document wordt afgekeurd."),
        "links": [
            (_("Soort documenten beheer"), url_for("document_types.index")),
            (_("Stukkenlijst-sjablonen"), url_for("document_types.checklists")),
        ],
    }
    title = _("Soort documenten beheer")
    return [Panel("document_types", title, "settings/_card.html", lambda: card, icon="file-text", weight=42)]


@impl(optionalhook=True)
def vault_items(person):
    return vault.items(person)


@impl(optionalhook=True)
def vault_missing(part):
    return answers.list_missing(part)


@impl(optionalhook=True)
def vault_file(person, request, file_name, file, token):
    return vault.take_in(person, request, file_name, file, token)


@impl(optionalhook=True)
def vault_file_withdrawn(person, request, token):
    return vault.take_back(person, request, token)

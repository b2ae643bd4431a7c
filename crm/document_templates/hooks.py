"""What templates of documents say to the house."""

from flask import url_for

from crm.access import ADMIN, Permission, allowed
from crm.document_templates import demo, operations, queries, template_views, views  # noqa: F401  # its pages hang on the same blueprint
from crm.document_templates.forms import DocumentTemplateSettings, TemplateForm
from crm.document_templates.models import DocumentTemplate
from crm.forms import words_of
from crm.hookspecs import impl
from crm.records import Kind
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import Action, Panel


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [Permission("document_templates.edit", "Sjablonen van documenten bewerken", (ADMIN,))]


@impl
def record_kinds():
    return [
        Kind(
            "document_template",
            DocumentTemplate,
            queries.visible_templates,
            lambda template: template.name,
            "document_templates.edit_template",
            N_("Sjabloon van een document"),
            "file-text",
            **words_of(TemplateForm, labels={"document_type": N_("Soort")}),
        )
    ]


@impl
def settings_forms():
    return [DocumentTemplateSettings]


@impl
def load_content():
    operations.load_templates()


@impl
def fill_demo(dossiers, user):
    demo.fill(dossiers, user, queries.templates())


@impl
def actions(subject, user):
    if not allowed(user, "documents.write"):
        return []
    if subject.kind in views.KINDS:
        return [Action(_("Document maken"), views.choose_url(subject), "file-text", weight=70)]
    if subject.kind == "document" and subject.is_made:
        return [
            Action(_("Opnieuw maken"), url_for("document_templates.make_again", id=subject.id), "refresh", weight=40)
        ]
    return []


@impl
def panels(subject, user, place):
    if place == "admin" and allowed(user, "document_templates.edit"):
        card = {
            "text": _("De teksten van documenten die Sleutel maakt, zoals de opdracht tot dienstverlening."),
            "links": [(_("Sjablonen openen"), url_for("document_templates.templates"))],
        }
        title = _("Sjablonen van documenten")
        return [Panel("document_templates", title, "settings/_card.html", lambda: card, "file-text", 31)]
    return []

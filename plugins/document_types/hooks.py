"""What document types say to the house."""

from crm.plugin import ADMIN, N_, Kind, Permission, impl
from plugins.document_types import operations, queries
from plugins.document_types.models import ChecklistItem, ChecklistTemplate, DocumentType, RejectionReason


@impl
def permissions():
    return [
        Permission("document_types.read", "Soorten documenten bekijken"),
        Permission("document_types.manage", "Soorten documenten beheren", (ADMIN,)),
    ]


@impl
def record_kinds():
    return [
        Kind(
            "document_type",
            DocumentType,
            queries.visible_types,
            lambda document_type: document_type.name,
            label=N_("Soort document"),
            icon="file-text",
        ),
        Kind(
            "rejection_reason",
            RejectionReason,
            queries.visible_reasons,
            lambda reason: reason.name,
            label=N_("Reden van afkeuring"),
            icon="ban",
        ),
        Kind(
            "checklist_template",
            ChecklistTemplate,
            queries.visible_templates,
            lambda template: template.name,
            label=N_("Stukkenlijst-sjabloon"),
            icon="list-check",
        ),
        Kind(
            "checklist_item",
            ChecklistItem,
            queries.visible_items,
            lambda item: f"{item.template.name}: {item.type.name}",
            label=N_("Regel van een stukkenlijst"),
            icon="list-check",
        ),
    ]


@impl
def load_content():
    operations.load()

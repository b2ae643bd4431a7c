"""What messages of lenders say to the house; `plugins.document_types.hooks` passes it on."""

from typing import Any

from flask import url_for

from crm.plugin import N_, Action, Job, Kind, MenuItem, User, allowed, gettext
from plugins.document_types.lender import operations, queries
from plugins.document_types.lender.models import STATES, LenderMessage, visible_messages
from plugins.document_types.lender.views import pages

__all__ = ["actions", "jobs", "menu_items", "pages", "record_kinds"]


def record_kinds() -> list[Kind]:
    """Messages of lenders."""
    labels = {
        "state": N_("Stand"),
        "sender": N_("Nummer van de afzender"),
        "sender_name": N_("Van"),
        "application": N_("Aanvraagvolgnummer"),
        "reference": N_("Kenmerk"),
        "sent_at": N_("Verzonden"),
        "rows": N_("Documenten"),
        "processed_at": N_("Verwerkt"),
        "done": N_("Daarvan verwerkt"),
        "client_texts": N_("Woorden voor de klant"),
        "outcome": N_("Uitkomst"),
        "digest": N_("Vingerafdruk"),
        "xml": N_("Bericht"),
    }
    return [
        Kind(
            "lender_message",
            LenderMessage,
            visible_messages,
            lambda message: message.title,
            "lender.show",
            label=N_("HDN-documentaanvraag"),
            icon="inbox",
            labels=labels,
            choices={"state": STATES},
        )
    ]


def jobs() -> list[Job]:
    """The rows of a message that were not carried out at once."""
    return [Job(operations.GO_ON, operations.go_on, gave_up=operations.give_up)]


def menu_items(user: User) -> list[MenuItem]:
    """Document requests that wait for somebody."""
    if not allowed(user, "requests.write"):
        return []
    return [MenuItem("HDN", url_for("lender.index"), "inbox", weight=60, badge=queries.open_count(user))]


def actions(subject: Any, user: User) -> list[Action]:
    """Bringing one in for a dossier."""
    if subject.kind != "dossier" or not allowed(user, "requests.write"):
        return []
    address = url_for("lender.index", dossier=subject.id)
    return [Action(gettext("Documentaanvraag inlezen"), address, "upload", weight=80)]

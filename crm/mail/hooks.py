"""What mail says to the house."""

import datetime as dt

from flask import url_for

from crm.access import ADMIN, Permission, allowed
from crm.forms import words_of
from crm.hookspecs import impl
from crm.jobs import Job
from crm.mail import operations, queries, sending, sink_views, template_views, views, words  # noqa: F401  # their pages hang on the same blueprint
from crm.mail.forms import MailSettings, TemplateForm
from crm.mail.models import EmailTemplate, Message
from crm.mail.purposes import purposes
from crm.records import Kind
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import Action, Panel

WITH_MAIL = ("relation", "dossier", "service_request")


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [
        Permission("mail.read", "E-mails lezen"),
        Permission("mail.send", "E-mails schrijven en versturen"),
        Permission("mail.templates", "Eigen sjablonen maken en bewerken"),
        Permission("mail.office_templates", "Sjablonen van het kantoor bewerken", (ADMIN,)),
    ]


@impl
def record_kinds():
    return [
        Kind(
            "message",
            Message,
            queries.visible_messages,
            lambda message: message.subject,
            "mail.show_message",
            "E-mail",
            "mail",
            labels={
                "to": N_("Aan"),
                "cc": N_("Cc"),
                "subject": N_("Onderwerp"),
                "body": N_("Tekst"),
                "purpose": N_("Gebruik"),
                "message_id": N_("Kenmerk"),
                "send_at": N_("Gaat weg op"),
                "sent_at": N_("Verstuurd op"),
                "template_id": N_("Sjabloon"),
                "attachments": N_("Bijlagen"),
                "post_id": N_("Registratie"),
            },
            choices={"purpose": purposes, "status": queries.STATUSES},
        ),
        Kind(
            "email_template",
            EmailTemplate,
            queries.visible_templates,
            lambda template: template.name,
            "mail.edit_template",
            N_("Sjabloon"),
            "file-text",
            **words_of(TemplateForm),
        ),
    ]


@impl
def jobs():
    return [
        Job("mail.send", sending.send, in_doubt=sending.in_doubt),
        Job("mail.sweep", sending.sweep, every=dt.timedelta(minutes=10)),
    ]


@impl
def settings_forms():
    return [MailSettings]


@impl
def load_content():
    operations.load_templates()


@impl
def placeholders(subject, appointment, user):
    return words.words(subject, appointment, user)


@impl
def actions(subject, user):
    """A document that was checked is mailed to the client it is about."""
    if subject.kind != "document" or subject.subject_kind not in WITH_MAIL or subject.current is None:
        return []
    if not allowed(user, "mail.send"):
        return []
    where = url_for("mail.compose", kind=subject.subject_kind, id=subject.subject_id, document=subject.id)
    return [Action(_("Mailen"), where, "mail", weight=20)]


@impl
def panels(subject, user, place):
    if place == "publisher" and subject is not None and subject.kind in WITH_MAIL and allowed(user, "mail.send"):
        return [Panel("mail", _("E-mail"), "mail/_publisher.html", lambda: {"subject": subject}, "mail", 30)]
    if place == "admin" and allowed(user, "mail.templates"):
        card = {
            "text": _("De teksten van e-mails: in de U-vorm, de jij-vorm en de jullie-vorm."),
            "links": [(_("Sjablonen openen"), url_for("mail.templates"))],
        }
        return [Panel("templates", _("Sjablonen"), "settings/_card.html", lambda: card, "mail", 30)]
    return []

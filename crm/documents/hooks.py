"""What documents says to the house."""

import datetime as dt

from flask import url_for

from crm.access import Permission, allowed
from crm.documents import checking, console, incoming, mail_views, operations, queries, storage, upload_views, views  # noqa: F401  # their pages hang on the same blueprint
from crm.documents.forms import DocumentForm, DocumentSettings
from crm.documents.models import SOURCES, Document
from crm.forms import words_of
from crm.hookspecs import impl
from crm.jobs import Job
from crm.records import Kind, kinds
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import Action, Panel


@impl
def blueprints():
    return [views.pages]


@impl
def commands():
    return [console.files]


@impl
def permissions():
    return [
        Permission("documents.read", "Documenten zien en downloaden"),
        Permission("documents.write", "Documenten toevoegen, wijzigen, Publiek maken en verwijderen"),
    ]


@impl
def record_kinds():
    labels = {"is_public": N_("Publiek"), "source": N_("Herkomst"), "sender": N_("Afzender")}
    return [
        Kind(
            "document",
            Document,
            queries.visible_documents,
            lambda document: document.name,
            "documents.show",
            N_("Document"),
            "file-text",
            **words_of(DocumentForm, labels=labels, source=SOURCES, document_type=queries.type_names),
        )
    ]


@impl
def settings_forms():
    return [DocumentSettings]


@impl
def jobs():
    return [
        Job("documents.check", checking.check, back_off=checking.BACK_OFF),
        Job("documents.check_all", operations.check_all),
        Job("documents.alarm", checking.alarm),
        Job("documents.unpack", incoming.unpack),
        Job("documents.sweep_mail", incoming.sweep, every=dt.timedelta(hours=1)),
        Job("documents.sweep", operations.sweep, every=dt.timedelta(minutes=15)),
    ]


@impl
def load_content():
    storage.first_office_key()


@impl
def after_save(changes, user):
    """Whichever way Publiek changed: the button, a plugin, a deletion."""
    operations.tell_shared([change for change in changes if change.kind == "document"], user)


@impl
def document_shared(documents, is_public, user):
    """The feed says so."""
    operations.post_shared(documents, is_public, user)


@impl
def panels(subject, user, place):
    if subject is None or place != "tab" or not allowed(user, "documents.read"):
        return []
    if subject.kind == "document":
        return [
            Panel("preview", _("Voorbeeld"), "documents/_preview.html", lambda: views.preview(subject), weight=5),
            Panel("versions", _("Versies"), "documents/_versions.html", lambda: views.versions(subject), weight=10),
        ]
    if kinds()[subject.kind].has_feed:
        template = "documents/_documents.html"
        return [Panel("documents", _("Documenten"), template, lambda: views.tab(subject), weight=25)]
    return []


@impl
def actions(subject, user):
    if subject.kind != "document" or not allowed(user, "documents.write"):
        return []
    current = subject.current
    found = [
        Action(_("Bewerken"), url_for("documents.edit", id=subject.id), "pencil", weight=30),
        Action(
            _("Verwijderen"),
            url_for("documents.delete", id=subject.id),
            "trash",
            "post",
            90,
            confirm=_("Dit document met al zijn versies verwijderen? Dat kan niet ongedaan worden gemaakt."),
        ),
    ]
    if current is not None:
        address = url_for("documents.file", id=subject.id, number=current.number)
        found.insert(0, Action(_("Downloaden"), address, "download", weight=10, primary=True))
    return found

"""Answers every hook, and writes down in `heard` what it was told."""

import datetime as dt

import click
from flask import Blueprint, Flask
from sqlalchemy import select
from wtforms import StringField

from crm.plugin import (
    Action,
    AppointmentOption,
    Column,
    DocumentNote,
    Edit,
    Job,
    Kind,
    Lock,
    MailPurpose,
    MenuItem,
    Mount,
    Panel,
    Permission,
    Placeholder,
    PreparationItem,
    Recipient,
    RecordList,
    Refused,
    SettingsForm,
    Source,
    User,
    Watch,
    WorkflowAction,
    impl,
    requires,
)

heard: list[tuple[str, list]] = []
pages = Blueprint("guest", __name__, template_folder="templates")


@pages.get("/guest")
@requires("guest.visit")
def visit():
    return "hello from the guest"


class GuestSettings(SettingsForm):
    room = "guest"
    title = "Gast"
    greeting = StringField("Groet", default="hallo")


@impl
def blueprints():
    return [pages]


@impl
def commands():
    @click.command("guest")
    def say():
        """Say hello."""
        click.echo("hello from the guest")

    return [say]


@impl
def record_kinds():
    return [Kind("guest", User, lambda user: select(User).where(User.id == user.id), lambda record: "gast")]


@impl
def permissions():
    return [Permission("guest.visit", "De gast bezoeken")]


@impl
def settings_forms():
    return [GuestSettings]


@impl
def jobs():
    return [Job("guest.work", lambda number: heard.append(("job", [number])), every=dt.timedelta(days=1))]


@impl
def search_sources():
    def words(records):
        return {record.id: "zilvervos" for record in records}

    return [
        Source(
            kind="branch",
            words=words,
            title=lambda record: record.name,
            detail=lambda record: "gast",
            branches=lambda records: {record.id: {record.id} for record in records},
            rank=9,
        )
    ]


@impl
def record_lists():
    name = Column("name", "Naam", lambda record: record.name)
    many = Edit("name", "Noem hem Gijs", lambda record, value, user: setattr(record, "name", "Gijs"))
    return [
        RecordList(
            "guests", "guest", "Gasten", "guest.visit", "guest.visit", "guest.visit", (name,), ("name",), (many,)
        )
    ]


@impl
def mounts(settings):
    beside = Flask("guest_book")
    beside.add_url_rule("/", view_func=lambda: "the guest book")
    return [Mount("Gastenboek", "/guest-book", beside, lambda: heard.append(("upgraded", [])), lambda: False)]


@impl
def watches():
    return [Watch("guest.look", lambda: heard.append(("looked", [])))]


@impl
def mail_purposes():
    return [MailPurpose("guest_invitation", "Uitnodiging van de gast")]


@impl(optionalhook=True)
def vault_items(person):
    return [("request", "guest-1", {"title": "Iets voor de gast"})]


@impl(optionalhook=True)
def vault_missing(part):
    return []


@impl(optionalhook=True)
def vault_file(person, request, file_name, file, token):
    heard.append(("vault file", [request, token]))
    return request == "guest-1"


@impl(optionalhook=True)
def vault_file_withdrawn(person, request, token):
    return request == "guest-1"


@impl
def load_content():
    heard.append(("content", []))


@impl
def menu_items(user):
    return [MenuItem("Gast", "/guest", "user", weight=95)]


@impl
def account_items(user):
    return [MenuItem("Mijn gast", "/guest", "user")]


@impl
def panels(subject, user, place):
    return [Panel(f"guest-{place}", f"Gast in {place}", "guest/_panel.html", lambda: {"place": place})]


@impl
def actions(subject, user):
    return [Action("Gast groeten", "/guest", weight=99)]


@impl
def appointment_options(subject, user):
    def apply(appointment, user):
        heard.append(("option", [appointment.id]))

    return [AppointmentOption("guest.option", "Gast uitnodigen", apply)]


@impl
def preparation(dossiers):
    item = PreparationItem("guest", "Gast is er", done=False, detail="gast komt nog")
    return [(dossier.id, item) for dossier in dossiers]


@impl
def document_notes(documents, user):
    return [(document.id, DocumentNote(f"Gast las {document.name}", "/guest")) for document in documents]


@impl
def fill_demo(dossiers, user):
    heard.append(("demo", [user.email]))


@impl
def demo_notes():
    return ["The guest says hello"]


@impl
def document_types():
    return [("guestbook", "Gastenboek")]


@impl
def document_saved(document, user):
    heard.append(("document", [document.id]))


@impl
def document_refused(document, user):
    heard.append(("refused", [document.id]))


@impl
def document_shared(documents, is_public, user):
    heard.append(("shared", [(document.id, is_public) for document in documents]))


@impl(optionalhook=True)
def request_changed(changes, user):
    """Of the plugin document_types, when that is on."""
    heard.append(("request", [(change.request.id, change.action, change.was) for change in changes]))


@impl
def allowed(user, permission, subject):
    return False if permission.name == "guest.visit" and user.role == "adviser" else None


@impl
def before_save(changes, user):
    for change in changes:
        if change.kind == "post" and "verboden woord" in change.record.text:
            raise Refused("De gast staat dit woord niet toe.")


@impl
def after_save(changes, user):
    heard.append(("saved", [(change.action, change.kind) for change in changes]))


@impl
def locked_fields(records):
    return [Lock("branch", one.id, "city", "De gast houdt dit vast.") for one in records if one.kind == "branch"]


@impl
def changed_since(record, version):
    return {"name": "zoals de gast het zag"} if version == 0 else None


@impl
def happened(kind, number, action, facts, user):
    heard.append(("happened", [kind, action]))


@impl
def placeholders(subject, appointment, user):
    return [Placeholder("gast.naam", "Naam van de gast", "Gijs")]


@impl
def recipients(subject):
    return [Recipient("Gijs Gast", "gast@voorbeeld.example")]


@impl
def workflow_actions():
    return [WorkflowAction("guest.greet", "Gast groeten", lambda service, workflow, step, user: "gegroet")]

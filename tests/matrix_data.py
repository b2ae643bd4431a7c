"""The authorization matrix: which permission guards each page, and who has it.

A new page needs a row in PAGES; a new permission a row in ROLES. A page whose address holds an id needs a record to
try it with: of its blueprint in RECORD_OF, or of itself in ARGUMENTS. What is here is written down by hand on purpose:
it is what the house promises, and the test compares it with what the house does. A plugin's own rows are in
tests/plugins/<plugin>/matrix.py, and count when it is switched on.
"""

import datetime as dt
import io
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import Any

from sqlalchemy import select

from crm import records
from crm.accounts import operations as accounts
from crm.accounts import sessions
from crm.accounts.models import ApiToken, Branch, User, UserSession
from crm.activities import operations as activities
from crm.activities.models import Absence
from crm.db import db, utcnow
from crm.document_templates import operations as paper
from crm.documents import incoming, storage
from crm.documents import operations as documents
from crm.dossiers import operations as dossiers
from crm.dossiers import queries as dossier_queries
from crm.dossiers.catalogue import catalogue
from crm.dossiers.statuses import DossierStep
from crm.feed import operations as feed
from crm.imports import operations as imports
from crm.jobs import operations as jobs
from crm.lists import operations as lists
from crm.lists.models import ListChange
from crm.mail import attachments
from crm.mail import operations as mail
from crm.mail.models import EmailTemplate
from crm.notifications import notify
from crm.planning.models import PlanningRun
from crm.relations import operations as relations
from crm.relations.duplicates import words
from crm.relations.queries import households_of
from crm.service_requests.models import ServiceRequest
from crm.workflows import operations as workflows
from crm.workflows.queries import startable
from tests.plugins import switched_on

# permission: who has it, besides nobody that is not logged in
EVERYONE, ADMINS = ("assistant", "adviser", "admin"), ("admin",)
ROLES: dict[str, tuple[str, ...]] = {
    "account.own": EVERYONE,
    "accounts.manage": ADMINS,
    "activities.export": EVERYONE,
    "activities.plan": EVERYONE,
    "activities.read": EVERYONE,
    "activities.tasks": EVERYONE,
    "audit.history": EVERYONE,
    "audit.see": ADMINS,
    "document_templates.edit": ADMINS,
    "documents.read": EVERYONE,
    "documents.write": EVERYONE,
    "dossiers.export": EVERYONE,
    "dossiers.lead_sources": ADMINS,
    "dossiers.statuses": ADMINS,
    "dossiers.read": EVERYONE,
    "dossiers.write": EVERYONE,
    "feed.read": EVERYONE,
    "feed.write": EVERYONE,
    "imports.run": ADMINS,
    "lists.share": EVERYONE,
    "lists.share_office": ADMINS,
    "lists.use": EVERYONE,
    "mail.office_templates": ADMINS,
    "mail.read": EVERYONE,
    "mail.send": EVERYONE,
    "mail.templates": EVERYONE,
    "notifications.own": EVERYONE,
    "planning.plan": EVERYONE,
    "relations.export": EVERYONE,
    "relations.read": EVERYONE,
    "relations.share": EVERYONE,
    "relations.write": EVERYONE,
    "search.use": EVERYONE,
    "service_requests.export": EVERYONE,
    "service_requests.read": EVERYONE,
    "service_requests.write": EVERYONE,
    "settings.edit": ADMINS,
    "settings.see": ADMINS,
    "start.see": EVERYONE,
    "workflows.run": EVERYONE,
}

# page, and what guards it: a permission, nothing (public), or a right of an API token, whatever the session
PAGES = """
accounts.account                     account.own
accounts.branches                    accounts.manage
accounts.change_password             account.own
accounts.choose_password             public
accounts.code                        public
accounts.edit_branch                 accounts.manage
accounts.edit_user                   accounts.manage
accounts.end_session                 account.own
accounts.end_sessions                account.own
accounts.end_user_sessions           accounts.manage
accounts.login                       public
accounts.logged_in_again             account.own
accounts.logout                      public
accounts.new_branch                  accounts.manage
accounts.new_user                    accounts.manage
accounts.recovery_codes              account.own
accounts.reset_password              accounts.manage
accounts.reset_second_factor         accounts.manage
accounts.revoke_token                accounts.manage
accounts.second_factor               account.own
accounts.second_factor_off           account.own
accounts.set_enabled                 accounts.manage
accounts.tokens                      accounts.manage
accounts.users                       accounts.manage
activities.absences                  activities.read
activities.agenda                    activities.read
activities.cancel                    activities.plan
activities.close                     activities.plan
activities.edit                      activities.plan
activities.choose_subject            activities.plan
activities.edit_task                 activities.tasks
activities.export_tasks              activities.export
activities.events                    activities.read
activities.free                      activities.plan
activities.move                      activities.plan
activities.new_task                  activities.tasks
activities.plan                      activities.plan
activities.remove_absence            activities.read
activities.show_appointment          activities.read
activities.show_task                 activities.read
activities.tasks                     activities.read
activities.tick                      activities.tasks
activities.told                      activities.plan
api.create_relation                  token:relations:write
api.create_service_request           token:service_requests:write
api.feed                             token:feed:read
api.get_appointment                  token:appointments:read
api.get_dossier                      token:dossiers:read
api.get_relation                     token:relations:read
api.get_service_request              token:service_requests:read
api.get_task                         token:tasks:read
api.list_appointments                token:appointments:read
api.list_dossiers                    token:dossiers:read
api.list_relations                   token:relations:read
api.list_service_requests            token:service_requests:read
api.list_tasks                       token:tasks:read
api.openapi                          public
api.search                           token:search
api.unknown                          public
audit.history                        audit.history
audit.index                          audit.see
audit.verify                         audit.see
dossiers.add_step                    dossiers.statuses
dossiers.change_status               dossiers.write
dossiers.choose_status               dossiers.write
dossiers.edit                        dossiers.write
dossiers.edit_lead_source            dossiers.lead_sources
dossiers.edit_product                dossiers.write
dossiers.edit_service                dossiers.write
dossiers.edit_status                 dossiers.statuses
dossiers.export                      dossiers.export
dossiers.index                       dossiers.read
dossiers.lead_sources                dossiers.lead_sources
dossiers.new                         dossiers.write
dossiers.new_product                 dossiers.write
dossiers.new_service                 dossiers.write
dossiers.remove_product              dossiers.write
dossiers.remove_service              dossiers.write
dossiers.remove_step                 dossiers.statuses
dossiers.edit_step                   dossiers.statuses
dossiers.set_partner                 dossiers.write
dossiers.show                        dossiers.read
dossiers.status_rows                 dossiers.statuses
dossiers.tick                        dossiers.write
document_templates.check_template    document_templates.edit
document_templates.choose            documents.write
document_templates.delete_template   document_templates.edit
document_templates.edit_template     document_templates.edit
document_templates.example_template  document_templates.edit
document_templates.make              documents.write
document_templates.make_again        documents.write
document_templates.new_template      document_templates.edit
document_templates.preview           documents.write
document_templates.restore_template  document_templates.edit
document_templates.templates         document_templates.edit
documents.add_version                documents.write
documents.checked                    documents.read
documents.bring_mail                 documents.write
documents.delete                     documents.write
documents.drop_mail                  documents.write
documents.edit                       documents.write
documents.file                       documents.read
documents.from_mail                  documents.write
documents.join                       documents.write
documents.listed                     documents.read
documents.set_public                 documents.write
documents.show                       documents.read
documents.show_mail                  documents.write
documents.take_from_mail             documents.write
documents.send                       documents.write
documents.upload                     documents.write
feed.older                           feed.read
feed.register                        feed.write
feed.set_public                      feed.write
health.healthy                       public
health.ready                         public
imports.index                        imports.run
imports.letters                      imports.run
imports.progress                     imports.run
imports.report                       imports.run
imports.show                         imports.run
imports.start                        imports.run
imports.undo                         imports.run
lists.begin_with                     lists.use
lists.cell                           lists.use
lists.change                         lists.use
lists.columns                        lists.use
lists.edit_view                      lists.use
lists.keep_view                      lists.use
lists.new_view                       lists.use
lists.remove_view                    lists.use
lists.restore_view                   lists.use
lists.undo                           lists.use
lists.views                          lists.use
mail.attached                        mail.read
mail.check_template                  mail.templates
mail.compose                         mail.send
mail.delete_template                 mail.templates
mail.discard                         mail.send
mail.edit                            mail.send
mail.edit_template                   mail.templates
mail.example_of                      mail.templates
mail.example_template                mail.templates
mail.letter_html                     mail.read
mail.new_template                    mail.templates
mail.raw                             mail.read
mail.restore_template                mail.templates
mail.send                            mail.send
mail.show_message                    mail.read
mail.sink_html                       public
mail.sink_list                       public
mail.sink_message                    public
mail.sink_raw                        public
mail.state                           mail.read
mail.templates                       mail.templates
mail.undo                            mail.send
notifications.index                  notifications.own
notifications.news                   notifications.own
notifications.open_one               notifications.own
notifications.read                   notifications.own
notifications.read_all               notifications.own
planning.plan                        planning.plan
planning.show                        planning.plan
planning.undo                        planning.plan
relations.access_requests            relations.share
relations.add_member                 relations.write
relations.answer_request             relations.share
relations.ask_access                 relations.write
relations.create                     relations.write
relations.edit                       relations.write
relations.end_membership             relations.write
relations.end_partnership            relations.write
relations.export                     relations.export
relations.find                       relations.read
relations.index                      relations.read
relations.mark_checked               relations.write
relations.new                        relations.write
relations.show                       relations.read
search.results                       search.use
search.suggest                       search.use
service_requests.edit                service_requests.write
service_requests.export              service_requests.export
service_requests.embedded_form       public
service_requests.embedded_thanks     public
service_requests.index               service_requests.read
service_requests.make_client         service_requests.write
service_requests.new                 service_requests.write
service_requests.public_form         public
service_requests.set_status          service_requests.write
service_requests.show                service_requests.read
service_requests.thanks              public
settings.admin                       settings.see
settings.index                       settings.edit
settings.save                        settings.edit
start.home                           start.see
workflows.advance                    workflows.run
workflows.resume                     workflows.run
workflows.start                      workflows.run
workflows.start_under_product        workflows.run
workflows.stop                       workflows.run
workflows.update                     workflows.run
"""

# Pages about records of the whole office: another vestiging is no stranger to them.
WHOLE_OFFICE = {
    "document_templates.delete_template",  # the office's, for its beheerder
    "document_templates.edit_template",
    "document_templates.restore_template",
    "lists.change",  # names a list, the rows are asked for within one's own vestigingen
    "lists.columns",
    "lists.new_view",
    "lists.views",
    "mail.edit_template",  # who may not change the office's gets a copy of his own
    "mail.example_of",  # the office's templates are everyone's
}
# Pages that ask further than the permission (is it one's own, is it the office's): who has it may still hear no.
ASKS_FURTHER = {
    "accounts.end_session",  # one's own
    "activities.remove_absence",  # one's own, or a beheerder
    "lists.undo",  # what one changed oneself
    "mail.delete_template",  # the office's templates are for who has mail.office_templates
    "mail.restore_template",
    "notifications.open_one",  # one's own
    "notifications.read",
    "planning.show",  # of who planned
    "planning.undo",
    "relations.ask_access",  # what one found oneself
}
# Pages that send on who comes there by himself: nothing to sign out of, no code to give.
SENDS_ON = {"accounts.logout", "accounts.code"}


class Office:
    """One record of each kind, made when it is first asked for; all of vestiging Utrecht."""

    def __init__(self, branch: Branch, assistant: User, adviser: User, admin: User) -> None:
        self.branch, self.assistant, self.adviser, self.admin = branch, assistant, adviser, admin
        jobs.sign(1)

    @cached_property
    def session(self) -> Any:
        sessions.begin(self.assistant, "")
        return db.session.scalars(select(UserSession).order_by(UserSession.id.desc())).first()

    @cached_property
    def relation(self) -> Any:
        typed = {"first_name": "Sanne", "surname_prefix": "de", "surname": "Vries", "birth_date": dt.date(1990, 5, 4)}
        partner = {"first_name": "Tim", "surname": "Jansen", "birth_date": dt.date(1988, 1, 2)}
        return relations.create({**typed, "branch_id": self.branch.id}, self.assistant, partner)

    @cached_property
    def dossier(self) -> Any:
        source = dossier_queries.lead_sources()[0]
        typed = {"dossier_type": "home_purchase", "profile": "starter", "lead_source_id": source.id}
        typed |= {"branch_id": self.branch.id, "confirmed": True}
        return dossiers.create(self.relation, typed, self.assistant)

    @cached_property
    def appointment(self) -> Any:
        starts = utcnow().replace(hour=9, minute=0, second=0, microsecond=0) + dt.timedelta(days=30)
        return activities.plan({"starts_at": starts, "assigned_to": self.adviser}, self.dossier, self.assistant)

    @cached_property
    def task(self) -> Any:
        typed = {"title": "Bellen", "assigned_to": self.assistant}
        return activities.create_task(typed, self.assistant, self.dossier)

    @cached_property
    def service_request(self) -> Any:
        made = ServiceRequest(name="Sanne de Vries", email="sanne@voorbeeld.nl", branch_id=self.branch.id)
        return records.save(made, self.assistant)

    @cached_property
    def list_view(self) -> Any:
        """The assistant's, for the vestiging."""
        typed = {"name": "Open", "query": "status=open", "shared": "branch", "branch_id": self.branch.id}
        return lists.save_view("tasks", typed, self.assistant, lambda _audience: True)

    @cached_property
    def list_change(self) -> Any:
        row = {"id": self.task.id, "version": self.task.version, "old": {"notes": "zoals eerst"}}
        made = ListChange(list_name="tasks", user_id=self.assistant.id, rows=[row])
        records.keep(made)
        return made

    @cached_property
    def document(self) -> Any:
        """A file of the dossier that was checked."""
        file = storage.sealer().keep([b"%PDF-1.7"])
        made = documents.receive(records.ref(self.dossier), "loonstrook.pdf", file, self.assistant)
        documents.accept(made.newest, documents.Checked("application/pdf", "application/pdf", 1), None)
        return made

    @cached_property
    def incoming_mail(self) -> Any:
        """An e-mail that was brought in at the dossier."""
        file = storage.sealer().keep([b"Subject: Stukken"])
        return incoming.receive_mail(records.ref(self.dossier), "stukken.eml", file, self.assistant)

    @cached_property
    def document_template(self) -> Any:
        """One that the beheerder made."""
        typed = {"name": "Brief", "purpose": "", "body": "Beste {{ klanten.namen }}", "is_active": True}
        return paper.save_template(typed, self.admin)

    @cached_property
    def made_document(self) -> Any:
        """A document of the dossier that the house made."""
        draft = paper.compose(self.dossier, self.document_template, "Brief", "Beste", self.assistant)
        file = storage.sealer().keep([b"%PDF-1.7"])
        return paper.make(draft, file, 1, self.assistant, "once")

    @cached_property
    def post(self) -> Any:
        return feed.register(records.ref(self.dossier), "Gebeld", False, self.assistant)

    @cached_property
    def token(self) -> Any:
        accounts.create_token(self.admin, "website", ["search"])
        return db.session.query(ApiToken).one()

    @cached_property
    def lead_source(self) -> Any:
        return dossier_queries.lead_sources()[0]

    @cached_property
    def dossier_step(self) -> Any:
        return db.session.query(DossierStep).first()

    @cached_property
    def service(self) -> Any:
        return dossiers.save_service(
            self.dossier, {"service_kind": next(iter(catalogue()["service_kinds"]))}, self.assistant
        )

    @cached_property
    def workflow(self) -> Any:
        return workflows.start(self.service, startable(self.service)[0].key, self.assistant)

    @cached_property
    def product(self) -> Any:
        return dossiers.save_product(
            self.dossier, {"product_kind": next(iter(catalogue()["product_kinds"]))}, self.assistant
        )

    @cached_property
    def access_request(self) -> Any:
        """A third vestiging asks to see the relation."""
        third = accounts.create_branch("Breda")
        asker = User(
            email="breda@kantoor.example", name="Bram Breda", branches=[third], password_hash="", session_key=""
        )
        return relations.ask_access(self.relation, records.save(asker, None))

    @cached_property
    def absence(self) -> Any:
        """The assistant's own."""
        starts = utcnow() + dt.timedelta(days=3)
        made = Absence(user_id=self.assistant.id, starts_at=starts, ends_at=starts + dt.timedelta(days=1))
        records.keep(made)
        return made

    @cached_property
    def template(self) -> Any:
        """One of the office."""
        return db.session.query(EmailTemplate).filter_by(owner_id=None).first()

    @cached_property
    def message(self) -> Any:
        draft = mail.compose_for(self.appointment, "appointment_confirmation", self.assistant)
        draft.attachments = [attachments.of(self.document)]
        return mail.keep_draft(draft, self.assistant)

    @cached_property
    def planning_run(self) -> Any:
        made = PlanningRun(dossier_id=self.dossier.id, user_id=self.assistant.id, appointment_id=self.appointment.id)
        return records.save(made, self.assistant)

    @cached_property
    def notification(self) -> Any:
        """The assistant's own."""
        return notify(self.assistant, "Klaar.")

    @cached_property
    def import_(self) -> Any:
        return imports.receive(
            io.BytesIO(b"voornaam;achternaam\nSanne;Vries\n"), "klanten.csv", self.branch, self.admin
        )


# blueprint: the kind of record that `id` stands for in its addresses
RECORD_OF = {
    "relations": "relation",
    "document_templates": "document_template",
    "documents": "document",
    "dossiers": "dossier",
    "service_requests": "service_request",
    "activities": "appointment",
    "imports": "import_",
    "lists": "list_view",
    "mail": "message",
    "notifications": "notification",
    "planning": "planning_run",
    "workflows": "workflow",
}

# page: the arguments of its address (or its query) where the blueprint's record does not do
ARGUMENTS: dict[str, Callable[[Office], dict[str, Any]]] = {
    "accounts.choose_password": lambda office: {"word": accounts.password_word(office.adviser)},
    "accounts.edit_branch": lambda office: {"id": office.branch.id},
    "accounts.edit_user": lambda office: {"id": office.adviser.id},
    "accounts.end_session": lambda office: {"id": office.session.id},
    "accounts.end_user_sessions": lambda office: {"id": office.adviser.id},
    "accounts.reset_password": lambda office: {"id": office.adviser.id},
    "accounts.reset_second_factor": lambda office: {"id": office.adviser.id},
    "accounts.revoke_token": lambda office: {"id": office.token.id},
    "accounts.set_enabled": lambda office: {"id": office.adviser.id},
    "activities.edit_task": lambda office: {"id": office.task.id},
    "activities.free": lambda office: {"assigned_to": office.adviser.id},
    "activities.plan": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "activities.remove_absence": lambda office: {"id": office.absence.id},
    "activities.show_task": lambda office: {"id": office.task.id},
    "activities.tick": lambda office: {"id": office.task.id, "what": "complete"},
    "lists.cell": lambda office: {"name": "tasks", "id": office.task.id, "key": "due_on"},
    "lists.change": lambda office: {"name": "tasks"},
    "lists.columns": lambda office: {"name": "tasks"},
    "lists.new_view": lambda office: {"name": "tasks"},
    "lists.undo": lambda office: {"id": office.list_change.id},
    "lists.views": lambda office: {"name": "tasks"},
    "mail.attached": lambda office: {"id": office.message.id, "place": 0},
    "mail.compose": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "mail.delete_template": lambda office: {"id": office.template.id},
    "mail.edit_template": lambda office: {"id": office.template.id},
    "mail.example_of": lambda office: {"id": office.template.id},
    "mail.restore_template": lambda office: {"id": office.template.id},
    "mail.sink_html": lambda office: {"name": "none"},
    "mail.sink_message": lambda office: {"name": "none"},
    "mail.sink_raw": lambda office: {"name": "none"},
    "api.feed": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "api.get_appointment": lambda office: {"id": office.appointment.id},
    "api.get_dossier": lambda office: {"id": office.dossier.id},
    "api.get_relation": lambda office: {"id": office.relation.id},
    "api.get_service_request": lambda office: {"id": office.service_request.id},
    "api.get_task": lambda office: {"id": office.task.id},
    "api.search": lambda office: {"q": "vries"},
    "api.unknown": lambda office: {"address": "nowhere"},
    "audit.history": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "relations.end_membership": lambda office: {
        "id": office.relation.id,
        "member_id": households_of(office.relation)[0].members[0].id,
    },
    "dossiers.change_status": lambda office: {"id": office.dossier.id, "to": "intake"},
    "dossiers.add_step": lambda office: {"id": office.dossier_step.origin_id},
    "dossiers.edit_status": lambda office: {"id": office.dossier_step.origin_id},
    "dossiers.remove_step": lambda office: {"id": office.dossier_step.id},
    "dossiers.edit_step": lambda office: {"id": office.dossier_step.id},
    "dossiers.edit_lead_source": lambda office: {"id": office.lead_source.id},
    "dossiers.edit_product": lambda office: {"id": office.product.id},
    "dossiers.edit_service": lambda office: {"id": office.service.id},
    "dossiers.remove_product": lambda office: {"id": office.product.id},
    "dossiers.remove_service": lambda office: {"id": office.service.id},
    "dossiers.tick": lambda office: {"id": office.dossier.id, "item": next(iter(catalogue()["preparation"]))},
    "relations.ask_access": lambda office: {"word": words().dumps([office.assistant.id, office.relation.id])},
    "relations.answer_request": lambda office: {"id": office.access_request.id, "answer": "grant"},
    "dossiers.new": lambda office: {"id": office.relation.id},
    "document_templates.choose": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "document_templates.make": lambda office: {
        "kind": "dossier",
        "id": office.dossier.id,
        "template": office.document_template.id,
    },
    "document_templates.make_again": lambda office: {"id": office.made_document.id},
    "document_templates.preview": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "documents.bring_mail": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "documents.drop_mail": lambda office: {"id": office.incoming_mail.id},
    "documents.from_mail": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "documents.show_mail": lambda office: {"id": office.incoming_mail.id},
    "documents.take_from_mail": lambda office: {"id": office.incoming_mail.id},
    "documents.file": lambda office: {"id": office.document.id, "number": 1},
    "documents.join": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "documents.listed": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "documents.upload": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "feed.older": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "feed.register": lambda office: {"kind": "dossier", "id": office.dossier.id},
    "feed.set_public": lambda office: {"id": office.post.id},
    "service_requests.set_status": lambda office: {"id": office.service_request.id, "to": "done"},
    "workflows.start": lambda office: {"id": office.service.id},
    "workflows.start_under_product": lambda office: {"id": office.product.id},
    "settings.save": lambda office: {"room": "accounts"},
}

for plugin in switched_on.names():
    rows = import_module(f"tests.plugins.{plugin}.matrix")
    ROLES |= rows.ROLES
    PAGES += rows.PAGES.lstrip("\n")
    WHOLE_OFFICE |= rows.WHOLE_OFFICE
    ARGUMENTS |= rows.ARGUMENTS

"""The porch: all of the core that a plugin may import. What is here is kept stable; what is not may change."""

from crm.access import ADMIN, ADVISER, ASSISTANT, Permission, allowed
from crm.accounts.forms import Ticks
from crm.accounts.models import Branch, User
from crm.activities.operations import standing_tasks
from crm.actors import acting
from crm.answers import NOTHING, YES_OR_NO, list_of, spec
from crm.db import About, Base, Record, UtcDateTime, db, utcnow
from crm.documents.checking import largest as largest_file
from crm.documents.models import Document, DocumentVersion, StoredFile
from crm.documents.operations import hide as hide_documents
from crm.documents.operations import join_versions, sent_before
from crm.documents.operations import receive as receive_document
from crm.documents.operations import remove as remove_document
from crm.documents.sniff import ENDINGS as FILE_ENDINGS
from crm.documents.storage import sealer
from crm.documents.upload_views import take_in_about
from crm.documents.views import preview as document_preview
from crm.dossiers.catalogue import entries as dossier_entries
from crm.dossiers.models import Dossier, Product, Service
from crm.dossiers.queries import ids_in_sight, newest_of, visible_dossiers
from crm.dossiers.queries import is_open as dossier_is_open
from crm.feed.operations import post
from crm.formats import clean, cleaned, fold, is_mobile, show_phone, sought, today
from crm.forms import DayField, Form, NumberField, QueryForm, number, words_of
from crm.hookspecs import impl
from crm.host import ask, config, hook, once_per_app, plugin_settings, tell
from crm.jobs import Job, Watch, enqueue
from crm.lists import Column, Edit, RecordList
from crm.lists.shown import as_file, opened
from crm.locks import Lock
from crm.mail import MailPurpose, Placeholder, Recipient
from crm.mail.operations import send_for_purpose
from crm.mounts import Mount, mount_key, mounts
from crm.notifications import notify
from crm.paths import content as content_folder
from crm.records import (
    Change,
    Conflict,
    Kind,
    Refused,
    check_version,
    commit,
    delete,
    discard,
    find,
    find_all,
    keep,
    lock,
    ref,
    save,
    save_many,
)
from crm.records import hold as hold_record
from crm.records import note as note_in_log
from crm.relations.models import Relation
from crm.relations.queries import visible_relations
from crm.search import Source
from crm.search.picker import Option, RecordField
from crm.settings import SettingsForm, kept, setting, touch
from crm.statements import names_of, prepared, this_day
from crm.texts import N_, gettext, lazy_gettext
from crm.ui import Action, AppointmentOption, DocumentNote, Highlight, MenuItem, Panel, PreparationItem
from crm.web import base_url, counts_itself, get_or_404, go, public, requires, say, url_of
from crm.workflows import WorkflowAction
from crm.workflows.operations import start as start_workflow

__all__ = [
    "ADMIN",
    "ADVISER",
    "ASSISTANT",
    "FILE_ENDINGS",
    "NOTHING",
    "N_",
    "YES_OR_NO",
    "About",
    "Action",
    "AppointmentOption",
    "Base",
    "Branch",
    "Change",
    "Column",
    "Conflict",
    "DayField",
    "Document",
    "DocumentNote",
    "DocumentVersion",
    "Dossier",
    "Edit",
    "Form",
    "Highlight",
    "Job",
    "Kind",
    "Lock",
    "MailPurpose",
    "MenuItem",
    "Mount",
    "NumberField",
    "Option",
    "Panel",
    "Permission",
    "Placeholder",
    "PreparationItem",
    "Product",
    "QueryForm",
    "Recipient",
    "Record",
    "RecordField",
    "RecordList",
    "Refused",
    "Relation",
    "Service",
    "SettingsForm",
    "Source",
    "StoredFile",
    "Ticks",
    "User",
    "UtcDateTime",
    "Watch",
    "WorkflowAction",
    "acting",
    "allowed",
    "as_file",
    "ask",
    "base_url",
    "check_version",
    "clean",
    "cleaned",
    "commit",
    "config",
    "content_folder",
    "counts_itself",
    "db",
    "delete",
    "discard",
    "document_preview",
    "dossier_entries",
    "dossier_is_open",
    "enqueue",
    "find",
    "find_all",
    "fold",
    "get_or_404",
    "gettext",
    "go",
    "hide_documents",
    "hold_record",
    "hook",
    "ids_in_sight",
    "impl",
    "is_mobile",
    "join_versions",
    "keep",
    "kept",
    "largest_file",
    "lazy_gettext",
    "list_of",
    "lock",
    "mount_key",
    "mounts",
    "names_of",
    "newest_of",
    "note_in_log",
    "notify",
    "number",
    "once_per_app",
    "opened",
    "plugin_settings",
    "post",
    "prepared",
    "public",
    "receive_document",
    "ref",
    "remove_document",
    "requires",
    "save",
    "save_many",
    "say",
    "sealer",
    "send_for_purpose",
    "sent_before",
    "setting",
    "show_phone",
    "sought",
    "spec",
    "standing_tasks",
    "start_workflow",
    "take_in_about",
    "tell",
    "this_day",
    "today",
    "touch",
    "url_of",
    "utcnow",
    "visible_dossiers",
    "visible_relations",
    "words_of",
]

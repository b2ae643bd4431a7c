"""The porch: all of the core that a plugin may import. What is here is kept stable; what is not may change."""

from crm.access import ADMIN, ADVISER, ASSISTANT, Permission, allowed
from crm.accounts.forms import Ticks
from crm.accounts.models import Branch, User
from crm.db import About, Base, Record, UtcDateTime, db, utcnow
from crm.dossiers.catalogue import entries as dossier_entries
from crm.formats import clean, fold, today
from crm.forms import DayField, Form, NumberField, number, words_of
from crm.hookspecs import impl
from crm.host import hook, plugin_settings
from crm.jobs import Job, enqueue
from crm.lists import Column, Edit, RecordList
from crm.lists.shown import as_file, opened
from crm.mail import Placeholder, Recipient
from crm.notifications import notify
from crm.paths import content as content_folder
from crm.records import (
    Change,
    Conflict,
    Kind,
    Refused,
    check_version,
    delete,
    discard,
    find,
    find_all,
    keep,
    ref,
    save,
    save_many,
)
from crm.search import Source
from crm.search.picker import Option, RecordField
from crm.settings import SettingsForm, setting
from crm.texts import N_, gettext, lazy_gettext
from crm.ui import Action, AppointmentOption, Highlight, MenuItem, Panel, PreparationItem
from crm.web import get_or_404, go, public, requires, url_of
from crm.workflows import WorkflowAction

__all__ = [
    "ADMIN",
    "ADVISER",
    "ASSISTANT",
    "N_",
    "About",
    "Action",
    "AppointmentOption",
    "Base",
    "Branch",
    "Change",
    "Column",
    "Conflict",
    "DayField",
    "Edit",
    "Form",
    "Highlight",
    "Job",
    "Kind",
    "MenuItem",
    "NumberField",
    "Option",
    "Panel",
    "Permission",
    "Placeholder",
    "PreparationItem",
    "Recipient",
    "Record",
    "RecordField",
    "RecordList",
    "Refused",
    "SettingsForm",
    "Source",
    "Ticks",
    "User",
    "UtcDateTime",
    "WorkflowAction",
    "allowed",
    "as_file",
    "check_version",
    "clean",
    "content_folder",
    "db",
    "delete",
    "discard",
    "dossier_entries",
    "enqueue",
    "find",
    "find_all",
    "fold",
    "get_or_404",
    "gettext",
    "go",
    "hook",
    "impl",
    "keep",
    "lazy_gettext",
    "notify",
    "number",
    "opened",
    "plugin_settings",
    "public",
    "ref",
    "requires",
    "save",
    "save_many",
    "setting",
    "today",
    "url_of",
    "utcnow",
    "words_of",
]

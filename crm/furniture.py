"""The second porch: what another application that is built like ours may import. It brings no record and no job of the
CRM, so that such an application can stand on a machine that has neither."""

from crm import envelope
from crm.addresses import NoAddress, email
from crm.assets import icon
from crm.assets import serve as serve_files
from crm.assets import url as asset
from crm.db import NAMES, UtcDateTime, db, rows, utcnow
from crm.db import init_app as hang_database
from crm.documents.sniff import sniff
from crm.door import Request, reads_body, takes
from crm.door import init_app as hang_door
from crm.formats import AMSTERDAM, clean, file_size, is_mobile, phone, show_phone
from crm.forms import Form, NumberField, once
from crm.host import config, once_per_app, without_crm
from crm.listening import CannotServe, address_of, become_server, check_port
from crm.migrate import is_behind as tables_are_behind
from crm.migrate import upgrade_alone as upgrade_tables
from crm.paths import keep_to_ourselves, kept_secret
from crm.paths import static as static_folder
from crm.paths import translations as translations_folder
from crm.records import Refused, commit, discard, keep, lock, rollback
from crm.sink import keep as keep_mail
from crm.texts import N_, clock, gettext, lazy_gettext, long_date, said
from crm.throttle import forget as forget_attempts
from crm.throttle import take as take_attempt
from crm.web import (
    add_headers,
    begin_writing,
    begin_writing_at_once,
    choose_engine,
    commit_anyway,
    counts_itself,
    drop_unfinished,
    end_reading,
    end_transaction,
    from_elsewhere,
    open_to_others,
    public,
    refuse_other_sites,
)

__all__ = [
    "AMSTERDAM",
    "NAMES",
    "N_",
    "CannotServe",
    "Form",
    "NoAddress",
    "NumberField",
    "Refused",
    "Request",
    "UtcDateTime",
    "add_headers",
    "address_of",
    "asset",
    "become_server",
    "begin_writing",
    "begin_writing_at_once",
    "check_port",
    "choose_engine",
    "clean",
    "clock",
    "commit",
    "commit_anyway",
    "config",
    "counts_itself",
    "db",
    "discard",
    "drop_unfinished",
    "email",
    "end_reading",
    "end_transaction",
    "envelope",
    "file_size",
    "forget_attempts",
    "from_elsewhere",
    "gettext",
    "hang_database",
    "hang_door",
    "icon",
    "is_mobile",
    "keep",
    "keep_mail",
    "keep_to_ourselves",
    "kept_secret",
    "lazy_gettext",
    "lock",
    "long_date",
    "once",
    "once_per_app",
    "open_to_others",
    "phone",
    "public",
    "reads_body",
    "refuse_other_sites",
    "rollback",
    "rows",
    "said",
    "serve_files",
    "show_phone",
    "sniff",
    "static_folder",
    "tables_are_behind",
    "take_attempt",
    "takes",
    "translations_folder",
    "upgrade_tables",
    "utcnow",
    "without_crm",
]

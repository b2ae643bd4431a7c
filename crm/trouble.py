"""What a request gets when the database has no time or the disk no room: 503, what happened, and what was typed."""

import errno
import logging
import sqlite3
from typing import Any

import psycopg
from flask import Flask, jsonify, render_template, request, session
from flask_babel import force_locale, get_locale
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crm import records
from crm.db import db
from crm.disk import NoRoom
from crm.texts import N_
from crm.texts import gettext as _
from crm.web import is_part

log = logging.getLogger(__name__)

BUSY, FULL, NO_FIT = "busy", "full", "does not fit"
SAID = {
    BUSY: N_("De database had het te druk of is even weg. Er is niets opgeslagen. Probeer het zo opnieuw."),
    FULL: N_("De schijf van de server is vol. Er is niets opgeslagen; wat er was is er nog. Waarschuw de beheerder."),
    NO_FIT: N_(
        "Hiervoor is op de schijf van de server geen plaats meer. Er is niets opgeslagen; wat er was is er nog. "
        "Waarschuw de beheerder: als die ruimte heeft gemaakt, kiest u het bestand opnieuw."
    ),
}
RETRY_AFTER = "30"  # seconds
ERRORS = (DBAPIError, PoolTimeout, OSError)

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL = 5, 6, 13  # sqlite.org/rescode.html; the last eight bits tell the kind
SQLITE_NOT_WRITTEN = (778, 4874)  # IOERR_WRITE, IOERR_SHMSIZE: how a full disk shows beside the file itself
POSTGRES_FULL = "53100"
POSTGRES_BUSY = ("08", "40", "53", "55", "57")  # classes: no connection, deadlock, no resources, locked, stopping


def kind_of(error: BaseException) -> str | None:
    """BUSY: locked, stopping or not there; FULL: no room on a disk; NO_FIT: not for what is sent; None: any other
    fault."""
    if isinstance(error, PoolTimeout):
        return BUSY
    if isinstance(error, NoRoom):
        return NO_FIT
    if isinstance(error, OSError):
        return FULL if error.errno in NO_ROOM else None
    if not isinstance(error, DBAPIError):
        return None
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return kind_of_sqlite(getattr(original, "sqlite_errorcode", 0))
    if isinstance(original, psycopg.Error):
        return kind_of_postgres(original)
    return None


def kind_of_sqlite(code: int) -> str | None:
    if code & 0xFF == SQLITE_FULL or code in SQLITE_NOT_WRITTEN:
        return FULL
    return BUSY if code & 0xFF in (SQLITE_BUSY, SQLITE_LOCKED) else None


def kind_of_postgres(error: psycopg.Error) -> str | None:
    state = error.sqlstate or ""
    if state == POSTGRES_FULL:
        return FULL
    is_away = not state and isinstance(error, psycopg.OperationalError)
    return BUSY if is_away or state.startswith(POSTGRES_BUSY) else None


def init_app(app: Flask) -> None:
    for error in ERRORS:
        app.register_error_handler(error, show_trouble)


def show_trouble(error: Exception) -> Any:
    """The answer to trouble that passes; any other fault stays what it is."""
    kind = begin_answer(error)
    with force_locale(language()):
        if request.headers.get("HX-Request"):
            fragment = render_template("errors/_fragment.html", page="errors/503.html", message=_(SAID[kind]))
            return fragment, 503, {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML", "Retry-After": RETRY_AFTER}
        if is_part():
            return jsonify(message=_(SAID[kind])), 503, {"Retry-After": RETRY_AFTER}
        sent = {} if kind == NO_FIT else {"typed": typed(), "has_files": bool(request.files)}
        page = render_template("errors/503.html", said=_(SAID[kind]), **sent)
        return page, 503, {"Retry-After": RETRY_AFTER}


def begin_answer(error: Exception) -> str:
    """The kind of trouble, with nothing left of what was done. Raises `error` when it is no such trouble."""
    kind = kind_of(error)
    if kind is None:
        raise error
    records.rollback()
    session.pop("_flashes", None)  # they may say that something was saved
    db.session.info["read"] = True  # the answer waits for nobody
    log.error("%s %s: %s (%s)", request.method, request.endpoint, kind, type(error).__name__)
    return kind


def language() -> str:
    """Of this request; the browser's when the database is not there to ask."""
    try:
        return str(get_locale())
    except SQLAlchemyError:
        records.rollback()
        return request.accept_languages.best_match(("nl", "en")) or "nl"


def typed() -> list[tuple[str, str]] | None:
    """What was sent, to be sent once more with one click; None when there is nothing, or a password in it."""
    fields = list(request.form.items(multi=True)) if request.method == "POST" else []
    return None if any("password" in name for name, _value in fields) else fields or None

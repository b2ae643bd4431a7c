"""Whose browser this is: its session, and who may see what without one."""

import datetime as dt
import secrets
from dataclasses import dataclass

from flask import g, redirect, request, session, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from crm.furniture import begin_writing_at_once, commit, db, rollback, utcnow
from plugins.portal.doors import operations, queries
from plugins.portal.doors.models import Account
from plugins.portal.doors.queries import Contact
from plugins.portal.vaults.models import Vault

SEEN_EVERY = dt.timedelta(minutes=1)
WITHOUT_PASSWORD = ("doors.choose_password", "doors.log_out")


@dataclass(frozen=True)
class Visitor:
    """Who is logged in, and the vault that is his."""

    vault: Vault
    account: Account
    contact: Contact


def come_in() -> Response | None:
    """To the log-in page, unless somebody is logged in; who has no password yet chooses that first."""
    if found := visitor():
        is_ready = found.account.password or request.endpoint in WITHOUT_PASSWORD
        return None if is_ready else redirect(url_for("doors.choose_password"))
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("doors.log_in"))
    return Response(status=401)


def visitor() -> Visitor | None:
    """Who is logged in in this browser."""
    if "visitor" not in g:
        g.visitor = look_up()
    found: Visitor | None = g.visitor
    return found


def look_up() -> Visitor | None:
    token = session.get("token")
    row = queries.session(token) if token else None
    if row is None:
        return None
    if utcnow() - row.seen_at > SEEN_EVERY:
        g.seen_session = row.token
    account = db.session.get_one(Account, row.vault_id)
    return Visitor(queries.vault(account), account, queries.contact(account))


def note_seen(_error: BaseException | None) -> None:
    """Note the click after the page, in a transaction of its own: a page that reads can't write. A click that could
    not be noted is noted with the next."""
    if "seen_session" not in g:
        return
    try:
        begin_writing_at_once()
        operations.note_seen(g.pop("seen_session"))
        commit()
    except OperationalError:
        rollback()


def inhabitant() -> Visitor:
    """Who is logged in, on a page that is for him alone."""
    found = visitor()
    if found is None:
        raise LookupError("nobody is logged in; is this page marked `inside`?")
    return found


def browser() -> str:
    """A secret of this browser: a code is good only where it was asked for."""
    if "browser" not in session:
        session["browser"] = secrets.token_urlsafe(16)
    return str(session["browser"])


def enter(account: Account) -> None:
    """A fresh session for this account; nothing of the one before it is left in this browser."""
    leave()
    session["token"] = operations.begin_session(account.vault_id, request.headers.get("User-Agent", ""))


def leave() -> None:
    """End the session of this browser, at the server too."""
    token = session.get("token")
    if token and (row := queries.session(token)):
        operations.end_session(row)
    session.clear()
    g.pop("visitor", None)

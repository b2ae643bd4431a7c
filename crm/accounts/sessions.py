"""Sessions as rows of the server: a cookie is worth nothing once its row ended, wherever it was copied to."""

import datetime as dt
import re
import secrets

from sqlalchemy import ColumnElement, update

from crm.accounts.attempts import digest
from crm.accounts.models import User, UserSession
from crm.db import db, utcnow
from crm.records import keep, save

SEEN_EVERY = dt.timedelta(minutes=1)  # a later click is noted only after this long
# What browsers and systems call themselves, the name that others borrow last.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "Chrome": "Chrome",
            "CriOS": "Chrome", "Safari": "Safari"}  # fmt: skip
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "CrOS": "ChromeOS",
           "Mac OS X": "macOS", "Linux": "Linux"}  # fmt: skip


def begin(user: User, agent: str) -> str:
    """A new session; gives the token for the cookie, which is kept nowhere. `agent` is the browser's User-Agent."""
    token = secrets.token_urlsafe(32)
    keep(UserSession(digest=digest(token), user_id=user.id, device=device_of(agent)))
    return token


def device_of(agent: str) -> str:
    """ "Firefox · Windows" for a User-Agent; only the part that is known, empty when none is."""
    browser = next((name for word, name in BROWSERS.items() if re.search(rf"{word}\w*/", agent)), "")
    system = next((name for word, name in SYSTEMS.items() if word in agent), "")
    return " · ".join(filter(None, (browser, system)))


def end(token: str) -> None:
    """End the session of this token, if there is one."""
    if token:
        end_where(UserSession.digest == digest(token))


def end_sessions(user: User, but: str = "") -> None:
    """End every session of this user, and what else was given to him before; not the session of the token `but`.

    The caller saves.
    """
    with db.session.no_autoflush:  # what the caller has yet to save
        user.session_key = secrets.token_urlsafe(12)
        if user.id is not None:
            end_where(UserSession.user_id == user.id, UserSession.digest != digest(but))


def end_others(user: User, but: str, by: User) -> None:
    """End a user's sessions because he or the beheerder says so; that of the token `but`, where it is said, goes on."""
    end_sessions(user, but)
    save(user, by)


def end_where(*mine: ColumnElement[bool]) -> None:
    """End those that are under way."""
    over = update(UserSession).where(UserSession.ended_at.is_(None), *mine).values(ended_at=utcnow())
    db.session.execute(over.execution_options(synchronize_session=False))


def note_seen(session_id: int) -> None:
    """Somebody clicked in this session just now."""
    mine = update(UserSession).where(UserSession.id == session_id, UserSession.ended_at.is_(None))
    db.session.execute(mine.values(seen_at=utcnow()).execution_options(synchronize_session=False))

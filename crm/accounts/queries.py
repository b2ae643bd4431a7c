"""Questions about users and vestigingen."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import joinedload, selectinload

from crm.access import ADMIN, ADVISER
from crm.accounts.attempts import digest
from crm.accounts.models import ApiToken, Branch, User, UserSession, user_branches
from crm.db import db, utcnow
from crm.formats import whole
from crm.host import config
from crm.records import Refused
from crm.settings import setting

MOST = 500  # an office has not so many people; a list must end somewhere
MOST_SESSIONS = 50
UNDER_WAY = (
    UserSession.ended_at.is_(None),
    UserSession.began_at >= bindparam("began"),
    UserSession.seen_at >= bindparam("seen"),
)
SESSION = (
    select(UserSession)
    .options(joinedload(UserSession.user).joinedload(User.branches))
    .where(UserSession.digest == bindparam("digest"), *UNDER_WAY)
)


def session_of(token: str) -> UserSession | None:
    """The session of a cookie with its user, in one statement: each page begins with it. None when it ended, lasted too
    long or stood still too long, and for a user who was switched off."""
    found = db.session.scalars(SESSION, {"digest": digest(token), **limits()}).unique().first()
    return found if found and found.user.is_enabled else None


def limits() -> dict[str, dt.datetime]:
    """Since when a session may have begun and must have been seen to be under way now."""
    now = utcnow()
    return {
        "began": now - dt.timedelta(hours=config("SESSION_HOURS")),
        "seen": now - dt.timedelta(minutes=config("SESSION_IDLE_MINUTES")),
    }


def sessions(user: User) -> Sequence[UserSession]:
    """The sessions of this user that are under way, the one seen last first."""
    mine = select(UserSession).where(UserSession.user_id == user.id, *UNDER_WAY)
    newest = mine.order_by(UserSession.seen_at.desc(), UserSession.id.desc()).limit(MOST_SESSIONS)
    return db.session.scalars(newest, limits()).all()


def has_session(user: User, session_id: int) -> bool:
    """True when this is a session of this user, over or not."""
    mine = select(UserSession.id).where(UserSession.id == session_id, UserSession.user_id == user.id)
    return db.session.scalar(mine) is not None


def sessions_over() -> Select[UserSession]:
    """Sessions that nobody can go on with."""
    since = limits()
    over = (UserSession.began_at < since["began"], UserSession.seen_at < since["seen"])
    return select(UserSession).where(or_(UserSession.ended_at.is_not(None), *over))


def by_identity(identity: str) -> User | None:
    """The user of `User.get_id` ("id.key"), unless the key changed or the user was switched off."""
    number, _, key = identity.partition(".")
    try:
        user = db.session.get(User, whole(number), options=[joinedload(User.branches)])
    except ValueError:
        return None
    return user if user and user.session_key == key and user.is_enabled else None


def by_email(email: str) -> User | None:
    """The user with this address, in any capitals."""
    return db.session.scalars(select(User).where(User.email == email.strip().lower())).first()


def by_token(token: str) -> ApiToken | None:
    """The valid API token behind the text, or None."""
    whole = select(ApiToken).options(joinedload(ApiToken.user).joinedload(User.branches))
    found = db.session.scalars(whole.where(ApiToken.digest == digest(token))).unique().first()
    if found is None or found.revoked_at or not found.user.is_enabled:
        return None
    return None if found.expires_at and found.expires_at < utcnow() else found


def visible_users(user: User) -> Select[User]:
    """Users who share a vestiging with this one; a beheerder sees all."""
    query = select(User)
    if user.role == ADMIN:
        return query
    shared = select(user_branches.c.user_id).where(user_branches.c.branch_id.in_(user.branch_ids))
    return query.where(User.id.in_(shared))


def visible_branches(user: User) -> Select[Branch]:
    """Vestigingen this user belongs to; a beheerder sees all."""
    query = select(Branch)
    return query if user.role == ADMIN else query.where(Branch.id.in_(user.branch_ids))


def colleagues(user: User, role: str | None = None) -> Sequence[User]:
    """Enabled users this one may assign work to, by name."""
    query = visible_users(user).where(User.is_enabled).order_by(User.name)
    if role:
        query = query.where(User.role == role)
    return db.session.scalars(query).all()


def active(role: str) -> Sequence[User]:
    """Enabled users of a role in the whole office: whom the house itself tells something."""
    return db.session.scalars(select(User).where(User.role == role, User.is_enabled).order_by(User.id)).all()


def colleague(user_id: int | None, user: User) -> User | None:
    """A colleague work may be assigned to, None for nobody. Raises Refused for anybody else."""
    if not user_id:
        return None
    query = visible_users(user).where(User.id == user_id, User.is_enabled)
    found = db.session.scalars(query).unique().first()
    if found is None:
        raise Refused("Kies een medewerker van uw eigen vestigingen.")
    return found


def advisers(user: User) -> Sequence[User]:
    """The advisers this user may plan for."""
    return colleagues(user, ADVISER)


def branch_named(name: str) -> Branch | None:
    """The vestiging of this name."""
    return db.session.scalars(select(Branch).where(Branch.name == name.strip())).first()


def other_admin(user: User) -> bool:
    """True when someone else is beheerder and can log in; holds the others' rows, so that two cannot go at once."""
    others = select(User.id).where(User.role == ADMIN, User.is_enabled, User.id != user.id)
    return bool(db.session.scalars(others.with_for_update()).all())


def other_active_branch(branch: Branch) -> bool:
    """True when another vestiging is in use."""
    others = select(Branch.id).where(Branch.is_active, Branch.id != branch.id)
    return db.session.scalars(others.limit(1)).first() is not None


def users(user: User) -> Sequence[User]:
    """Everyone whom this user may see with their vestigingen, those who left last, by name."""
    query = visible_users(user).options(selectinload(User.branches))
    return db.session.scalars(query.order_by(User.is_enabled.desc(), User.name).limit(MOST)).all()


def branches(user: User, also: Sequence[int] = ()) -> Sequence[Branch]:
    """The vestigingen in use that this user sees, by name, and those of `also` (ids) in use or not."""
    wanted = or_(Branch.is_active, Branch.id.in_(also))
    return db.session.scalars(visible_branches(user).where(wanted).order_by(Branch.name).limit(MOST)).all()


def all_branches(user: User) -> Sequence[Branch]:
    """Every vestiging that this user sees, in use or not, by name."""
    query = visible_branches(user).order_by(Branch.is_active.desc(), Branch.name)
    return db.session.scalars(query.limit(MOST)).all()


def tokens() -> Sequence[ApiToken]:
    """The API tokens, newest first, with their users."""
    query = select(ApiToken).options(joinedload(ApiToken.user)).order_by(ApiToken.id.desc())
    return db.session.scalars(query.limit(MOST)).all()


def second_factor_is_asked() -> bool:
    """True when the office asks a second factor of everyone."""
    return bool(setting("accounts.second_factor"))

"""Questions about users and vestigingen."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload, selectinload

from crm.access import ADMIN, ADVISER
from crm.accounts.models import ApiToken, Branch, User, user_branches
from crm.db import db, utcnow
from crm.formats import whole
from crm.records import Refused
from crm.settings import setting

MOST = 500  # an office has not so many people; a list must end somewhere


def by_session(session_id: str) -> User | None:
    """The user of a session cookie ("id.key"), unless the key changed or the user was switched off."""
    number, _, key = session_id.partition(".")
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
    digest = hashlib.sha256(token.encode()).hexdigest()
    whole = select(ApiToken).options(joinedload(ApiToken.user).joinedload(User.branches))
    found = db.session.scalars(whole.where(ApiToken.digest == digest)).unique().first()
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

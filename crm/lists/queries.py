"""Questions about lists and their saved views."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.db import db
from crm.host import by_name, hook, once_per_app
from crm.lists import RecordList
from crm.lists.models import BRANCH, OFFICE, OWN, DefaultView, ListChange, ListView
from crm.records import kinds, title
from crm.statements import names_of

MOST = 50  # so many views of one list are offered


def lists() -> dict[str, RecordList]:
    """Every list by name; asked once, at the start."""
    return once_per_app("crm.lists", lambda: by_name(hook.record_lists, "list", lambda one: one.name))


def visible_views(user: User) -> Select[ListView]:
    """Views of this user, and those shared with his vestigingen or the whole office."""
    of_branch = and_(ListView.shared == BRANCH, ListView.branch_id.in_(user.branch_ids))
    his = or_(ListView.owner_id == user.id, of_branch, ListView.shared == OFFICE)
    return select(ListView).where(his, ListView.removed_at.is_(None))


def removed_view(view_id: int, user: User) -> ListView | None:
    """A view that was taken away, of which this user may undo that: his own, or as a beheerder a shared one."""
    his: Any = ListView.owner_id == user.id
    if user.is_admin:
        his = or_(his, ListView.shared != OWN)
    query = select(ListView).where(ListView.id == view_id, ListView.removed_at.is_not(None), his)
    return db.session.scalars(query).first()


def views_of(list_name: str, user: User) -> list[tuple[ListView, bool]]:
    """The views of a list this user may choose from, his own first, and whether his list begins with it."""
    mine = and_(DefaultView.view_id == ListView.id, DefaultView.user_id == user.id)
    query = (
        visible_views(user)
        .add_columns(DefaultView.view_id)
        .outerjoin(DefaultView, mine)
        .where(ListView.list_name == list_name)
        .order_by(ListView.owner_id != user.id, ListView.name, ListView.id)
        .options(*names_of(ListView.owner), joinedload(ListView.branch))
    )
    return [(view, default is not None) for view, default in db.session.execute(query.limit(MOST))]


def same_name(list_name: str, name: str, user: User) -> ListView | None:
    """This user's own view of that name."""
    mine = (ListView.owner_id == user.id, ListView.list_name == list_name, ListView.name == name)
    return db.session.scalars(select(ListView).where(*mine, ListView.removed_at.is_(None))).first()


def held(kind_name: str, ids: Collection[int], user: User) -> dict[int, Any]:
    """The records of these ids this user may see, as they are now, held until the transaction ends."""
    kind = kinds()[kind_name]
    query = kind.visible(user).where(kind.model.id.in_(ids)).order_by(kind.model.id).with_for_update(of=kind.model)
    found = db.session.scalars(query.execution_options(populate_existing=True)).unique()
    return {record.id: record for record in found}


def name_of(record: Any) -> str:
    """What a row is called in a message: a dossier by its family, everything else by its title."""
    return getattr(record, "family", "") or title(record)


def change_of(change_id: int, user: User) -> ListChange | None:
    """A change from a list that this user made himself."""
    query = select(ListChange).where(ListChange.id == change_id, ListChange.user_id == user.id)
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()


def found(kind_name: str, ids: Collection[int], user: User) -> Sequence[Any]:
    """The records of these ids this user may see, to be named."""
    kind = kinds()[kind_name]
    query = kind.visible(user).where(kind.model.id.in_(ids)).order_by(kind.model.id)
    return db.session.scalars(query).unique().all()


def names(records: Sequence[Any]) -> list[str]:
    return [name_of(record) for record in records]

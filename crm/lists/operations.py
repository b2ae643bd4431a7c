"""Verbs of lists: save a view, change rows, undo that."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from crm.accounts.models import User
from crm.db import db, utcnow
from crm.jobs.operations import drop
from crm.lists import Edit, RecordList, queries
from crm.lists.models import BRANCH, OFFICE, OWN, DefaultView, ListChange, ListView
from crm.records import (
    Conflict,
    Refused,
    changed_fields,
    check_version,
    commit,
    delete_many,
    discard,
    keep,
    save,
    save_many,
)
from crm.texts import N_, said

LONGEST = 2000  # of an address
UNDO_FOR = dt.timedelta(days=2)
Asked = Sequence[tuple[Edit, Any]]


@dataclass
class Outcome:
    """What became of rows that were to be changed. Names are as people call the records.

    `overtaken` were changed by somebody else meanwhile and left alone, `refused` are (name, reason).
    """

    changed: list[Any] = field(default_factory=list)
    overtaken: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    gone: int = 0
    change: ListChange | None = None


def save_view(
    list_name: str,
    values: Mapping[str, Any],
    user: User,
    may_share: Callable[[str], bool],
    view: ListView | None = None,
    version: int | None = None,
) -> ListView:
    """A new view, or another name, address or audience of one's own. `values`: name, shared, branch_id, query.

    `may_share(audience)` says whether this user may. Raises Refused, Conflict.
    """
    name = " ".join((values.get("name") or "").split())[:80]
    if not name:
        raise Refused("Geef de weergave een naam.")
    if view is not None:
        own(view, user)
        check_version(view, version)
    other = queries.same_name(list_name, name, user)
    if other is not None and other is not view:
        raise Refused("U hebt al een weergave %(name)s. Kies een andere naam.", name=name)
    shared = values.get("shared") or OWN
    if shared not in (OWN, BRANCH, OFFICE) or (shared != OWN and not may_share(shared)):
        raise Refused("Met hen mag u een weergave niet delen. Kies iemand anders.")
    branch_id = values.get("branch_id") if shared == BRANCH else None
    if shared == BRANCH and branch_id not in user.branch_ids:
        raise Refused("Kies een vestiging waar u zelf bij hoort.")
    if view is None:
        view = ListView(list_name=list_name, owner_id=user.id)
    view.name, view.shared, view.branch_id = name, shared, branch_id
    if "query" in values:
        view.query = values["query"][:LONGEST]
    saved: ListView = save(view, user)
    return saved


def save_query(view: ListView, query: str, user: User) -> ListView:
    """Let a view hold what its owner sees now. Raises Refused."""
    own(view, user)
    view.query = query[:LONGEST]
    saved: ListView = save(view, user)
    return saved


def remove_view(view: ListView, user: User) -> None:
    """Take one's own view away, also from those it was shared with; it can be undone until it is forgotten.

    Raises Refused.
    """
    own(view, user)
    view.removed_at = utcnow()
    save(view, user)


def restore_view(view: ListView, user: User) -> ListView:
    """*Ongedaan maken*: a view that was taken away is back for all who had it, and begins their lists again.

    Raises Refused when its owner has another one of that name by now.
    """
    own(view, user)
    if queries.same_name(view.list_name, view.name, view.owner):
        raise Refused("U hebt al een weergave %(name)s. Kies een andere naam.", name=view.name)
    view.removed_at = None
    saved: ListView = save(view, user)
    return saved


def own(view: ListView, user: User) -> None:
    """Raises Refused when a view is somebody else's; a beheerder may tidy what is shared."""
    if view.owner_id != user.id and not (user.is_admin and view.shared != OWN):
        raise Refused("Alleen wie de weergave maakte kan die wijzigen.")


def begin_with(view: ListView, on: bool, user: User) -> None:
    """Let this user's list begin with a view, or no longer; twice the same does nothing."""
    default = db.session.get(DefaultView, (user.id, view.list_name))
    if on:
        default = default or DefaultView(user_id=user.id, list_name=view.list_name)
        default.view_id = view.id
        keep(default)
    elif default is not None and default.view_id == view.id:
        discard(default)


def put(record: Any, asked: Asked, user: User) -> None:
    """Write resolved values into one record that is saved afterwards. Raises Refused, and then it is as it was."""
    with db.session.no_autoflush:
        try:
            for edit, value in asked:
                edit.put(record, value, user)
        except Refused:
            db.session.expire(record)
            raise


def put_over(record: Any, asked: Asked, user: User, version: int | None) -> None:
    """The same over a version that was seen. Raises Conflict too, when somebody else changed what is written here."""
    put(record, asked, user)
    try:
        if fields := changed_fields(record):
            check_version(record, version, *fields)
    except Conflict:
        db.session.expire(record)
        raise


def save_rows(records: Sequence[Any], list_name: str, user: User) -> ListChange | None:
    """Save records that were written into, in one go, and remember what they were; None when nothing changed.

    Raises Refused, and then nothing is saved.
    """
    before = {one.id: {name: as_json(old) for name, (old, _new) in changed_fields(one).items()} for one in records}
    changing = [record for record in records if before[record.id]]
    if not changing:
        return None
    save_many(changing, user)
    rows = [{"id": one.id, "version": one.version, "old": before[one.id]} for one in changing]
    made = ListChange(list_name=list_name, user_id=user.id, rows=rows)
    keep(made)
    return made


def change_many(
    listed: RecordList, chosen: Mapping[int, int], asked: Asked, user: User, may: Callable[[Any], bool]
) -> Outcome:
    """Change ticked rows ({id: version as it was seen}) of which nobody else changed the same meanwhile and that `may`
    be changed.

    `asked` are edits with their resolved values. Rows that cannot be changed are left alone and named.
    Raises Refused when the house says no to the whole.
    """
    found, outcome = queries.held(listed.kind, chosen, user), Outcome()
    outcome.gone = len(chosen) - len(found)
    for record_id, record in found.items():
        name = queries.name_of(record)
        if not may(record):
            outcome.refused.append((name, said(N_("U mag dit niet wijzigen."))))
            continue
        try:
            put_over(record, asked, user, chosen[record_id])
        except Conflict:
            outcome.overtaken.append(name)
        except Refused as refusal:
            outcome.refused.append((name, str(refusal)))
        else:
            outcome.changed.append(record)
    outcome.change = save_rows(outcome.changed, listed.name, user)
    return outcome


def change_one(
    record: Any, edit: Edit, value: Any, user: User, listed: RecordList, version: int | None
) -> ListChange | None:
    """Change one cell of a record that is held; None when it was like this already. Raises Refused, Conflict."""
    put_over(record, [(edit, value)], user, version)
    return save_rows([record], listed.name, user)


def undo(made: ListChange, listed: RecordList, user: User) -> Outcome:
    """Put back what rows were before a change; where somebody changed the same since it stays as it is now. Raises
    Refused."""
    if made.undone_at:
        raise Refused("Dit is al ongedaan gemaakt.")
    versions = {row["id"]: row["version"] for row in made.rows}
    found, outcome = queries.held(listed.kind, versions, user), Outcome()
    outcome.gone = len(versions) - len(found)
    for row in made.rows:
        record = found.get(row["id"])
        if record is None:
            continue
        try:
            check_version(record, row["version"], *row["old"])
        except Conflict:
            outcome.overtaken.append(queries.name_of(record))
            continue
        for name, value in row["old"].items():
            setattr(record, name, from_json(value))
        outcome.changed.append(record)
    if outcome.changed:
        save_many(outcome.changed, user)
    made.undone_at = utcnow()
    keep(made)
    return outcome


def forget() -> None:
    """What was changed from a list, and views that were taken away, longer ago than a message with *Ongedaan maken* is
    looked at."""
    delete_many(db.session.scalars(select(ListView).where(ListView.removed_at < utcnow() - UNDO_FOR)).all(), None)
    commit()
    drop(select(ListChange).where(ListChange.at < utcnow() - UNDO_FOR))


def as_json(value: Any) -> Any:
    """A column's value as JSON keeps it: days and moments say what they are."""
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, dt.date) else value


def from_json(value: Any) -> Any:
    """What `as_json` was given."""
    if isinstance(value, dict) and "moment" in value:
        return dt.datetime.fromisoformat(value["moment"])
    return dt.date.fromisoformat(value["day"]) if isinstance(value, dict) and "day" in value else value

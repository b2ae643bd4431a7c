"""Questions about settings."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, event, false, func, select
from sqlalchemy.orm import Session

from crm.access import ADMIN
from crm.db import db
from crm.host import PluginError, by_name, hook, in_short, once_per_app
from crm.settings.models import Setting

T = TypeVar("T")
log = logging.getLogger(__name__)
STAMP = "stamp."
Definitions = dict[str, tuple[Any, Callable[[Any], Any]]]


def forms() -> list[Any]:
    """The form classes of rooms and plugins, in the order of the page."""

    def collect() -> list[Any]:
        found = by_name(hook.settings_forms, "card of settings", lambda form: form.room)
        return sorted(found.values(), key=lambda form: form.weight)

    return once_per_app("crm.settings_forms", collect)


def definitions() -> Definitions:
    """{key: (default, reader)} of every setting; asked once, at the start. Raises PluginError for a form that fails."""

    def collect() -> Definitions:
        found: Definitions = {}
        for form in forms():
            try:
                found |= form.definitions()
            except Exception as error:
                raise PluginError(f"the card of settings {form.room!r}: {in_short(error)}") from error
        return found

    return once_per_app("crm.settings", collect)


def setting(name: str) -> Any:
    """The value of "room.field" as its form's field gives it; one statement per request or job for all of them.

    Raises KeyError when no form holds it.
    """
    return all_values()[name]


def all_values() -> dict[str, Any]:
    """Every setting's value, the default unless the office changed it, and the stamps of `kept`."""
    values: dict[str, Any] | None = db.session.info.get("settings")
    if values is None:
        known = definitions()
        values = {key: default for key, (default, _) in known.items()}
        for key, value in db.session.execute(select(Setting.key, Setting.value)):
            try:
                values[key] = known[key][1](value) if key in known else value
            except (TypeError, ValueError, ArithmeticError):
                log.exception("the setting %s is kept as what it cannot be; its default holds", key)
        db.session.info["settings"] = values
    return values


def kept(name: str, read: Callable[[], T]) -> T:
    """What `read` gives, for what every page needs and an office rarely changes.

    A process keeps it until somebody commits an `operations.touch(name)`; whether that happened is seen in the
    settings, without a statement of its own. Only sessions that read fill what a process keeps: what they see can't be
    undone any more. The others keep it for themselves.
    """
    if not db.session.info.get("read"):
        own = db.session.info.setdefault("kept", {})
        if name not in own:
            own[name] = read()
        return own[name]
    stamp, held = all_values().get(STAMP + name), once_per_app("crm.kept", dict[str, tuple[Any, Any]])
    if name not in held or held[name][0] != stamp:
        held[name] = stamp, read()
    return held[name][1]


def forget_values() -> None:
    """Read the settings, and what is kept, anew when they are next asked for."""
    forget_undone(db.session())


@event.listens_for(db.session, "after_soft_rollback")
def forget_undone(session: Session, _transaction: object = None) -> None:
    """What was read may have been written by what is now undone."""
    session.info.pop("settings", None)
    session.info.pop("kept", None)


def values_of(room: str) -> dict[str, Any]:
    """{field: value} of one room's settings."""
    return {key.partition(".")[2]: setting(key) for key in definitions() if key.partition(".")[0] == room}


def version_of(room: str) -> int:
    """A number that grows with every change of this room's settings."""
    return db.session.scalar(select(func.coalesce(func.sum(Setting.version), 0)).where(in_room(room))) or 0


def versions() -> dict[str, dict[str, int]]:
    """{room: {field: its version}} of every setting that was changed, with one statement."""
    found: dict[str, dict[str, int]] = {}
    for key, version in db.session.execute(select(Setting.key, Setting.version)):
        room, _dot, name = key.partition(".")
        found.setdefault(room, {})[name] = version
    return found


def rows_of(room: str) -> Sequence[Setting]:
    """What the office changed of this room, last changed first."""
    return db.session.scalars(select(Setting).where(in_room(room)).order_by(Setting.updated_at.desc())).all()


def in_room(room: str) -> Any:
    """The condition for settings of one room."""
    return Setting.key.startswith(f"{room}.", autoescape=True)


def visible_settings(user: Any) -> Select[Setting]:
    """Settings, for a beheerder only."""
    query = select(Setting)
    return query if user.role == ADMIN else query.where(false())

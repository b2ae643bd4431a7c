"""What goes on a screen: small words for rooms and plugins, gathered and sorted here."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

from flask_login import current_user
from sqlalchemy import Select, select

from crm.db import db
from crm.host import apart, ask, ask_each, hook, timed
from crm.statements import KEPT

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MenuItem:
    """An entry in the bar; `children` fold out of its arrow. A `corner` one is a symbol at the top right instead.

    `badge` is a number (0 shows nothing) or a select of one; all those of the bar are asked in one statement.
    """

    label: str
    url: str
    icon: str
    weight: int = 50
    badge: int | Select[Any] = 0
    children: tuple["MenuItem", ...] = ()
    corner: bool = False


@dataclass(frozen=True)
class Panel:
    """A box on a page, drawn with `template`; `context` gives its variables and is only called when it is shown.

    `key` names it in addresses (`?tab=key`) and on the page. Lower weights come first. `given_by` is filled in here.
    """

    key: str
    title: str
    template: str
    context: Callable[[], dict[str, Any]] = field(default=dict)
    icon: str = ""
    weight: int = 50
    given_by: str = field(default="", compare=False)


@dataclass(frozen=True)
class Action:
    """A button at the top of a record; `primary` says that it is the next sensible one as things stand.

    Of those that say so the lightest is filled and stands first. POST actions are small forms.
    """

    label: str
    url: str
    icon: str = ""
    method: str = "get"
    weight: int = 50
    primary: bool = False
    confirm: str = ""


@dataclass(frozen=True)
class PreparationItem:
    """One thing that must be in before the talk. `key` is stable; `by_hand` lets a user tick it off."""

    key: str
    title: str
    done: bool
    detail: str = ""
    by_hand: bool = False


@dataclass(frozen=True)
class DocumentNote:
    """A line beside a document in a list, as a link."""

    text: str
    url: str
    icon: str = ""


@dataclass(frozen=True)
class AppointmentOption:
    """A tick on the form of an appointment; `apply(appointment, user)` runs in the same transaction when it is set."""

    key: str
    label: str
    apply: Callable[[Any, Any], None]
    preselected: bool = False


@dataclass(frozen=True)
class Highlight:
    """One fact under a record's title: text, and a link when there is somewhere to go."""

    label: str
    text: str
    url: str = ""
    missing: bool = False


@dataclass(frozen=True)
class Step:
    """One step of a status path: `state` is done, now or later."""

    label: str
    state: str


def menu(user: Any) -> list[MenuItem]:
    """The bar for this user."""
    return counted(sorted(ask(hook.menu_items, user=user), key=lambda item: item.weight))


def counted(items: list[MenuItem]) -> list[MenuItem]:
    """The same entries with their badges counted, in one statement; one that cannot be counted shows none."""
    asked = [item.badge for item in items if isinstance(item.badge, Select)]
    if not asked:
        return items
    try:
        with apart():
            numbers = iter(db.session.execute(together(*asked)).one())
    except Exception:
        log.exception("the badges of the bar could not be counted together")
        numbers = iter([count(item) for item in items if isinstance(item.badge, Select)])
    return [replace(item, badge=next(numbers)) if isinstance(item.badge, Select) else item for item in items]


def count(item: MenuItem) -> int:
    """The badge of one entry; 0 when it cannot be counted."""
    try:
        with apart():
            return int(db.session.scalar(select(item.badge.scalar_subquery())) or 0)  # type: ignore[union-attr]
    except Exception:
        log.exception("the badge of %s could not be counted", item.url)
        return 0


@lru_cache(KEPT)
def together(*badges: Select[int]) -> Select[Any]:
    """One statement that asks them all; kept as long as the badges are the same statements (`prepared`)."""
    return select(*(badge.scalar_subquery() for badge in badges))


def menu_keys(items: list[MenuItem]) -> dict[str, str]:
    """The letter that leads, after `g`, to each entry of the bar: the first of its label that is still free."""
    keys: dict[str, str] = {}
    for item in items:
        if item.corner:
            continue
        free = (letter for letter in item.label.lower() if letter.isalpha() and letter not in keys.values())
        keys[item.label] = next(free, "")
    return keys


def account_items() -> list[MenuItem]:
    """What folds out of the user's own picture."""
    return sorted(ask(hook.account_items, user=current_user), key=lambda item: item.weight)


def field_attributes(field: Any, hint: str, more: dict[str, Any]) -> dict[str, Any]:
    """Attributes of a form field's element: its look, and its hint and errors for screen readers."""
    look = "form-select" if field.type == "SelectField" else "form-control"
    about = [f"{field.id}-hint"] if hint else []
    attributes = {"class": look, **more}
    if field.errors:
        attributes["class"] += " is-invalid"
        attributes["aria-invalid"] = "true"
        about.append(f"{field.id}-error")
    if getattr(field, "locked", ""):
        about.append(f"{field.id}-locked")
    if about:
        attributes["aria-describedby"] = " ".join(about)
    return attributes


def panels(subject: Any, user: Any, place: str) -> list[Panel]:
    """The boxes for this place, lightest first."""
    given = ask_each(hook.panels, subject=subject, user=user, place=place)
    return sorted((replace(panel, given_by=plugin) for plugin, panel in given), key=lambda panel: panel.weight)


def drawn(panel: Panel, draw: Callable[..., T], instead: Callable[[], T]) -> T:
    """A box as `draw(template, **context)` gives it; when that fails it is logged, and what is there `instead`."""
    try:
        with apart(), timed(f"panels ({panel.key})", panel.given_by):
            return draw(panel.template, **panel.context())
    except Exception:
        log.exception("panels of %s failed: %s could not be drawn", panel.given_by, panel.key)
        return instead()


def actions(subject: Any, user: Any) -> list[Action]:
    """The buttons for this record: the next sensible one, the only one that is filled, then the others, lightest first.

    At most five are shown, the rest fold away.
    """
    found = sorted(ask(hook.actions, subject=subject, user=user), key=lambda action: action.weight)
    first = next((action for action in found if action.primary), None)
    others = [replace(action, primary=False) for action in found if action is not first]
    return [first, *others] if first else others


@dataclass
class RecordPage:
    """All that `record.html` needs to draw the page of any record."""

    subject: Any
    user: Any
    title: str
    kicker: str
    icon: str
    highlights: list[Highlight]
    path: list[Step] = field(default_factory=list)
    tab: str = ""

    def __post_init__(self) -> None:
        self.actions = actions(self.subject, self.user)
        self.tabs = panels(self.subject, self.user, "tab")
        self.side = panels(self.subject, self.user, "side")
        self.open_tab = next((tab for tab in self.tabs if tab.key == self.tab), self.tabs[0] if self.tabs else None)

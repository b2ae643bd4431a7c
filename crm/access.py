"""Who may do what: the names of permissions, and the one question about them."""

import logging
from dataclasses import dataclass
from typing import Any

from flask import current_app

from crm.host import by_name, hook, tell
from crm.texts import gettext as _

log = logging.getLogger(__name__)

ASSISTANT, ADVISER, ADMIN = "assistant", "adviser", "admin"
ROLES = (ASSISTANT, ADVISER, ADMIN)


@dataclass(frozen=True)
class Permission:
    """Something one may do; `roles` may do it unless a plugin says otherwise."""

    name: str
    title: str
    roles: tuple[str, ...] = ROLES


def load_permissions() -> dict[str, Permission]:
    """Every permission by name; asked once, at the start."""
    return by_name(hook.permissions, "permission", lambda permission: permission.name)


def permissions() -> dict[str, Permission]:
    """Every permission by name."""
    found: dict[str, Permission] = current_app.extensions["crm.permissions"]
    return found


def allowed(user: Any, permission: str, subject: Any = None) -> bool:
    """May this user do this? One False is no, else one True is yes, else no; an answer that fails is no.

    Raises KeyError when no room or plugin knows the permission.
    """
    asked = permissions()[permission]
    if user is None or not user.is_authenticated:
        return False
    try:
        answers = tell(hook.allowed, user=user, permission=asked, subject=subject)
    except Exception:
        log.exception("a plugin failed on permission %s", permission)
        return False
    return False not in answers and True in answers


def role_name(role: str) -> str:
    """What a role is called on the screen."""
    return {ASSISTANT: _("Assistent"), ADVISER: _("Adviseur"), ADMIN: _("Beheerder")}.get(role, role)

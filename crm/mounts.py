"""Applications beside the CRM: each with an address of its own below the CRM's, and tables of its own."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from crm import assets
from crm.host import by_name, config, hook


@dataclass(frozen=True)
class Mount:
    """An application at a path (`/kluis`), as people call it.

    `upgrade` brings its own database up to date and `is_behind` says whether that is needed; both are called within
    its own app context.
    """

    name: str
    path: str
    app: Flask
    upgrade: Callable[[], None]
    is_behind: Callable[[], bool]


def mounts() -> list[Mount]:
    """Every application beside this one."""
    found: list[Mount] = current_app.extensions["crm.mounts"]
    return found


def mount_key(path: str, secret: str = "") -> str:
    """The secret that the CRM and an application mounted at this path share; it follows from SECRET_KEY."""
    key = secret or str(config("SECRET_KEY"))
    return hmac.new(key.encode(), f"mounted at {path}".encode(), hashlib.sha256).hexdigest()


def init_app(app: Flask) -> None:
    """Put every application that rooms and plugins bring beside this one. Needs the app context. Raises PluginError
    for two at one path."""
    brought = by_name(hook.mounts, "mount", lambda mount: mount.path.strip("/"), settings=app.config)
    app.extensions["crm.mounts"] = found = list(brought.values())
    if found:
        beside = {mount.path: served(mount.app, app) for mount in found}
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, beside)  # type: ignore[method-assign]


def served(mounted: Flask, app: Flask) -> Callable[..., Any]:
    """A mounted application with its static files from disk, as those of the CRM are."""
    return mounted.wsgi_app if app.testing else assets.serve(mounted.wsgi_app, autorefresh=app.debug)


def upgrade() -> None:
    """Bring the tables of every mounted application up to date."""
    for mount in mounts():
        with mount.app.app_context():
            mount.upgrade()


def behind() -> list[str]:
    """Mounted applications whose tables are not those of this version."""
    found = []
    for mount in mounts():
        with mount.app.app_context():
            if mount.is_behind():
                found.append(mount.name)
    return found

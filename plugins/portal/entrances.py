"""Whom each page of the portal is for: who is logged in, the CRM, or everybody. What does not say so is not served."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from crm.furniture import from_elsewhere, public

View = TypeVar("View", bound=Callable[..., Any])
Keeper = Callable[[], Response | None]  # lets a request in, or answers it


def inside(view: View) -> View:
    """Mark a page for who is logged in."""
    return marked(view, "inside")


def for_office(view: View) -> View:
    """Mark a call of the CRM, which comes with a key and never with a session."""
    return marked(from_elsewhere(public(view)), "office")


def for_everybody(view: View) -> View:
    """Mark a page that needs no log-in."""
    return marked(public(view), "everybody")


def marked(view: View, entrance: str) -> View:
    view.entrance = entrance  # type: ignore[attr-defined]
    return view


def is_file_of_ours(endpoint: str) -> bool:
    """True for style sheets and scripts, which are no secret."""
    return endpoint == "static" or endpoint.endswith(".static")


def init_app(app: Flask, **keepers: Keeper) -> None:
    """Ask the keeper of each page's entrance before the page. A page that came without one fails, and stays shut."""

    def come_in() -> Response | None:
        endpoint = request.endpoint
        if endpoint is None or is_file_of_ours(endpoint):
            return None
        view: Any = current_app.view_functions[endpoint]
        return doors[view.entrance]()

    doors: dict[str, Keeper] = {"everybody": lambda: None, **keepers}
    app.extensions["portal.entrances"] = set(doors)
    app.before_request(come_in)


def check_views(app: Flask) -> None:
    """Raises LookupError for a page that does not say whom it is for."""
    for endpoint, view in app.view_functions.items():
        said = getattr(view, "entrance", None)
        if said not in app.extensions["portal.entrances"] and not is_file_of_ours(endpoint):
            raise LookupError(f"the page {endpoint} says neither inside, for_office nor for_everybody")

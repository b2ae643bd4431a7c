"""What the windows of this room share: the blueprint, reading an address, showing a value."""

import datetime as dt
from typing import Any

from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from crm import records
from crm.activities.models import Appointment, Task
from crm.formats import sent_moment

pages = Blueprint("activities", __name__)
Answer = str | Response | tuple[str, int]
SLOTS = 6


def is_fragment() -> bool:
    """True when htmx asks for a part of a page."""
    return "HX-Request" in request.headers


def subject_of(row: Appointment | Task) -> Any | None:
    """What this is about, as far as this user may see it."""
    return records.find(row.subject_ref, current_user)


def moment_of(text: str) -> dt.datetime | None:
    """An aware moment from an address; None when it is none."""
    try:
        return sent_moment(text)
    except ValueError:
        return None


def mail_url(appointment: Appointment, purpose: str) -> str:
    """Where this mail is composed; empty when nobody in the house composes mail or there is nobody to mail."""
    if "mail.compose" not in current_app.view_functions or appointment.subject_ref is None:
        return ""
    kind, record_id = appointment.subject_ref
    return url_for("mail.compose", kind=kind, id=record_id, purpose=purpose, appointment=appointment.id)


def is_local(address: str) -> bool:
    """True for an address within this site."""
    return address.startswith("/") and not address.startswith(("//", "/\\"))


def show_message(template: str, category: str = "message", **context: Any) -> None:
    """A message with links in it, from a template of ours (which escapes what people typed)."""
    flash(Markup(render_template(template, **context)), category)  # noqa: S704

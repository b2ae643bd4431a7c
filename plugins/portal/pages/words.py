"""What pages say, in the form of address of who reads it."""

from typing import Any

from markupsafe import Markup

from crm.furniture import gettext
from plugins.portal.doors.sessions import visitor


def translate(text: str, /, **values: Any) -> Markup:
    """`_` of the templates: the text in the visitor's language, with its values escaped."""
    said = Markup(gettext(text))  # noqa: S704 (our own texts)
    return said % values if values else said


def say(formal: Markup, informal: Markup, /, form: str = "", **values: Any) -> Markup:
    """Of one text in two forms of address that of who is logged in, or of the given `form` (u, jij)."""
    who = visitor() if not form else None
    chosen = informal if (form or (who.contact.form if who else "u")) == "jij" else formal
    return chosen % values if values else chosen

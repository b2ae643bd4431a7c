"""Pages that say what went wrong and what to do."""

from flask import Flask, Response, render_template
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from crm.furniture import Refused, rollback
from plugins.portal.protocol import problems


def register(app: Flask) -> None:
    """An answer to everything that goes wrong: a problem to the CRM, a page to clients."""
    for kind in (HTTPException, 500, Refused, ValidationError, problems.Problem):
        app.register_error_handler(kind, show)


def show(error: Exception) -> Response | tuple[str, int]:
    """What happened, in words for who only wanted to send a document."""
    code = problems.of(error).status
    if code >= 500:
        rollback()
    if problems.is_call():
        return problems.show(error)
    return render_template("portal/error.html", code=code), code

"""Pages that say what went wrong and what to do."""

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from crm.furniture import rollback


def register(app: Flask) -> None:
    """A page for everything that goes wrong outside the protocol."""
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(500, show)


def show(error: HTTPException) -> tuple[str, int]:
    """What happened, in words for who only wanted to send a document."""
    code = error.code or 500
    if code >= 500:
        rollback()
    return render_template("portal/error.html", code=code), code

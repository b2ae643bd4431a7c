"""/dev/mail: what the development sink kept. Only where MAIL_SINK is on, and only for someone at this machine or a
beheerder."""

from flask import Response, abort, current_app, render_template, request
from flask_login import current_user

from crm import sink
from crm.access import allowed
from crm.mail import letter
from crm.mail.views import framed, pages
from crm.web import public

LOCAL = {"127.0.0.1", "::1"}
LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}
NEWEST = 50


def folder_or_404() -> object:
    """Where the sink keeps mail; 404 without a sink, and for strangers."""
    here = request.remote_addr in LOCAL and "X-Forwarded-For" not in request.headers
    here = here and request.host.rpartition(":")[0 if ":" in request.host else 2] in LOCAL_NAMES
    if not current_app.config["MAIL_SINK"] or not (here or allowed(current_user, "mail.office_templates")):
        abort(404)
    return current_app.config["DATA"] / "mail"


def kept_or_404(name: str) -> sink.Kept:
    """One message of the sink."""
    try:
        return sink.read(folder_or_404(), name)  # type: ignore[arg-type]
    except FileNotFoundError:
        abort(404)


@pages.get("/dev/mail")
@public
def sink_list() -> str:
    """What came in, newest first."""
    return render_template("mail/sink.html", kept=sink.messages(folder_or_404(), NEWEST))  # type: ignore[arg-type]


@pages.get("/dev/mail/<name>")
@public
def sink_message(name: str) -> str:
    """One message: headers, text, calendar."""
    kept = kept_or_404(name)
    return render_template("mail/sink_message.html", kept=kept, parts=letter.take_apart(kept.message.as_bytes()))


@pages.get("/dev/mail/<name>/html")
@public
def sink_html(name: str) -> Response:
    """The HTML part, for the frame."""
    return framed(letter.take_apart(kept_or_404(name).message.as_bytes()).html)


@pages.get("/dev/mail/<name>/raw")
@public
def sink_raw(name: str) -> Response:
    """The file as it was kept."""
    folder = folder_or_404()
    kept_or_404(name)
    response = Response((folder / name).read_bytes(), mimetype="message/rfc822")  # type: ignore[operator]
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

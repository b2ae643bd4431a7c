"""How a request begins and ends: who may come in, one transaction, once per form, safe headers."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from crm import access, records
from crm.db import Base, db, utcnow
from crm.forms import begin_anew
from crm.texts import gettext as _

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])

READING = {"GET", "HEAD", "OPTIONS"}
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
)


class Submission(Base):
    """A form that was sent once: a second click on the same form is led to the first one's answer."""

    __tablename__ = "submissions"

    token: Mapped[str] = mapped_column(primary_key=True)
    location: Mapped[str] = mapped_column(default="")
    at: Mapped[dt.datetime] = mapped_column(default=utcnow, index=True)


def requires(permission: str, *, writes_on_get: bool = False, in_background: bool = False) -> Callable[[View], View]:
    """Mark a view: logged in and allowed `permission`. `writes_on_get` opens the write engine for a GET.

    `in_background` is for what a page asks by itself: it does not keep a session alive.
    """

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        view.writes_on_get = writes_on_get  # type: ignore[attr-defined]
        view.in_background = in_background  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view that needs no log-in."""
    view.permission = None  # type: ignore[attr-defined]
    return view


def from_elsewhere(view: View) -> View:
    """Mark a view that other sites and programs may post to (a public form, the API): no check of where it came from.

    Such a view must not act on the strength of a session. Goes nearest to the function, under the route.
    """
    view.from_elsewhere = True  # type: ignore[attr-defined]
    return view


def counts_itself(view: View) -> View:
    """Mark a view that takes the bytes of files, and itself stops at too many. It begins reading, and says
    `begin_writing` before it looks at the first byte: a slow line holds no lock."""
    view.counts_itself = True  # type: ignore[attr-defined]
    return view


def scope(name: str) -> Callable[[View], View]:
    """Mark a view of the API: it lets in a token that is good for `name` (crm/api/doorway.py), never a session."""

    def mark(view: View) -> View:
        view.scope = name  # type: ignore[attr-defined]
        return from_elsewhere(public(view))

    return mark


def say(
    text: str, url: str = "", label: str = "", until: dt.datetime | None = None, after: str = "",
    category: str = "message",
) -> None:  # fmt: skip
    """Tell the user something on the next page, with a button that posts to `url` when given.

    With `until` (aware) the button is *Ongedaan maken*: it counts down to that moment and then says `after`.
    """
    said = {"text": text, "url": url, "label": label, "until": until, "after": after}
    flash(said if url else text, category)  # type: ignore[arg-type]


def say_no(refusal: records.Refused, category: str = "error") -> None:
    """Tell the user on the next page why nothing was done: what was written before the refusal goes."""
    begin_anew()
    flash(str(refusal), category)


def address_with(**changes: Any) -> str:
    """This page's own address with other query arguments; None takes one out."""
    query = request.args.to_dict(flat=False) | {name: [value] for name, value in changes.items()}
    kept = [(name, value) for name, values in query.items() for value in values if value is not None]
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def get_or_404(kind: str, record_id: int) -> Any:
    """The record, if this user may see it; else 404, also when it exists."""
    record = records.find((kind, record_id), current_user)
    if record is None:
        abort(404)
    return record


def subject_or_404(kind: str, record_id: int) -> Any:
    """The record people write, mail and plan about, if this user may see it; else 404."""
    if not (known := records.kinds().get(kind)) or not known.has_feed:
        abort(404)
    return get_or_404(kind, record_id)


def go(record: Any, **query: Any) -> AnyResponse:
    """Lead the browser to a record's page."""
    return redirect(url_of(record, **query))


def url_of(record: Any, **query: Any) -> str:
    """The address of a record's page. A page has dozens: how those of one kind begin is asked of the router once."""
    starts = g.setdefault("starts_of_addresses", {})
    if record.kind not in starts:
        starts[record.kind] = start_of_addresses(record.kind)
    if starts[record.kind] and not query:
        return f"{starts[record.kind]}{record.id}"
    endpoint = records.kinds()[record.kind].endpoint
    return url_for(endpoint, id=record.id, **query) if endpoint else url_for("start.home")


def start_of_addresses(kind: str) -> str:
    """What comes before the id in the address of a record of this kind; empty when more comes after it, or no page."""
    endpoint = records.kinds()[kind].endpoint
    address = url_for(endpoint, id=0) if endpoint else ""
    return address.removesuffix("0") if address.endswith("/0") else ""


def base_url() -> str:
    """The address of the CRM for someone outside, for jobs too; empty when the office gave none."""
    return str(current_app.config["BASE_URL"]).rstrip("/")


def outside_url(endpoint: str, **values: Any) -> str:
    """A whole address for someone outside: of BASE_URL where the office gave one, never of a forged Host header."""
    base = base_url()
    return base + url_for(endpoint, **values) if base else url_for(endpoint, **values, _external=True)


def init_app(app: Flask) -> None:
    """Hang the request's beginning and end on the app. Must come before other `after_request`s: the first runs last."""
    app.after_request(end_transaction)
    app.after_request(add_headers)
    app.before_request(refuse_other_sites)
    app.before_request(choose_engine)
    app.before_request(check_access)
    app.before_request(once_per_form)
    app.teardown_request(drop_unfinished)
    for code in (400, 403, 404, 405, 408, 413, 429, 500):
        app.register_error_handler(code, show_error)
    app.register_error_handler(records.Refused, show_refusal)
    app.register_error_handler(StaleDataError, show_stale)
    app.register_error_handler(IntegrityError, show_repeat)


def check_views(app: Flask) -> None:
    """Raises LookupError for a page that says neither what it requires nor that it is public."""
    known = app.extensions["crm.permissions"]
    for endpoint, view in app.view_functions.items():
        if not hasattr(view, "permission"):
            if endpoint == "static" or endpoint.endswith(".static"):
                continue
            raise LookupError(f"the page {endpoint} says neither requires(...) nor public")
        if view.permission is not None and view.permission not in known:
            raise LookupError(f"the page {endpoint} requires {view.permission!r}, which no one declares")


def open_to_others(app: Flask) -> None:
    """Let go of the CSRF check for the views marked `from_elsewhere`."""
    for view in app.view_functions.values():
        if getattr(view, "from_elsewhere", False):
            app.extensions["csrf"].exempt(view)


def view_of_request() -> Any:
    return current_app.view_functions.get(request.endpoint or "")


def in_background() -> bool:
    """Does a page ask this by itself?"""
    return bool(getattr(view_of_request(), "in_background", False))


def refuse_other_sites() -> None:
    """A browser says which site a request comes from (Sec-Fetch-Site): nothing is changed for another one.

    Beside the CSRF token, and also where there is no session yet, such as the log-in form.
    """
    if request.method in READING or getattr(view_of_request(), "from_elsewhere", False):
        return
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        abort(403)


def choose_engine() -> None:
    """A GET reads, and fails on both databases when it tries to write."""
    view = view_of_request()
    writes = request.method not in READING or getattr(view, "writes_on_get", False)
    db.session.info["read"] = not writes or getattr(view, "counts_itself", False)


def end_reading() -> None:
    """End the transaction in which a view marked `counts_itself` has read."""
    records.commit()


def begin_writing() -> None:
    """As `end_reading`; the next transaction writes."""
    end_reading()
    db.session.info["read"] = False


def begin_writing_at_once() -> None:
    """After a request's own transaction: the next one writes if nobody else does. Raises sqlalchemy's OperationalError
    instead of waiting on SQLite, which lets in one writer."""
    records.rollback()
    db.session.info["read"] = False
    db.session.connection(execution_options={"at_once": True})


def is_part() -> bool:
    """True when a script asks, htmx or our own: its answer goes into a page that is being worked on."""
    return "HX-Request" in request.headers or request.headers.get("Sec-Fetch-Dest") == "empty"


def check_access() -> AnyResponse | None:
    """To the log-in page, or 403, unless this view lets this user in; for a part of a page 401 alone."""
    permission = getattr(view_of_request(), "permission", None)
    if permission is None:
        return None
    if not current_user.is_authenticated:
        if is_part():
            return Response(status=401, headers={"HX-Reswap": "none"})  # forms.js says so; the page stays as it is
        if request.method in READING:
            return redirect(url_for("accounts.login", next=request.full_path.rstrip("?")))
        answer: AnyResponse = current_app.extensions["crm.log_in_again"]()
        return answer
    if not access.allowed(current_user, permission):
        abort(403)
    return None


def sending() -> str:
    """The name of this sending of a form, as long as it is kept; empty when it has none."""
    return request.form.get("once", "")[:64]


def once_per_form() -> AnyResponse | None:
    """What answers a form that was already sent; a view marked `counts_itself` asks for it when it writes."""
    if request.method != "POST" or getattr(view_of_request(), "counts_itself", False):
        return None
    return answer_of_first()


def answer_of_first() -> AnyResponse | None:
    """A form that was already sent is led to what its first sending led to; the row makes a racing one wait."""
    token = sending()
    if not token:
        return None
    earlier = db.session.get(Submission, token)
    if earlier is not None:
        return lead_after(earlier)
    g.submission = Submission(token=token)
    records.keep(g.submission)
    return None


def shown_once() -> None:
    """Keep the name of this sending although its answer is a page: what was made is shown there, and never again."""
    g.shown_once = True


def lead_after(earlier: Submission) -> AnyResponse:
    """To where the first sending led; of what was shown once, to the page of the form."""
    if not earlier.location:
        flash(
            _("Dit was al verstuurd en is één keer gedaan. Wat u dan eenmaal te zien krijgt, komt niet terug: "
              "hebt u het niet, trek dit dan in en maak een nieuw."), "warning",
        )  # fmt: skip
    return redirect(earlier.location or request.path)


def end_transaction(response: Response) -> Response:
    """Commit what went well, drop the rest. Runs last.

    What only read is committed too: after a rollback psycopg forgets its prepared statements, and PostgreSQL plans
    every query of the next page anew. What cannot be committed is answered as if the view had failed.
    """
    if response.status_code >= 400 and not g.pop("commit_anyway", False):
        records.rollback()
        return response
    try:
        settle(response)
    except SQLAlchemyError as error:
        records.rollback()
        return add_headers(current_app.make_response(current_app.handle_user_exception(error)))
    return response


def settle(response: Response) -> None:
    """Note where a form led to, and commit."""
    submission = g.pop("submission", None)
    if submission is not None:
        if response.status_code not in (302, 303) and not g.pop("shown_once", False):
            if submission in db.session:  # not undone meanwhile
                records.discard(submission)
        else:
            submission.location = response.location or ""
            records.keep(submission)
    records.commit(last=db.session.info.get("read", False))


def commit_anyway() -> None:
    """Keep what this request writes although its answer is an error: a counted attempt, a refused call."""
    g.commit_anyway = True


def drop_unfinished(_error: BaseException | None) -> None:
    records.rollback()


def error_page(template: str, code: int, **context: Any) -> tuple[str, int, dict[str, str]]:
    """A page that says what happened; a part of a page (htmx) gets it above what is there, which stays."""
    if request.headers.get("HX-Request"):
        fragment = render_template("errors/_fragment.html", page=template, **context)
        return fragment, code, {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"}
    return render_template(template, **context), code, {}


def show_refusal(error: records.Refused) -> tuple[str, int, dict[str, str]]:
    """A rule said no and the view did not show it beside the form itself."""
    return error_page("errors/refused.html", 409, message=str(error))


def show_error(error: HTTPException) -> tuple[str, int, dict[str, str]]:
    """A page that says what happened and what to do."""
    code = error.code or 500
    if isinstance(error, SecurityError):  # a Host that is not ours: no address of ours can be made for it
        return _("Dit adres is niet van dit kantoor."), code, {"Content-Type": "text/plain; charset=utf-8"}
    if code == 403:
        user_id = getattr(current_user, "id", None)
        log.warning("%s %s refused to user %s", request.method, request.endpoint, user_id)
    if code == 500:  # the language of the page may still be asked of a database that gave up
        records.rollback()
    return error_page(f"errors/{code}.html", code)


def show_stale(_error: StaleDataError) -> tuple[str, int, dict[str, str]]:
    records.rollback()
    return show_refusal(records.Refused(_("Iemand anders heeft dit op hetzelfde moment gewijzigd.")))


def show_repeat(error: IntegrityError) -> AnyResponse:
    """The same form sent twice at the same moment: follow the first; anything else is a fault of ours."""
    records.rollback()
    g.pop("submission", None)
    token = sending()
    earlier = db.session.get(Submission, token) if token else None
    if earlier is None:
        raise error
    return lead_after(earlier)


def add_headers(response: Response) -> Response:
    """No script or style but our own, no framing, no sniffing, no referrer with what was searched."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY.format(ancestors="'none'"))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.mimetype in ("text/html", "application/json", "application/problem+json"):
        headers.setdefault("Cache-Control", "no-store")
    return response

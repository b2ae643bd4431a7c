"""Windows of accounts: logging in and out, in two steps for who wants or must."""

import json
import re
import secrets
import threading
import time
from typing import Any

from argon2 import PasswordHasher
from flask import (
    Blueprint,
    after_this_request,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import LoginManager, current_user, login_user, logout_user
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from crm import records
from crm.accounts import attempts, operations, queries, second_factor, sessions
from crm.accounts.attempts import Place, network_of
from crm.accounts.forms import CodeForm, LoginForm, NewPasswordForm, TypedForm
from crm.accounts.models import User
from crm.db import utcnow
from crm.records import Refused
from crm.texts import gettext as _
from crm.web import begin_writing_at_once, commit_anyway, in_background, public, requires

Page = str | Response | tuple[str, int]
Answer = str | Response

pages = Blueprint("accounts", __name__)
logins = LoginManager()
NOT_KEPT = {"csrf_token", "once"}  # a form's own, made anew when it is sent again
SECOND_STEP = 300  # seconds between the two steps of logging in
BROWSER = "browser"  # the cookie with the word of a browser in which somebody logged in
SLOW = 2  # seconds an answer takes for an account that many guess at
# No more answers than this wait at once, so that a guesser cannot keep every thread busy.
waiting = threading.BoundedSemaphore(2)


@pages.record_once
def hang_up_login_manager(state: Any) -> None:
    logins.init_app(state.app)
    logins.user_loader(user_of_session)
    state.app.extensions["crm.log_in_again"] = log_in_again


def user_of_session(session_id: str) -> User | None:
    """The user of the session in this cookie ("id.token"), unless it ended.

    Then the browser keeps who was here, and the token of his forms: what he was typing waits until he is back.
    """
    number, _dot, token = session_id.partition(".")
    found = queries.session_of(token)
    if found is None:
        empty_session("csrf_token")
        session["left"] = number
        return None
    if utcnow() - found.seen_at > sessions.SEEN_EVERY and not in_background():
        g.seen_session = found.id
    return found.user


@pages.teardown_app_request
def note_seen(_error: BaseException | None) -> None:
    """Note the click after the page, in a transaction of its own: a page that reads can't write, and must not wait for
    those who do. A click that could not be noted is noted with the next."""
    if "seen_session" not in g:
        return
    try:
        begin_writing_at_once()
        sessions.note_seen(g.pop("seen_session"))
        records.commit()
    except OperationalError:
        records.rollback()


def token_of_browser() -> str:
    """The token of the session in this browser's cookie; empty without one."""
    return str(session.get("_user_id", "")).partition(".")[2]


def empty_session(*kept: str) -> None:
    """Forget everything of this browser but what is named."""
    held = {name: session[name] for name in kept if name in session}
    session.clear()
    session.update(held)


def begin_session(user: User) -> None:
    """A fresh session for this user: nothing of the one before it is left.

    But who was here before in this browser keeps the token of his forms, so that pages still standing open work on.
    """
    sessions.end(token_of_browser())
    empty_session(*(["csrf_token"] if was_here(user) else []))
    login_user(user)
    token = sessions.begin(user, request.user_agent.string)
    session["_user_id"] = f"{user.id}.{token}"  # in place of who he is: that alone would never end


def was_here(user: User) -> bool:
    """True when it was this user whose session in this browser ended by itself."""
    return session.get("left") == str(user.id)


def passwords() -> PasswordHasher:
    """The hasher at this installation's cost."""
    return operations.hasher(current_app.config["ARGON2_MEMORY"], current_app.config["ARGON2_ROUNDS"])


def place() -> Place:
    """Where who asks is: his internet address, and the word of this browser if it is one of ours."""
    try:
        device = browsers().loads(request.cookies.get(BROWSER, ""))
    except BadData:
        device = ""
    return Place(network_of(request.remote_addr or ""), str(device))


def browsers() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="browser")


def place_with_word() -> Place:
    """The same, of a browser that gets a word when it has none: what others guess does not hinder it later."""
    here = place()
    if here.device:
        return here
    here = Place(here.network, secrets.token_urlsafe(16))

    @after_this_request
    def keep_word(response: Response) -> Response:
        response.set_cookie(
            BROWSER, browsers().dumps(here.device), max_age=attempts.KNOWN_LASTS, httponly=True, samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )  # fmt: skip
        return response

    return here


@pages.route("/login", methods=["GET", "POST"])
@public
def login() -> Page:
    form = LoginForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        try:
            wait_if_many_guess(form.email.data)
            user = operations.authenticate(form.email.data, form.password.data, place(), passwords())
        except Refused as refusal:
            form.password.errors = [str(refusal)]
        else:
            if user:
                return second_step(user, form)
            commit_anyway()
            form.password.errors = [_("E-mailadres of wachtwoord klopt niet.")]
    return render_template("accounts/login.html", form=form), 422 if form.errors else 200


def wait_if_many_guess(email: str) -> None:
    """Count the attempt, and answer later when many guess at this account. Raises Refused when this place must wait, or
    too many answers wait already.

    Counted in a transaction of its own: before the work and whatever becomes of it, and nobody waits for the work.
    """
    records.rollback()
    slow = attempts.take_login(email, place())
    records.commit()
    if not slow:
        return
    if not waiting.acquire(blocking=False):
        raise Refused("Er wordt nu te vaak geprobeerd in te loggen. Probeer het over enkele seconden opnieuw.")
    try:
        time.sleep(SLOW)
    finally:
        waiting.release()


def log_in_again() -> Response:
    """What a form gets whose session ended meanwhile: logging in first, with what was typed carried along.

    Only for who was here before in this browser; files do not travel, and passwords never do.
    """
    if not session.get("left"):
        flash(_("Log eerst in."), "warning")
        return redirect(url_for("accounts.login"))
    typed = [pair for pair in request.form.items(multi=True) if pair[0] not in NOT_KEPT and "password" not in pair[0]]
    form = LoginForm(formdata=None, typed=json.dumps(typed), typed_at=request.full_path.rstrip("?"))
    return make_response(render_template("accounts/login.html", form=form), 401)


def second_step(user: User, form: LoginForm) -> Answer:
    """In at once, or to the page that asks for the code of the telephone."""
    if not user.has_second_factor:
        return let_in(user, form.next.data, form)
    sessions.end(token_of_browser())
    empty_session("left", "csrf_token")
    session["half"] = {"user": user.get_id(), "next": form.next.data, "at": int(time.time())}
    if not form.typed.data:
        return redirect(url_for("accounts.code"))
    code = CodeForm(formdata=None, typed=form.typed.data, typed_at=form.typed_at.data)
    return render_template("accounts/code.html", form=code)


def half_in() -> User | None:
    """Who gave the right password a moment ago and has the code still to give."""
    half = session.get("half")
    if not half or time.time() - half["at"] > SECOND_STEP:
        return None
    return queries.by_identity(half["user"])


@pages.route("/login/code", methods=["GET", "POST"])
@public
def code() -> Page:
    user = half_in()
    if user is None:
        flash(_("Begin opnieuw met uw e-mailadres en wachtwoord."), "warning")
        return redirect(url_for("accounts.login"))
    form = CodeForm()
    if form.validate_on_submit():
        try:
            fits = second_factor.check_code(user, form.code.data, place())
        except Refused as refusal:
            form.code.errors = [str(refusal)]
        else:
            if fits:
                return let_in(user, session["half"]["next"], form)
            commit_anyway()
            form.code.errors = [_("Deze code klopt niet, of is al gebruikt. Neem de nieuwste.")]
    return render_template("accounts/code.html", form=form), 422 if form.errors else 200


def let_in(user: User, target: str, form: TypedForm) -> Answer:
    """A fresh session for this user, then to where he was going, or back to what he was saving."""
    known = was_here(user)
    operations.note_login(user, place_with_word())
    begin_session(user)
    if form.typed.data and known and is_ours(form.typed_at.data):
        typed = json.loads(form.typed.data)
        return render_template("accounts/go_on.html", typed=typed, typed_at=form.typed_at.data)
    return redirect(target if is_ours(target) else url_for("start.home"))


@pages.get("/login/again")
@requires("account.own")
def logged_in_again() -> str:
    """After logging in beside a page on which one was working: back to that page."""
    return render_template("accounts/logged_in_again.html")


def is_ours(target: str) -> bool:
    """True for an address within this site. Browsers and servers drop or turn the characters that are refused here."""
    return target.startswith("/") and not target.startswith("//") and not re.search(r"[\x00-\x20\\]", target)


@pages.route("/logout", methods=["POST"])
@public
def logout() -> Response:
    if current_user.is_authenticated:
        records.note("login", current_user.id, "logout", current_user)
    sessions.end(token_of_browser())
    logout_user()
    session.clear()
    response = redirect(url_for("accounts.login"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@pages.route("/password/<word>", methods=["GET", "POST"])
@public
def choose_password(word: str) -> Page:
    """Behind the one-time link of the beheerder: choose a password, and be let in."""
    user = operations.user_of_word(word)
    if user is None:
        return render_template("accounts/old_link.html"), 404
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            operations.choose_password(word, form.password.data, passwords())
        except Refused as refusal:
            form.password.errors = [str(refusal)]
        else:
            flash(_("Uw wachtwoord is ingesteld. Log ermee in."))
            return redirect(url_for("accounts.login"))
    return render_template("accounts/choose_password.html", form=form, user=user), 422 if form.errors else 200


@pages.before_app_request
def oblige_second_factor() -> Response | None:
    """Where the office asks a second factor of everyone, who has none sets it up before anything else."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "permission", None) in (None, "account.own") or current_user.has_second_factor:
        return None
    if not queries.second_factor_is_asked():
        return None
    flash(_("Uw kantoor vraagt een tweede factor. Stel die eerst in."), "warning")
    return redirect(url_for("accounts.second_factor"))

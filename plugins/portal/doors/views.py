"""Windows of doors: accepting an invitation, logging in, going out."""

from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from crm.furniture import NoAddress, Refused, commit, commit_anyway, config, email, rollback, utcnow
from crm.furniture import gettext as _
from plugins.portal.doors import limits, operations, passwords, queries, sessions
from plugins.portal.doors.forms import CodeForm, LogInForm, NewMailForm, PasswordForm, PlainForm
from plugins.portal.doors.models import Account
from plugins.portal.doors.operations import ACTIVATION, LOG_IN
from plugins.portal.entrances import for_everybody, inside
from plugins.portal.office.queries import office
from plugins.portal.sms import sending

pages = Blueprint("doors", __name__)
Page = str | Response | tuple[str, int]


def text_of(code: str) -> str:
    """The text message with a code; phones read its last line, and fill the code in on our own page only."""
    host = urlsplit(config("KLUIS_URL")).hostname or request.host.partition(":")[0]
    said = _("%(code)s is uw code voor %(office)s. Deel deze nooit.", code=code, office=office().name)
    return f"{said}\n\n@{host} #{code}"


def send_code(account: Account, purpose: str) -> str:
    """Send a new code to the account's own number; gives what went wrong, empty when it is on its way.

    The text message goes out after the commit: no transaction is open meanwhile.
    """
    mobile = queries.contact(account).mobile
    try:
        text = text_of(operations.new_code(account.vault_id, purpose, sessions.browser()))
        limits.take_message(mobile)
    except Refused as refusal:
        rollback()
        return str(refusal)
    commit()
    try:
        sending.send(mobile, text)
    except sending.NotSent:
        return _("De sms kon niet worden verstuurd. Probeer het over een minuut opnieuw, of bel ons.")
    return ""


# --- A link that does not work -------------------------------------------------------------------------------


def old_link() -> Page:
    """What a link says that is used, old or of nobody: the same for each, with a new mail and the log-in page."""
    return render_template("portal/link_old.html", form=NewMailForm(formdata=None), trouble=""), 410


@pages.route("/nieuwe-mail", methods=["GET", "POST"])
@for_everybody
def new_mail() -> Page:
    """Ask a new mail. What is answered does not tell whether anybody has this address."""
    form, trouble, code = NewMailForm(), "", 200
    if form.validate_on_submit():
        try:
            address = email(form.email.data or "")
            if not address:
                raise NoAddress(_("Vul uw e-mailadres in."))
            limits.take_new_mail(address, request.remote_addr or "")
            operations.ask_new_mail(address)
            return redirect(url_for("doors.new_mail_asked"))
        except NoAddress as error:
            trouble, code = str(error), 422
        except Refused as refusal:
            commit_anyway()
            trouble, code = str(refusal), 429
    return render_template("portal/link_old.html", form=form, trouble=trouble), code


@pages.get("/nieuwe-mail/gevraagd")
@for_everybody
def new_mail_asked() -> Page:
    """Where to look for it, when there is one."""
    return render_template("portal/new_mail.html")


# --- Accepting an invitation ---------------------------------------------------------------------------------


@pages.route("/activeren/<token>", methods=["GET", "POST"])
@for_everybody
def activate(token: str) -> Page:
    """What will happen, and the button that sends the code. Looking at it uses nothing up."""
    account = queries.invited_by(token)
    if account is None:
        return old_link()
    form, trouble = PlainForm(), ""
    if form.validate_on_submit():
        trouble = send_code(account, ACTIVATION)
        if not trouble:
            return redirect(url_for("doors.activation_code", token=token))
    contact = queries.contact(account)
    return render_template(
        "portal/activate.html", form=form, contact=contact, account=account, trouble=trouble
    ), 429 if trouble else 200


@pages.route("/activeren/<token>/code", methods=["GET", "POST"])
@for_everybody
def activation_code(token: str) -> Page:
    """The code from the text message: the right one accepts the invitation."""
    account = queries.invited_by(token)
    if account is None:
        return old_link()
    form = CodeForm()
    if form.validate_on_submit():
        if operations.activate(account, form.digits, sessions.browser()):
            sessions.enter(account)
            return redirect(url_for("doors.choose_password"))
        commit_anyway()
    again = url_for("doors.activate", token=token)
    return code_page(form, account, ACTIVATION, again)


def code_page(form: CodeForm, account: Account, purpose: str, again: str) -> Page:
    """The page that asks for a code, with how many tries are left and until when it is good."""
    code = queries.last_code(account.vault_id, purpose)
    is_wrong = form.is_submitted()
    return render_template(
        "portal/code.html", form=form, code=code, contact=queries.contact(account), again=again, is_wrong=is_wrong,
        wait=operations.seconds_to_wait(account.vault_id, purpose), now=utcnow(),
    ), 422 if is_wrong else 200  # fmt: skip


@pages.route("/wachtwoord", methods=["GET", "POST"])
@inside
def choose_password() -> Page:
    """The first password of who just accepted his invitation."""
    visitor = sessions.inhabitant()
    if visitor.account.password:
        return redirect(url_for("pages.start"))
    form, trouble = PasswordForm(), ""
    if form.validate_on_submit():
        try:
            passwords.choose(visitor.account, form.password.data or "")
            return redirect(url_for("pages.start"))
        except Refused as refusal:
            trouble = str(refusal)
    page = render_template("portal/password.html", form=form, trouble=trouble, contact=visitor.contact)
    return page, 422 if trouble else 200


# --- Logging in ----------------------------------------------------------------------------------------------


@pages.route("/inloggen", methods=["GET", "POST"])
@for_everybody
def log_in() -> Page:
    """E-mail address and password; then a code."""
    form, trouble = LogInForm(), ""
    if form.validate_on_submit():
        try:
            account = known(form.email.data or "", form.password.data or "")
        except Refused as refusal:
            commit_anyway()
            return render_template("portal/log_in.html", form=form, trouble=str(refusal)), 429
        if account is None:
            commit_anyway()
            trouble = _("Dit e-mailadres en wachtwoord horen niet bij elkaar.")
        elif not (trouble := send_code(account, LOG_IN)):
            session["entering"] = account.vault_id
            return redirect(url_for("doors.log_in_code"))
    return render_template("portal/log_in.html", form=form, trouble=trouble), 422 if trouble else 200


def known(email: str, password: str) -> Account | None:
    """The account with this address and password: two people may share an address, so each is tried. Raises Refused
    when too many passwords were tried."""
    place = request.remote_addr or ""
    limits.take_password(email, place)
    accounts = queries.of_address(email)
    right = [account for account in accounts if passwords.is_right(account, password)]
    if not accounts:
        passwords.is_right(None, password)
    if right:
        limits.right_password(email, place)
    return right[0] if right else None


@pages.route("/inloggen/code", methods=["GET", "POST"])
@for_everybody
def log_in_code() -> Page:
    """The code from the text message: the right one opens the vault."""
    account = queries.account_of(session.get("entering"))
    if account is None:
        return redirect(url_for("doors.log_in"))
    form = CodeForm()
    if form.validate_on_submit():
        if operations.try_code(account.vault_id, LOG_IN, sessions.browser(), form.digits):
            sessions.enter(account)
            return redirect(url_for("pages.start"))
        commit_anyway()
    return code_page(form, account, LOG_IN, url_for("doors.log_in"))


@pages.post("/uitloggen")
@inside
def log_out() -> Page:
    """The session ends, here and at the server."""
    sessions.leave()
    g.pop("visitor", None)
    return redirect(url_for("doors.log_in"))

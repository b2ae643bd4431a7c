"""Windows of a user's own account: who he is, his password, his second factor, his sessions."""

import pyotp
import segno
from flask import abort, current_app, flash, redirect, render_template, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import Field

from crm.accounts import operations, queries, second_factor, sessions
from crm.accounts.attempts import digest
from crm.accounts.forms import ConfirmForm, PasswordForm, ProfileForm, SecondFactorForm
from crm.accounts.models import User, UserSession
from crm.accounts.views import Page, begin_session, pages, passwords, place, token_of_browser
from crm.records import Refused
from crm.texts import gettext as _
from crm.web import commit_anyway, requires


@pages.route("/account", methods=["GET", "POST"])
@requires("account.own")
def account() -> Page:
    """Mijn account: everything about oneself on one page; this form saves the profile."""
    form = ProfileForm(obj=current_user)
    if form.submit(lambda: operations.edit_profile(own(), form.values(), form.version.data)):
        flash(_("Uw gegevens zijn opgeslagen."))
        return redirect(url_for("accounts.account"))
    return account_page(profile=form), form.code


def own() -> User:
    """The user behind `current_user`, for verbs that keep hold of him."""
    user: User = current_user._get_current_object()
    return user


def account_page(
    profile: ProfileForm | None = None,
    password: PasswordForm | None = None,
    confirm: ConfirmForm | None = None,
) -> str:
    """The page with the forms it is given, and fresh ones for the rest."""
    return render_template(
        "accounts/account.html",
        profile=profile or ProfileForm(formdata=None, obj=current_user),
        password=password or PasswordForm(formdata=None),
        confirm=confirm or ConfirmForm(formdata=None),
        sessions=queries.sessions(current_user),
        here=digest(token_of_browser()),
    )


def knows_password(field: Field) -> bool:
    """Asks for the user's own password again; says at the field what is wrong with it."""
    try:
        right = operations.confirm_password(own(), field.data, place(), passwords())
    except Refused as refusal:
        field.errors = [str(refusal)]
        return False
    if not right:
        commit_anyway()
        field.errors = [_("Dit is niet uw huidige wachtwoord.")]
    return right


@pages.post("/account/password")
@requires("account.own")
def change_password() -> Page:
    form = PasswordForm()
    if form.validate_on_submit() and knows_password(form.old):
        user = own()
        try:
            operations.change_password(user, form.new_password.data, passwords())
        except Refused as refusal:
            form.new_password.errors = [str(refusal)]
        else:
            begin_session(user)
            flash(_("Uw wachtwoord is gewijzigd. Op andere apparaten bent u uitgelogd."))
            return redirect(url_for("accounts.account"))
    return account_page(password=form), 422


@pages.post("/account/sessions")
@requires("account.own")
def end_sessions() -> Response:
    """Log out everywhere but here."""
    sessions.end_others(own(), token_of_browser(), own())
    flash(_("Op alle andere apparaten bent u uitgelogd."))
    return redirect(url_for("accounts.account"))


@pages.post("/account/sessions/<int:id>")
@requires("account.own")
def end_session(id: int) -> Response:
    """Log out on one device."""
    if not queries.has_session(current_user, id):
        abort(404)
    sessions.end_where(UserSession.id == id)
    flash(_("Op dat apparaat bent u uitgelogd."))
    return redirect(url_for("accounts.account"))


@pages.route("/account/second-factor", methods=["GET", "POST"], endpoint="second_factor")
@requires("account.own")
def set_up_second_factor() -> Page:
    """Set up the second factor: give the password, scan, then show that the codes come."""
    user = own()
    if user.has_second_factor:
        return redirect(url_for("accounts.account"))
    form = SecondFactorForm()
    if form.word.data:
        return show_codes_come(user, form)
    asked = ConfirmForm()
    if asked.validate_on_submit() and knows_password(asked.own_password):
        return page_to_scan(user, SecondFactorForm(formdata=None, word=second_factor.begin(user)))
    return render_template("accounts/second_factor_password.html", form=asked), 422 if asked.errors else 200


def show_codes_come(user: User, form: SecondFactorForm) -> Page:
    """The recovery codes when the code fits; else the same secret again, or the password when that was long ago."""
    secret = second_factor.secret_in(form.word.data, user)
    if secret is None:
        asked = ConfirmForm(formdata=None)
        asked.own_password.errors = [_("Dat duurde te lang. Begin opnieuw met uw wachtwoord.")]
        return render_template("accounts/second_factor_password.html", form=asked), 422
    if form.validate_on_submit():
        try:
            codes = second_factor.turn_on(user, secret, form.code.data.replace(" ", ""))
        except Refused as refusal:
            form.code.errors = [str(refusal)]
        else:
            begin_session(user)
            return render_template("accounts/recovery_codes.html", codes=codes)
    return page_to_scan(user, form), 422


def page_to_scan(user: User, form: SecondFactorForm) -> str:
    """The secret as a picture and as text."""
    secret = second_factor.secret_in(form.word.data, user) or ""
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=current_app.config["OFFICE_NAME"])
    picture = Markup(segno.make(uri).svg_inline(omitsize=True, border=2))  # noqa: S704
    return render_template("accounts/second_factor.html", form=form, secret=secret, picture=picture)


@pages.post("/account/second-factor/off")
@requires("account.own")
def second_factor_off() -> Page:
    form = ConfirmForm()
    if form.validate_on_submit() and knows_password(form.own_password):
        user = own()
        second_factor.turn_off(user, user)
        begin_session(user)
        flash(_("De tweede factor staat uit. Inloggen gaat nu met uw wachtwoord alleen."), "warning")
        return redirect(url_for("accounts.account"))
    return account_page(confirm=form), 422


@pages.post("/account/recovery-codes")
@requires("account.own")
def recovery_codes() -> Page:
    """New codes for when the telephone is lost, in place of the old."""
    form = ConfirmForm()
    if form.validate_on_submit() and knows_password(form.own_password) and current_user.has_second_factor:
        user = own()
        codes = second_factor.new_recovery_codes(user)
        begin_session(user)
        return render_template("accounts/recovery_codes.html", codes=codes)
    return account_page(confirm=form), 422

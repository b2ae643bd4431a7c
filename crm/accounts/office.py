"""Windows of the beheerder: users, vestigingen and API tokens."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from crm.access import role_name
from crm.accounts import operations, queries, second_factor, sessions
from crm.accounts.account import own
from crm.accounts.forms import BranchForm, TokenForm, UserForm
from crm.accounts.models import SCOPES, ApiToken, User
from crm.accounts.views import Page, pages, passwords, token_of_browser
from crm.db import db
from crm.records import Refused
from crm.texts import gettext as _
from crm.web import get_or_404, outside_url, requires, shown_once

# --- Gebruikers ----------------------------------------------------------------------------------------------


@pages.get("/admin/users")
@requires("accounts.manage")
def users() -> str:
    return render_template("accounts/users.html", users=queries.users(current_user), role_name=role_name)


def user_form(user: User | None = None) -> UserForm:
    """The paper with the vestigingen to choose from."""
    form = UserForm(obj=user)
    also = user.branch_ids if user else []
    form.branch_ids.choices = [SelectChoice(branch.id, branch.name) for branch in queries.branches(current_user, also)]
    return form


def typed_user(form: UserForm) -> dict[str, Any]:
    """What was typed, with the vestigingen themselves."""
    wanted = set(form.branch_ids.data)
    chosen = [branch for branch in queries.all_branches(current_user) if branch.id in wanted]
    return {"name": form.name.data, "email": form.email.data, "role": form.role.data, "branches": chosen}


@pages.route("/admin/users/new", methods=["GET", "POST"])
@requires("accounts.manage")
def new_user() -> Page:
    form = user_form()
    if made := form.submit(lambda: operations.invite_user(typed_user(form), passwords=passwords(), by=own()), "email"):
        return one_time_link(*made)
    return render_template("accounts/user.html", form=form, user=None), form.code


@pages.route("/admin/users/<int:id>", methods=["GET", "POST"])
@requires("accounts.manage")
def edit_user(id: int) -> Page:
    user = get_or_404("user", id)
    form = user_form(user)
    if form.submit(lambda: operations.edit_user(user, typed_user(form), own(), form.version.data), "email"):
        flash(_("%(name)s is opgeslagen.", name=user.name))
        return redirect(url_for("accounts.users"))
    return render_template("accounts/user.html", form=form, user=user, sessions=queries.sessions(user)), form.code


@pages.post("/admin/users/<int:id>/sessions")
@requires("accounts.manage")
def end_user_sessions(id: int) -> Response:
    """Log a user out everywhere; a beheerder who does so to himself stays in here."""
    user = get_or_404("user", id)
    sessions.end_others(user, token_of_browser(), own())
    flash(_("%(name)s is op alle apparaten uitgelogd.", name=user.name))
    return redirect(url_for("accounts.edit_user", id=id))


@pages.post("/admin/users/<int:id>/enabled")
@requires("accounts.manage")
def set_enabled(id: int) -> Response:
    """Let a user in (`on` 1) or not any more (0): the wanted state, so that a double click does no harm."""
    user = get_or_404("user", id)
    try:
        operations.set_enabled(user, request.form.get("on") == "1", own())
    except Refused as refusal:
        flash(str(refusal), "error")
    else:
        done = _("%(name)s kan weer inloggen.") if user.is_enabled else _("%(name)s kan niet meer inloggen.")
        flash(done % {"name": user.name})
    return redirect(url_for("accounts.edit_user", id=id))


@pages.post("/admin/users/<int:id>/reset-password")
@requires("accounts.manage")
def reset_password(id: int) -> Page:
    user = get_or_404("user", id)
    return one_time_link(user, operations.reset_password(user, passwords(), own()))


def one_time_link(user: User, word: str) -> str:
    """The page that shows the link, this once; it is not kept anywhere."""
    link = outside_url("accounts.choose_password", word=word)
    return render_template("accounts/one_time_link.html", user=user, link=link)


@pages.post("/admin/users/<int:id>/reset-second-factor")
@requires("accounts.manage")
def reset_second_factor(id: int) -> Response:
    user = get_or_404("user", id)
    second_factor.turn_off(user, own())
    flash(_("De tweede factor van %(name)s staat uit.", name=user.name), "warning")
    return redirect(url_for("accounts.edit_user", id=id))


# --- Vestigingen ---------------------------------------------------------------------------------------------


@pages.get("/admin/branches")
@requires("accounts.manage")
def branches() -> str:
    return render_template("accounts/branches.html", branches=queries.all_branches(current_user))


@pages.route("/admin/branches/new", methods=["GET", "POST"])
@requires("accounts.manage")
def new_branch() -> Page:
    form = BranchForm()
    if branch := form.submit(lambda: operations.create_branch(by=own(), **form.values()), "name"):
        flash(_("Vestiging %(name)s is gemaakt.", name=branch.name))
        return redirect(url_for("accounts.branches"))
    return render_template("accounts/branch.html", form=form, branch=None), form.code


@pages.route("/admin/branches/<int:id>", methods=["GET", "POST"])
@requires("accounts.manage")
def edit_branch(id: int) -> Page:
    branch = get_or_404("branch", id)
    form = BranchForm(obj=branch)
    if form.submit(lambda: operations.edit_branch(branch, form.values(), own(), form.version.data), "name"):
        flash(_("Vestiging %(name)s is opgeslagen.", name=branch.name))
        return redirect(url_for("accounts.branches"))
    return render_template("accounts/branch.html", form=form, branch=branch), form.code


# --- API-tokens ----------------------------------------------------------------------------------------------


def token_form() -> TokenForm:
    form = TokenForm()
    form.scopes.choices = [SelectChoice(scope) for scope in SCOPES]
    return form


@pages.route("/admin/tokens", methods=["GET", "POST"])
@requires("accounts.manage")
def tokens() -> Page:
    """The tokens of the office; a new one sees what the beheerder who makes it sees, and is shown once."""
    form, made = token_form(), ""
    if form.validate_on_submit():
        made = operations.create_token(own(), form.name.data, form.scopes.data, form.days.data)
        shown_once()
    page = render_template("accounts/tokens.html", form=form, tokens=queries.tokens(), made=made)
    return page, 422 if form.errors else 200


@pages.post("/admin/tokens/<int:id>/revoke")
@requires("accounts.manage")
def revoke_token(id: int) -> Response:
    token = db.session.get(ApiToken, id)
    if token is None:
        abort(404)
    operations.revoke_token(token)
    flash(_("Het token %(name)s werkt niet meer.", name=token.name))
    return redirect(url_for("accounts.tokens"))

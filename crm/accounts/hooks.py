"""What accounts says to the house."""

from flask import url_for

from crm.access import ADMIN, Permission
from crm.access import allowed as may
from crm.accounts import account, office, queries, views
from crm.accounts.forms import BranchForm, ProfileForm, SecurityForm, UserForm
from crm.accounts.models import Branch, User
from crm.forms import words_of
from crm.hookspecs import impl
from crm.records import Kind
from crm.texts import N_
from crm.texts import gettext as _
from crm.ui import MenuItem, Panel

WINDOWS = (views, account, office)  # all hang on views.pages


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [
        Permission("account.own", "De eigen gegevens en inlogmiddelen beheren"),
        Permission("accounts.manage", "Gebruikers, vestigingen en API-tokens beheren", (ADMIN,)),
    ]


@impl
def settings_forms():
    return [SecurityForm]


@impl
def account_items(user):
    return [MenuItem(_("Mijn account"), url_for("accounts.account"), "user", weight=10)]


@impl
def panels(subject, user, place):
    if place != "admin" or not may(user, "accounts.manage"):
        return []
    people = {
        "text": _("Wie er werkt, in welke rol en bij welke vestiging."),
        "links": [
            (_("Gebruikers openen"), url_for("accounts.users")),
            (_("Vestigingen"), url_for("accounts.branches")),
        ],
    }
    keys = {
        "text": _("Sleutels waarmee andere programma's de gegevens van het kantoor lezen."),
        "links": [(_("API-tokens openen"), url_for("accounts.tokens"))],
    }
    return [
        Panel("users", _("Gebruikers en vestigingen"), "settings/_card.html", lambda: people, icon="users", weight=20),
        Panel("tokens", _("API-tokens"), "settings/_card.html", lambda: keys, icon="key", weight=80),
    ]


@impl
def record_kinds():
    return [
        Kind(
            "user",
            User,
            queries.visible_users,
            lambda user: user.name,
            label=N_("Gebruiker"),
            icon="user",
            **words_of(
                UserForm,
                ProfileForm,
                labels={"is_enabled": N_("Mag inloggen"), "last_login_at": N_("Laatst ingelogd")},
            ),
        ),
        Kind(
            "branch",
            Branch,
            queries.visible_branches,
            lambda branch: branch.name,
            label=N_("Vestiging"),
            icon="building-store",
            **words_of(BranchForm),
        ),
    ]


@impl
def allowed(user, permission, subject):
    """A role may do what the permission's roles say; anything about a subject is for who sees the subject."""
    return user.role in permission.roles or None

"""Windows of the connector: the tab *Kluis* of a client and a dossier."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.plugin import Relation, commit, get_or_404, go, requires, say
from crm.plugin import gettext as _
from plugins.vault import operations, queries
from plugins.vault.client import PortalRefused, Unreachable, portal
from plugins.vault.models import VaultAccount

pages = Blueprint("vault", __name__, template_folder="templates")


@dataclass(frozen=True)
class Row:
    """One person on the tab: the account, or what is missing to invite him."""

    person: Relation
    account: VaultAccount | None
    missing: str


def tab(subject: Any) -> dict[str, Any]:
    """Everybody a dossier is for, or one client."""
    people = subject.applicants if subject.kind == "dossier" else [subject]
    accounts = {one.relation_id: one for one in queries.accounts_of({person.id for person in people})}
    rows = [Row(one, accounts.get(one.id), operations.what_is_missing(one)) for one in people]
    return {"rows": rows, "subject": subject, "cursor": queries.cursor()}


@pages.post("/relations/<int:id>/vault/status")
@requires("vault.use")
def ask(id: int) -> Response:
    """*Haal uitnodiging status op*: asked of the portal itself, while nothing is held (U-024)."""
    person = get_or_404("relation", id)
    account = queries.account_of(person.id)
    if account is None or not account.generation:
        abort(404)
    name = account.name
    commit()
    try:
        said = portal().show(name)
    except (Unreachable, PortalRefused):
        say(_("De kluis antwoordt niet. Wat hieronder staat is van de vorige keer; probeer het zo opnieuw."))
        return go(person, tab="vault")
    operations.note_state(account, said, current_user)
    return go(person, tab="vault")

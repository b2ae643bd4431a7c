"""Windows of the connector: the tab *Kluis* of a client and a dossier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort
from flask_login import current_user
from werkzeug.wrappers import Response

from crm.plugin import Relation, commit, get_or_404, go, requires, say
from crm.plugin import gettext as _
from plugins.vault import missing, operations, queries
from plugins.vault.client import PortalRefused, Unreachable, portal
from plugins.vault.missing import Missing
from plugins.vault.models import VaultAccount

pages = Blueprint("vault", __name__, template_folder="templates")


@dataclass(frozen=True)
class Row:
    """One person on the tab: the account, where text messages go, and what is missing while nobody invited him."""

    person: Relation
    account: VaultAccount | None
    mobile: str
    missing: Sequence[Missing]

    @property
    def is_invited(self) -> bool:
        return self.account is not None and self.account.generation > 0


def tab(subject: Any) -> dict[str, Any]:
    """Everybody a dossier is for, or one client."""
    people = subject.applicants if subject.kind == "dossier" else [subject]
    accounts = {one.relation_id: one for one in queries.accounts_of({person.id for person in people})}
    rows = [Row(one, accounts.get(one.id), operations.mobile_of(one), missing_of(one, subject)) for one in people]
    return {"rows": rows, "subject": subject, "cursor": queries.cursor()}


def missing_of(person: Relation, subject: Any) -> Sequence[Missing]:
    """What is missing to invite him: of a dossier the invitation goes to the first applicant (U-014)."""
    is_first = subject.kind == "dossier" and subject.relation_id == person.id
    return missing.of_dossier(subject) if is_first else missing.of_person(person)


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

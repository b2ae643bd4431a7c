"""What the vault says to the house."""

import datetime as dt
from pathlib import Path

from crm.plugin import (
    N_,
    Job,
    Kind,
    MailPurpose,
    Panel,
    Permission,
    Placeholder,
    Watch,
    WorkflowAction,
    allowed,
    impl,
)
from crm.plugin import gettext as _
from plugins.vault import (
    events,
    hookspecs,  # noqa: F401  # what we ask others: the house finds it by this name
    links,
    missing,
    operations,
    queries,
    sync,
    views,
)
from plugins.vault.models import STATES, VaultAccount

LINK = "kluis.link"


@impl
def blueprints():
    return [views.pages]


@impl
def permissions():
    return [Permission("vault.use", "Klanten uitnodigen in de kluis")]


@impl
def record_kinds():
    return [
        Kind(
            "vault_account",
            VaultAccount,
            queries.visible_accounts,
            lambda account: account.relation.name,
            label=N_("Kluis"),
            icon="lock",
            labels={
                "relation_id": N_("Klant"),
                "state": N_("Status"),
                "invited_at": N_("Uitgenodigd"),
                "valid_until": N_("Geldig tot"),
                "activated_at": N_("Geactiveerd"),
                "asked_at": N_("Status opgehaald"),
                "generation": N_("Uitnodiging"),
                "name": N_("Naam in de kluis"),
            },
            choices={"state": STATES},
        )
    ]


@impl
def jobs():
    mend = Job("vault.mend", operations.mend, every=dt.timedelta(hours=1))
    return [Job(operations.PUSH, sync.push), Job(events.FETCH, events.fetch), mend]


@impl
def watches():
    return [Watch("vault.events", events.watch)]


@impl
def mail_purposes():
    texts = Path(__file__).parent / "content" / "vault_invitation.toml"
    return [MailPurpose(operations.PURPOSE, N_("Uitnodiging voor de kluis"), texts)]


@impl
def placeholders(subject, appointment, user):
    """The link of the newest invitation of this person."""
    account = queries.account_of(subject.id) if subject is not None and subject.kind == "relation" else None
    value = links.address(account, account.generation) if account and account.generation else ""
    return [Placeholder(LINK, N_("Link naar de kluis"), value, fill_in=subject)]


@impl
def workflow_actions():
    return [WorkflowAction("vault.invite", N_("Klant uitnodigen in de kluis"), invite, may_invite, mend=mend)]


def invite(part, _workflow, _step, user):
    """The workflow arrow: the invitation goes to the first applicant (U-014)."""
    account = operations.invite(part.dossier.relation, user)
    return f"Uitnodiging gaat naar {account.relation.email}"


def may_invite(part, _workflow, _step, _user):
    """Why not: something is missing."""
    return " ".join(one.text for one in missing.of_part(part))


def mend(part, _workflow, _step, _user):
    """Where each thing that is missing is mended."""
    return [(one.label, one.address) for one in missing.of_part(part)]


@impl(optionalhook=True)
def request_changed(changes, user):
    """What is asked in a dossier, and how it stands, is put in the vault of everybody it is for (U-031 … U-035)."""
    operations.look_again(queries.accounts_in({change.request.dossier_id for change in changes}))
    operations.begin_workflows([change.request for change in changes if change.action == "create"], user)


@impl
def document_saved(document, user):
    """A file of a dossier was checked: who sent it reads so."""
    checked(document)


@impl
def document_refused(document, user):
    """A file of a dossier cannot be used: who sent it reads why, and what to do."""
    checked(document)


def checked(document):
    if document.subject_kind == "dossier":
        operations.look_again(queries.accounts_in({document.subject_id}))


@impl
def after_save(changes, user):
    """Names and addresses of who has a vault, and who helps him."""
    relations = {change.record.id for change in changes if change.kind == "relation"}
    dossiers = {change.record.id for change in changes if change.kind == "dossier"}
    operations.look_again([*queries.accounts_of(relations), *queries.accounts_in(dossiers)])


@impl
def demo_notes():
    """Whom to invite first."""
    found = sync.who_can_be_invited()
    if found is None:
        return []
    told = f"{found.relation.name} (dossier {found.number}) can be invited: tab Diensten, the step of the workflow"
    return [f"{told} “Kluis – uitnodiging versturen”"]


@impl
def panels(subject, user, place):
    is_shown = place == "tab" and subject is not None and subject.kind in ("dossier", "relation")
    if not is_shown or not allowed(user, "vault.use"):
        return []
    return [Panel("vault", _("Kluis"), "vault/_tab.html", lambda: views.tab(subject), weight=30)]

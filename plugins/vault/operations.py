"""Verbs of accounts: invite, mark as changed, begin the workflow."""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from crm.plugin import (
    Refused,
    Relation,
    User,
    db,
    enqueue,
    is_mobile,
    keep,
    lock,
    save,
    send_for_purpose,
    show_phone,
    start_workflow,
    utcnow,
)
from plugins.vault import queries
from plugins.vault.models import ACTIVE, INVITED, VaultAccount

VALID_FOR = dt.timedelta(days=14)
PURPOSE = "vault_invitation"
PUSH = "vault.push"
WORKFLOW = "vault_invitation"


def invite(person: Relation, user: User | None) -> VaultAccount:
    """Invite somebody by mail (U-014, U-015); the link of an invitation before it works no more. Raises Refused and
    says what is missing."""
    if why := what_is_missing(person):
        raise Refused(why)
    account = begin(person, user)
    if account.state == ACTIVE:
        raise Refused("De uitnodiging is al geaccepteerd.")
    account.generation += 1
    account.state, account.invited_at = INVITED, utcnow()
    account.valid_until = account.invited_at + VALID_FOR
    save(account, user)
    send_for_purpose(PURPOSE, person, user)
    enqueue(PUSH, account.id)
    return account


def what_is_missing(person: Relation) -> str:
    """What is missing of somebody to invite him; empty when nothing is (U-014)."""
    if not person.email:
        return f"Van {person.name} is geen e-mailadres bekend. Vul het eerst in bij de relatie."
    if mobile_of(person):
        return ""
    known = person.phone or person.other_phone
    if known:
        return f"{show_phone(known)} van {person.name} is geen mobiel nummer. Vul er een in: daar komt de sms."
    return f"Van {person.name} is geen mobiel nummer bekend. Vul het eerst in bij de relatie: daar komt de sms."


def mobile_of(person: Relation) -> str:
    """The number text messages go to; empty when there is none."""
    return next((number for number in (person.phone, person.other_phone) if is_mobile(number)), "")


def begin(person: Relation, user: User | None) -> VaultAccount:
    """The account of a person, held; made when there is none."""
    account = queries.account_of(person.id)
    if account is None:
        try:
            with db.session.begin_nested():
                account = VaultAccount(relation_id=person.id, relation=person, name=secrets.token_urlsafe(18))
                save(account, user)
        except IntegrityError:  # a colleague was first
            account = queries.account_of(person.id)
    held: VaultAccount = lock(VaultAccount, account.id if account else 0)
    return held


def look_again(accounts: Iterable[VaultAccount]) -> None:
    """Something these people see may have changed: a job works out what, after this transaction."""
    for identity in sorted({account.id for account in accounts}):
        enqueue(PUSH, identity)


def mend() -> None:
    """Job, and after the portal was away: what it was not told is put again, also where a job gave up."""
    for identity in queries.behind():
        enqueue(PUSH, identity)


def note_answer(trouble: str) -> None:
    """Note how the portal answers, when that changed; `trouble` is one of TROUBLES, or empty. Once it answers again it
    is told all that it missed."""
    cursor = queries.cursor()
    if cursor.trouble == trouble:
        return
    cursor.trouble, cursor.trouble_since = trouble, utcnow() if trouble else None
    keep(cursor)
    if not trouble:
        mend()


def begin_workflows(requests: Sequence[Any], user: User | None) -> None:
    """A dienst or product that gets its stukkenlijst begins with the invitation, of who was not invited yet (U-013)."""
    if user is None:
        return
    for part in {request.service or request.product for request in requests} - {None}:
        account = queries.account_of(part.dossier.relation_id)
        if account is None or not account.generation:
            try:
                start_workflow(part, WORKFLOW, user)
            except Refused:  # not for this kind of dienst, or the office works with the other
                continue


def note_state(account: VaultAccount, said: dict[str, Any], user: User | None) -> None:
    """Write down what the portal says of an account; what it says of another invitation than the newest is old."""
    held: VaultAccount = lock(VaultAccount, account.id)
    held.asked_at = utcnow()
    if said["generation"] == held.generation:
        held.state = said["state"]
        if said["activated_at"]:
            held.activated_at = dt.datetime.fromisoformat(said["activated_at"])
    save(held, user)

"""What happened in the portal, handled here: each event once, in its order."""

import datetime as dt
import logging
from typing import Any

from crm.plugin import (
    N_,
    Refused,
    StoredFile,
    acting,
    commit,
    db,
    enqueue,
    hook,
    keep,
    lock,
    post,
    ref,
    save,
    sealer,
    tell,
    utcnow,
)
from plugins.vault import other, queries
from plugins.vault.client import PortalRefused, Unreachable, portal
from plugins.vault.models import ACTIVE, LOCKED, REFUSED, UNREACHABLE, VaultAccount, VaultCursor
from plugins.vault.operations import PUSH, invite, note_answer

log = logging.getLogger(__name__)
FETCH = "vault.fetch"
Event = dict[str, Any]


def fetch() -> None:
    """Job: read what happened and handle it. The cursor moves in the transaction in which an event is handled; only
    then is the portal told that it may let go."""
    there = portal()
    while events := there.events(cursor_now()):
        for event in events:
            handle(event)
        there.acknowledge(int(events[-1]["number"]))


def cursor_now() -> int:
    """The number of the last event that was handled; no transaction stays open."""
    number = queries.cursor().number
    commit()
    return number


def handle(event: Event) -> None:
    """One event, unless somebody else handled it meanwhile."""
    file = fetched(event) if event["kind"] == "file_uploaded" else None
    cursor = lock(VaultCursor, 1)
    if cursor.number >= event["number"]:
        return commit()
    if account := queries.by_name(event["vault"]):
        with acting(account.relation.name):
            HANDLERS.get(event["kind"], ignore)(account, event, file)
    cursor.number = event["number"]
    keep(cursor)
    commit()


Fetched = tuple[str, StoredFile]


def fetched(event: Event) -> Fetched | None:
    """The file a client sent, sealed in our own store; None when the portal has it no more."""
    seal = sealer()
    commit()
    file = portal().upload(event["vault"], event["says"]["upload"])
    try:
        stored = seal.keep(file)
        return file.name, stored
    except PortalRefused as refusal:
        if refusal.status != 404:
            raise
        log.warning("an upload of event %s is gone", event["number"])
        return None


def accepted(account: VaultAccount, event: Event, _file: Fetched | None) -> None:
    """The client has an account: from now on his e-mail address and number are his (U-018, U-023)."""
    account.state, account.activated_at = ACTIVE, dt.datetime.fromisoformat(event["at"])
    save(account, None)
    post(ref(account.relation), "vault.accepted", None, "Kluis geactiveerd", icon="lock")
    enqueue(PUSH, account.id)


def wanted(account: VaultAccount, event: Event, _file: Fetched | None) -> None:
    """The client asks a new mail: he gets one for each invitation, however often he asks. One that is blocked waits
    for the office, which reads that he asked."""
    if account.state == ACTIVE or event["says"].get("generation") != str(account.generation):
        return
    about = ref(account.relation)
    if account.state == LOCKED:
        post(about, "vault.wanted", None, N_("Vraagt een nieuwe uitnodiging; de kluis is geblokkeerd"), icon="lock")
        return
    try:
        with db.session.begin_nested():
            invite(account.relation, None)
    except Refused as refusal:
        post(
            about,
            "vault.wanted",
            None,
            N_("Vraagt een nieuwe uitnodiging. %(why)s"),
            {"why": str(refusal)},
            icon="lock",
        )


def locked(account: VaultAccount, _event: Event, _file: Fetched | None) -> None:
    """Too many wrong codes: only a new invitation helps."""
    if account.state != ACTIVE:
        account.state = LOCKED
        save(account, None)


def uploaded(account: VaultAccount, event: Event, file: Fetched | None) -> None:
    """A file came in: whoever asked for it takes it (U-030a, U-038), and we what nobody asked for."""
    if file is None:
        return
    name, stored, says = *file, event["says"]
    if says["request"] == other.OTHER:
        answers = [other.take_in(account.relation, says["upload"], name, stored)]
    else:
        answers = tell(
            hook.vault_file, person=account.relation, request=says["request"], file_name=name, file=stored,
            token=f"vault:{says['upload']}",
        )  # fmt: skip
    if not any(answers):
        log.warning("nobody asked for the upload of event %s", event["number"])
    enqueue(PUSH, account.id)


def withdrawn(account: VaultAccount, event: Event, _file: Fetched | None) -> None:
    """The client takes a file back; whoever has it decides."""
    says = event["says"]
    tell(
        hook.vault_file_withdrawn, person=account.relation, request=says["request"], token=f"vault:{says['upload']}"
    )  # fmt: skip
    enqueue(PUSH, account.id)


def ignore(_account: VaultAccount, event: Event, _file: Fetched | None) -> None:
    """An event of a newer portal, that we know nothing of."""
    log.info("an event of kind %s is not known here", event["kind"])


HANDLERS = {
    "invitation_accepted": accepted,
    "invitation_locked": locked,
    "invitation_wanted": wanted,
    "file_uploaded": uploaded,
    "file_withdrawn": withdrawn,
}


def watch() -> bool:
    """Is there something to fetch? Asked by the one worker that watches; the job is enqueued once an event and minute,
    and at once when the portal was away."""
    known = queries.cursor()
    number, trouble = known.number, known.trouble
    commit()
    try:
        events = portal().events(number)
    except (Unreachable, PortalRefused) as error:
        note_answer(UNREACHABLE if isinstance(error, Unreachable) else REFUSED)
        commit()
        raise
    if trouble:
        note_answer("")
    if events:
        once = f"{FETCH}:{events[-1]['number']}:{utcnow():%Y%m%d%H%M}"
        enqueue(FETCH, key=None if trouble else once)
    commit()
    return bool(events)

"""Windows for the CRM: it always calls, the portal never does."""

import json
import time
from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from crm.furniture import commit, config, utcnow
from plugins.portal.doors import operations as doors
from plugins.portal.doors import queries as door_queries
from plugins.portal.doors.models import Account
from plugins.portal.events import operations as events
from plugins.portal.events import queries as event_queries
from plugins.portal.events.models import Event
from plugins.portal.office import operations as office
from plugins.portal.protocol import schemas
from plugins.portal.protocol.calls import call
from plugins.portal.protocol.problems import PREFIX, Problem
from plugins.portal.uploads import operations as uploads
from plugins.portal.uploads import serving
from plugins.portal.vaults import operations as vaults
from plugins.portal.vaults import queries as vault_queries
from plugins.portal.vaults.models import Item, Vault

pages = Blueprint("protocol", __name__, url_prefix=PREFIX)

VERSION = "1.0"
# The newest version of each kind that this portal can show, and what it holds.
KINDS: dict[str, tuple[int, type[schemas.Known]]] = {"person": (1, schemas.Person), "request": (1, schemas.Request)}
LONGEST_WAIT = 25  # seconds
ASK_EVERY = 0.2  # seconds


def vault_or_404(name: str) -> Vault:
    """The vault of this name. Raises Problem 404."""
    found = vault_queries.vault(name)
    if found is None:
        raise Problem(404, "No such vault.")
    return found


def new_vault(name: str) -> Vault:
    """The vault of this name, made when it is not there yet. Raises Problem 410 for one that was let go of."""
    try:
        return vaults.make(name)
    except vaults.Gone:
        raise Problem(410, "This vault was let go of; its name is not used again.") from None


def content_of(kind: str) -> type[schemas.Known]:
    """What an item of this kind holds. Raises Problem 404 for a kind this portal does not know."""
    if kind not in KINDS:
        raise Problem(404, "This portal does not know that kind.")
    return KINDS[kind][1]


@pages.get("/", strict_slashes=False)
@call(gives=schemas.About)
def about() -> dict[str, Any]:
    """What this portal speaks and takes."""
    kinds = {kind: version for kind, (version, _content) in KINDS.items()}
    limits = {"largest_file": config("KLUIS_LARGEST_FILE"), "longest_wait": LONGEST_WAIT, "events": event_queries.PAGE}
    return {"version": VERSION, "kinds": kinds, "limits": limits, "features": ["requests"], "now": utcnow()}


@pages.put("/office")
@call(body=schemas.Office, gives=schemas.Office)
def put_office(**says: str) -> dict[str, str]:
    """How the office is called and looks."""
    office.put(says)
    return says


# --- Vaults --------------------------------------------------------------------------------------------------


@pages.post("/vaults/<name:vault>/invitations")
@call(body=schemas.NewInvitation, gives=schemas.Account, refuses=(409, 410))
def invite(vault: str, contact: dict[str, Any], **asked: Any) -> dict[str, Any]:
    """Write an invitation down; the mail with its link is the CRM's."""
    made = new_vault(vault)
    return standing(doors.invite(made, contact=door_queries.Contact(**contact), **asked))


def standing(account: Account) -> dict[str, Any]:
    """Where an account stands."""
    state, activated = door_queries.state(account), account.activated_at
    return {"state": state, "generation": account.generation, "activated_at": activated}


@pages.get("/vaults/<name:vault>")
@call(gives=schemas.Account, refuses=(404,))
def show_vault(vault: str) -> dict[str, Any]:
    """Where the account of a vault stands."""
    account = door_queries.account(vault_or_404(vault))
    if account is None:
        raise Problem(404, "Nobody was invited to this vault.")
    return standing(account)


@pages.delete("/vaults/<name:vault>")
@call(gives=schemas.Receipt)
def let_go(vault: str) -> dict[str, Any]:
    """Wipe a vault with all that is in it; a later call gets the same receipt, and the name is not used again."""
    held = vaults.hold(vault)
    wiped = uploads.wipe_all(held) if held else []
    receipt: dict[str, Any] = vaults.let_go(vault, held, wiped)
    return schemas.Receipt().load(receipt)


@pages.get("/vaults/<name:vault>/items")
@call(gives=schemas.Items, refuses=(404,))
def list_items(vault: str) -> dict[str, Sequence[Item]]:
    """Every item there is or was with its version and digest, to compare."""
    return {"items": vault_queries.known_items(vault_or_404(vault))}


@pages.put("/vaults/<name:vault>/items/<name:kind>/<name:ref>")
@call(body=schemas.NewItem, gives=schemas.Item, refuses=(404, 410))
def put_item(vault: str, kind: str, ref: str, version: int, content: dict[str, Any]) -> Item:
    """Put what the CRM says of one item; a version that is not newer is answered with what is there.

    All of it is kept, also what is not known here: both sides compare the digest of the whole.
    """
    content_of(kind)().load(content)
    return put(new_vault(vault), kind, ref, version, content)


@pages.delete("/vaults/<name:vault>/items/<name:kind>/<name:ref>")
@call(query=schemas.AsOf, gives=schemas.Item, refuses=(404, 410))
def delete_item(vault: str, kind: str, ref: str, version: int) -> Item:
    """Take one item away, as of ?version=."""
    content_of(kind)
    return put(new_vault(vault), kind, ref, version, None)


def put(vault: Vault, kind: str, ref: str, version: int, says: dict[str, Any] | None) -> Item:
    try:
        return vaults.put(vault, kind, ref, version, says)
    except vaults.Gone:
        raise Problem(410, "This vault was let go of.") from None


# --- Events --------------------------------------------------------------------------------------------------


@pages.get("/events")
@call(query=schemas.Since, gives=schemas.Events)
def list_events(after: int, wait: int) -> dict[str, Any]:
    """What happened after a number; with `wait` the answer comes as soon as there is something, at most LONGEST_WAIT
    seconds later."""
    until = time.monotonic() + min(wait, LONGEST_WAIT)
    while not (found := event_queries.after(after)) and time.monotonic() < until:
        commit()  # no transaction stays open while one waits
        time.sleep(ASK_EVERY)
    return {"events": [written(event) for event in found]}


def written(event: Event) -> dict[str, Any]:
    known = {"number": event.number, "at": event.at, "vault": event.vault, "kind": event.kind}
    return {**known, "says": json.loads(event.says), "hash": event.hash}


@pages.post("/events/acknowledgements")
@call(body=schemas.Acknowledgement, gives=schemas.Acknowledgement)
def acknowledge(up_to: int) -> dict[str, int]:
    """The CRM handled every event up to a number: the bytes of files among them are wiped here."""
    done = [json.loads(event.says) for event in events.acknowledge(up_to) if event.kind == uploads.UPLOADED]
    uploads.wipe([says["upload"] for says in done])
    return {"up_to": up_to}


# --- Files ---------------------------------------------------------------------------------------------------


@pages.get("/vaults/<name:vault>/uploads/<name:upload>")
@call(gives=None, refuses=(404,))
def fetch_upload(vault: str, upload: str) -> Response:
    """The bytes a client sent, whole or from `Range: bytes=N-`, with the digest of the whole file."""
    found = uploads.of_vault(vault_or_404(vault), upload)
    if found is None or not found.is_whole:
        raise Problem(404, "No such upload.")
    return serving.answer(found)

"""Windows for the CRM: it always calls, the portal never does."""

import hmac
import json
import re
import time
from typing import Any

from flask import Blueprint, jsonify, request
from marshmallow import Schema
from werkzeug.wrappers import Response

from crm.furniture import commit, config, from_elsewhere, public, utcnow
from plugins.portal.doors import operations as doors
from plugins.portal.doors import queries as door_queries
from plugins.portal.doors.models import Account
from plugins.portal.events import operations as events
from plugins.portal.events import queries as event_queries
from plugins.portal.events.models import Event
from plugins.portal.office import operations as office
from plugins.portal.protocol import problems, schemas
from plugins.portal.protocol.problems import Problem
from plugins.portal.uploads import operations as uploads
from plugins.portal.uploads import serving
from plugins.portal.vaults import operations as vaults
from plugins.portal.vaults import queries as vault_queries
from plugins.portal.vaults.models import Item, Vault

pages = Blueprint("protocol", __name__, url_prefix="/api/v1")
problems.register(pages)

VERSION = "1.0"
KINDS = {"person": 1, "request": 1}  # the newest version of each kind that this portal can show
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_WAIT = 25  # seconds
ASK_EVERY = 0.2  # seconds


@pages.before_request
def come_in() -> None:
    """Let only the CRM in, by one of the keys that are good now. Raises Problem 401."""
    kind, _space, key = request.headers.get("Authorization", "").partition(" ")
    known = [good for good in config("KLUIS_API_KEYS") if hmac.compare_digest(good.encode(), key.strip().encode())]
    if kind.lower() != "bearer" or not known:
        raise Problem(401, "Send a valid key: Authorization: Bearer …")


def sent(schema: type[Schema]) -> dict[str, Any]:
    """The body of this call. Raises Problem 400 for what is no JSON object, ValidationError for what it may not say."""
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise Problem(400, "The body is no JSON.") from None
    if not isinstance(body, dict):
        raise Problem(400, "The body is no JSON object.")
    found: dict[str, Any] = schema().load(body)
    return found


def named(name: str) -> str:
    """A name that may stand in an address. Raises Problem 404."""
    if not NAME.fullmatch(name):
        raise Problem(404, "No such name.")
    return name


def vault_or_404(name: str) -> Vault:
    """The vault of this name. Raises Problem 404."""
    found = vault_queries.vault(name)
    if found is None:
        raise Problem(404, "No such vault.")
    return found


def listed_kind(kind: str) -> str:
    """A kind this portal knows. Raises Problem 404."""
    if kind not in KINDS:
        raise Problem(404, "This portal does not know that kind.")
    return kind


@pages.get("")
@from_elsewhere
@public
def about() -> Response:
    """What this portal speaks and takes."""
    limits = {"largest_file": config("KLUIS_LARGEST_FILE"), "longest_wait": LONGEST_WAIT}
    return jsonify(version=VERSION, kinds=KINDS, limits=limits, features=["requests"], now=utcnow().isoformat())


@pages.put("/office")
@from_elsewhere
@public
def put_office() -> Response:
    """How the office is called and looks."""
    office.put(sent(schemas.OfficeIn))
    return jsonify(said=True)


# --- Vaults --------------------------------------------------------------------------------------------------


@pages.post("/vaults/<vault>/invitations")
@from_elsewhere
@public
def invite(vault: str) -> Response:
    """Write an invitation down; the mail with its link is the CRM's."""
    asked = sent(schemas.InvitationIn)
    contact = door_queries.Contact(**asked.pop("contact"))
    return shown(doors.invite(named(vault), contact=contact, **asked))


def shown(account: Account) -> Response:
    """Where an account stands."""
    activated = account.activated_at.isoformat() if account.activated_at else None
    return jsonify(state=door_queries.state(account), generation=account.generation, activated_at=activated)


@pages.get("/vaults/<vault>")
@from_elsewhere
@public
def show_vault(vault: str) -> Response:
    """Where the account of a vault stands."""
    account = door_queries.account(vault_or_404(vault))
    if account is None:
        raise Problem(404, "Nobody was invited to this vault.")
    return shown(account)


@pages.get("/vaults/<vault>/items")
@from_elsewhere
@public
def list_items(vault: str) -> Response:
    """Every item there is or was with its version and digest, to compare."""
    return jsonify(items=[told(item) for item in vault_queries.known_items(vault_or_404(vault))])


@pages.put("/vaults/<vault>/items/<kind>/<name>")
@from_elsewhere
@public
def put_item(vault: str, kind: str, name: str) -> Response:
    """Put what the CRM says of one item; a version that is not newer is answered with what is there."""
    asked = sent(schemas.PutIn)
    item = vaults.put(vaults.make(named(vault)), listed_kind(kind), named(name), asked["version"], asked["content"])
    return jsonify(told(item))


@pages.delete("/vaults/<vault>/items/<kind>/<name>")
@from_elsewhere
@public
def delete_item(vault: str, kind: str, name: str) -> Response:
    """Take one item away, as of ?version=."""
    version = request.args.get("version", type=int)
    if version is None:
        raise Problem(422, "", errors={"version": ["is needed"]})
    item = vaults.put(vault_or_404(vault), listed_kind(kind), named(name), version, None)
    return jsonify(told(item))


def told(item: Item) -> dict[str, Any]:
    return {"kind": item.kind, "ref": item.name, "version": item.version, "digest": item.digest}


# --- Events --------------------------------------------------------------------------------------------------


@pages.get("/events")
@from_elsewhere
@public
def list_events() -> Response:
    """What happened after a number; with `wait` the answer comes as soon as there is something, at most LONGEST_WAIT
    seconds later."""
    after = request.args.get("after", 0, type=int)
    until = time.monotonic() + min(request.args.get("wait", 0, type=int), LONGEST_WAIT)
    while not (found := event_queries.after(after)) and time.monotonic() < until:
        commit()  # no transaction stays open while one waits
        time.sleep(ASK_EVERY)
    return jsonify(events=[written(event) for event in found])


def written(event: Event) -> dict[str, Any]:
    says = json.loads(event.says)
    known = {"number": event.number, "at": event.at.isoformat(), "vault": event.vault, "kind": event.kind}
    return {**known, "says": says, "hash": event.hash}


@pages.post("/events/acknowledgements")
@from_elsewhere
@public
def acknowledge() -> Response:
    """The CRM handled every event up to a number: the bytes of files among them are wiped here."""
    up_to = sent(schemas.AcknowledgementIn)["up_to"]
    done = [json.loads(event.says) for event in events.acknowledge(up_to) if event.kind == uploads.UPLOADED]
    uploads.wipe([says["upload"] for says in done])
    return jsonify(up_to=up_to)


# --- Files ---------------------------------------------------------------------------------------------------


@pages.get("/vaults/<vault>/uploads/<upload>")
@from_elsewhere
@public
def fetch_upload(vault: str, upload: str) -> Response:
    """The bytes a client sent, whole or from `Range: bytes=N-`, with their digest."""
    found = uploads.of_vault(vault_or_404(vault), named(upload))
    if found is None or not found.is_whole:
        raise Problem(404, "No such upload.")
    return serving.answer(found)

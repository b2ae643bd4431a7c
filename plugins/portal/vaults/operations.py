"""Verbs of vaults: made, filled, emptied."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from crm.furniture import db, discard, keep, lock, utcnow
from plugins.portal import keys
from plugins.portal.vaults import queries
from plugins.portal.vaults.models import GoneVault, Item, Vault


class Gone(Exception):
    """This vault was let go of; a new one gets another name."""


def make(name: str) -> Vault:
    """The vault of this name, made when it is not there yet. Raises Gone."""
    found = queries.vault(name)
    if found is not None:
        return found
    if db.session.get(GoneVault, name) is not None:
        raise Gone
    made = Vault(name=name, locked_key=keys.new_locked(name))
    try:
        with db.session.begin_nested():
            keep(made)
    except IntegrityError:  # another call was first
        return make(name)
    return made


def hold(name: str) -> Vault | None:
    """The vault of this name, held until the transaction ends; None when there is none."""
    found = queries.vault(name)
    held: Vault | None = lock(Vault, found.id) if found is not None else None
    return held


def let_go(name: str, held: Vault | None, uploads: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Destroy a vault's key and everything in it; gives a receipt without content, the same one every time.

    Its name stays taken, also when there was no such vault: what the CRM put before and comes late makes no new one.
    """
    known = db.session.get(GoneVault, name)
    if known is None:
        known = GoneVault(name=name, receipt=json.dumps(receipt(name, held, uploads)))
        keep(known)
    if held is not None:
        discard(held)
    said: dict[str, Any] = json.loads(known.receipt)
    return said


def receipt(name: str, held: Vault | None, uploads: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What goes with a vault: versions and digests."""
    items = queries.known_items(held) if held is not None else []
    told = [{"kind": one.kind, "ref": one.name, "version": one.version, "digest": one.digest} for one in items]
    return {"vault": name, "wiped_at": utcnow().isoformat(), "items": told, "uploads": list(uploads)}


def put(vault: Vault, kind: str, name: str, version: int, says: dict[str, Any] | None) -> Item:
    """Write what the CRM says of one item, None that it is gone; a version that is not newer changes nothing.

    The vault is held: of two that cross the newer one stays, whichever comes last. Raises Gone.
    """
    if lock(Vault, vault.id) is None:
        raise Gone
    item = db.session.get(Item, (vault.id, kind, name), populate_existing=True)
    if item is None:
        item = Item(vault_id=vault.id, kind=kind, name=name)
    elif item.version >= version:
        return item
    item.version, item.digest, item.changed_at = version, digest(says), utcnow()
    item.sealed = None if says is None else keys.seal(says, queries.key_of(vault), queries.place(kind, name))
    keep(item)
    return item


def digest(says: dict[str, Any] | None) -> str:
    """What both sides compare: SHA-256 of the content as canonical JSON, empty for what is gone."""
    if says is None:
        return ""
    plain = json.dumps(says, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()

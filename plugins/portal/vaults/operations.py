"""Verbs of vaults: made, filled, emptied."""

import hashlib
import json
from typing import Any

from crm.furniture import db, keep, lock, utcnow
from plugins.portal import keys
from plugins.portal.vaults import queries
from plugins.portal.vaults.models import Item, Vault


def make(name: str) -> Vault:
    """The vault of this name, made when it is not there yet."""
    found = queries.vault(name)
    if found is None:
        found = Vault(name=name, locked_key=keys.new_locked(name))
        keep(found)
    return found


def put(vault: Vault, kind: str, name: str, version: int, says: dict[str, Any] | None) -> Item:
    """Write what the CRM says of one item, None that it is gone; a version that is not newer changes nothing.

    The vault is held: of two that cross the newer one stays, whichever comes last.
    """
    lock(Vault, vault.id)
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

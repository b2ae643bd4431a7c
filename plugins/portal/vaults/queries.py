"""Questions about vaults."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm.furniture import db
from plugins.portal import keys
from plugins.portal.vaults.models import Item, Vault


@dataclass(frozen=True)
class Content:
    """An item that is in a vault, opened: `says` is what the CRM put."""

    kind: str
    name: str
    version: int
    says: dict[str, Any]


def vault(name: str) -> Vault | None:
    """The vault the CRM calls so."""
    return db.session.scalars(select(Vault).where(Vault.name == name)).first()


def key_of(vault: Vault) -> bytes:
    """What opens a vault's content. Raises envelope.Broken."""
    return keys.opened(vault.locked_key, vault.name)


def place(kind: str, name: str) -> str:
    """What an item's content is sealed for: it opens nowhere else."""
    return f"{kind}/{name}"


def contents(vault: Vault, *kinds: str) -> list[Content]:
    """What is in a vault of these kinds, or of all, by kind and name; one statement."""
    query = select(Item).where(Item.vault_id == vault.id, Item.sealed.is_not(None)).order_by(Item.kind, Item.name)
    if kinds:
        query = query.where(Item.kind.in_(kinds))
    key = key_of(vault)
    return [opened(item, key) for item in db.session.scalars(query)]


def opened(item: Item, key: bytes) -> Content:
    """An item with what it says. Raises envelope.Broken."""
    says = keys.unseal(item.sealed or b"", key, place(item.kind, item.name))
    return Content(item.kind, item.name, item.version, says)


def content(vault: Vault, kind: str, name: str) -> Content | None:
    """One item of a vault; None when it is not there, or was taken away."""
    item = db.session.get(Item, (vault.id, kind, name))
    return opened(item, key_of(vault)) if item is not None and item.sealed is not None else None


def known_items(vault: Vault) -> Sequence[Item]:
    """Every item there is or was, for the CRM to compare."""
    query = select(Item).where(Item.vault_id == vault.id).order_by(Item.kind, Item.name)
    return db.session.scalars(query).all()
